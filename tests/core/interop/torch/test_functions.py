"""Ops of one node as `torch.autograd.Function`s: saved tensors, written results, errors."""

import gc
import weakref

import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, op
from mutorch_core.errors import CotangentError
from tests.core.interop.representative import MATRIX, SQUARE


@pytest.mark.parametrize(
    ("name", "refusal"),
    [("exp", "inplace operation"), ("linalg.qr", "inplace operation"), ("linalg.pinv", "was written into")],
)
def test_torch_results_that_a_rule_needs_may_not_be_written_into(name, refusal):
    torch = pytest.importorskip("torch")
    result = mt.interop.to_torch(mt.ops[f"basic::{name}"])(torch.tensor(MATRIX, requires_grad=True))
    y = getattr(result, "R", result)
    y.mul_(2)
    with pytest.raises(RuntimeError, match=refusal):
        y.sum().backward()


@pytest.mark.parametrize(
    ("name", "named"), [("exp", {"out"}), ("sin", {"x"}), ("negative", set()), ("sum", set()), ("tanh", {"out"})]
)
def test_torch_saves_only_what_a_rule_names(name, named):
    torch = pytest.importorskip("torch")
    x = torch.tensor(MATRIX, requires_grad=True)
    out = mt.interop.to_torch(mt.ops[f"basic::{name}"])(x)
    saved = {tensor.data_ptr() for tensor in getattr(out.grad_fn, "saved_tensors", ())}
    assert saved == {{"x": x, "out": out}[value].data_ptr() for value in named}


def test_a_rule_that_returns_no_tensor_is_named_in_the_error():
    torch = pytest.importorskip("torch")

    @op("test::astray")
    def astray(x: Array, /) -> Array:
        return x + 1

    astray.vjp("x")(lambda g: None)
    with pytest.raises(CotangentError, match=r"test::astray: the rule of 'x' \(.*\) returned a NoneType, no tensor"):
        mt.interop.to_torch(astray)(torch.ones(3, requires_grad=True)).sum().backward()


def test_torch_operands_may_not_be_written_into():
    torch = pytest.importorskip("torch")
    x = torch.tensor(MATRIX, requires_grad=True)
    leaf = x.clone()
    y = mt.interop.to_torch(xp.sin)(leaf)
    leaf.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize("name", ["basic::exp", "basic::linalg.qr", "basic::var"])
def test_a_torch_graph_is_freed_without_garbage_collection(name):
    torch = pytest.importorskip("torch")
    gc.collect()
    gc.disable()
    try:
        x = torch.tensor(SQUARE, requires_grad=True)
        result = mt.interop.to_torch(mt.ops[name])(x)
        node = weakref.ref((result[0] if isinstance(result, tuple) else result).grad_fn)
        del result
        assert node() is None
    finally:
        gc.enable()


def test_an_operand_passed_by_keyword_is_bound_to_its_parameter():
    torch = pytest.importorskip("torch")
    x = torch.tensor(MATRIX, requires_grad=True)
    clipped = mt.interop.to_torch(xp.clip)(x, max=0.5)
    (gradient,) = torch.autograd.grad(clipped.sum(), x)
    assert torch.equal(gradient, (x < 0.5).to(x.dtype))


def test_a_positional_operand_passed_by_keyword_is_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match="positional-only"):
        mt.interop.to_torch(xp.sin)(x=torch.ones(2))


def test_the_gradients_of_three_operands_are_returned_in_their_order():
    torch = pytest.importorskip("torch")

    @op("test::weighted")
    def weighted(a: Array, b: Array, c: Array, k: float = 2.0, /) -> Array:
        return k * a * b + c

    weighted.vjp("a")(lambda g, b, k: k * g * b)
    weighted.vjp("b")(lambda g, a, k: k * g * a)
    weighted.vjp("c")(lambda g: g)
    a, b, c = (torch.tensor([value], requires_grad=True) for value in (3.0, 5.0, 7.0))
    gradients = torch.autograd.grad(mt.interop.to_torch(weighted)(a, b, c), (a, b, c))
    assert [gradient.item() for gradient in gradients] == [10.0, 6.0, 1.0]
    (b_bar,) = torch.autograd.grad(mt.interop.to_torch(weighted)(3.0, b, 7.0, 4.0), b)
    assert b_bar.item() == 12.0
