"""Exported ops as their users have them: each framework's own checker, signatures, errors, memory."""

import gc
import inspect
import sys
import weakref

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn
from mutorch_core import Array, hookimpl, op
from mutorch_core.errors import Conflict, CotangentError, MissingFramework, OperandError

GENERATOR = np.random.default_rng(0)
MATRIX, OTHER, ROW = GENERATOR.normal(size=(2, 3)), GENERATOR.normal(size=(2, 3)), GENERATOR.normal(size=3)
SQUARE = GENERATOR.normal(size=(3, 3)) + 3 * np.eye(3)
COMPLEX = MATRIX + 1j * OTHER


@op("test::cube", opaque=True, libraries=("numpy",))
def cube(x: Array, /) -> Array:
    """A forward that is NumPy's alone."""
    return np.power(x, 3)


@cube.meta
def _(x):
    return x


@cube.vjp("x")
def _(g, x):
    return 3 * g * x * x


@op("test::squared", composite=True)
def squared(x: Array, /) -> Array:
    """One node, with one array for both operands."""
    return xp.multiply(x, x)


# what is called: the exported op and the framework's namespace for constants
REPRESENTATIVE = {
    "exp": (lambda e, a: e(xp.exp)(a(0)), [MATRIX]),
    "broadcasting": (lambda e, a: e(xp.multiply)(a(0), a(1)), [MATRIX, ROW]),
    "a number beside an array": (lambda e, a: e(xp.pow)(a(0), 3.0), [MATRIX]),
    "one array twice": (lambda e, a: e(xp.multiply)(a(0), a(0)), [MATRIX]),
    "complex": (lambda e, a: e(xp.multiply)(a(0), e(xp.exp)(a(0))), [COMPLEX]),
    "complex with real": (lambda e, a: e(xp.abs)(e(xp.multiply)(a(0), a(1))), [COMPLEX, MATRIX]),
    "a parameter": (lambda e, a: e(xp.sum)(a(0), axis=-1, keepdims=True), [MATRIX]),
    "a sequence": (lambda e, a: e(xp.concat)([a(0), a(1)], axis=0), [MATRIX, OTHER]),
    "a key": (lambda e, a: e(xp.getitem)(a(0), (slice(None), 1)), [MATRIX]),
    "several outputs": (lambda e, a: e(xp.linalg.slogdet)(a(0))[1], [SQUARE]),
    "a decomposition": (lambda e, a: e(xp.linalg.qr)(a(0))[1], [SQUARE]),
    "a composite op": (lambda e, a: e(xp.var)(a(0)), [MATRIX]),
    "a node with one array twice": (lambda e, a: e(squared)(a(0)), [MATRIX]),
    "a list of outputs": (lambda e, a: e(xp.unstack)(a(0))[1], [MATRIX]),
    "a system": (lambda e, a: e(xp.linalg.solve)(a(0), a(1)), [SQUARE, ROW]),
    "a hidden output": (lambda e, a: e(nn.cross_entropy)(a(0), np.array([0, 2])), [MATRIX]),
    "a forward of NumPy's": (lambda e, a: e(cube)(a(0)), [MATRIX]),
}
representative = pytest.mark.parametrize("use", REPRESENTATIVE)
# as it is, JAX compiles each operation by itself, which takes seconds
UNCOMPILED = ("exp", "broadcasting", "several outputs", "a forward of NumPy's")


@representative
def test_torch_gradcheck_and_gradgradcheck_pass(use):
    torch = pytest.importorskip("torch")
    function, arrays = REPRESENTATIVE[use]
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]

    def constants(value):
        return torch.tensor(value) if isinstance(value, np.ndarray) else value

    def exported(each):
        return lambda *args, **kwargs: mt.interop.to_torch(each)(*map(constants, args), **kwargs)

    def called(*given):
        return function(exported, given.__getitem__)

    assert torch.autograd.gradcheck(called, tensors)
    assert torch.autograd.gradgradcheck(called, tensors)


@pytest.mark.parametrize(
    ("use", "compiled"), [*((use, True) for use in REPRESENTATIVE), *((use, False) for use in UNCOMPILED)]
)
def test_jax_check_grads_passes_to_second_order(use, compiled):
    jax = pytest.importorskip("jax")
    from jax.test_util import check_grads

    from mutorch_core.gradcheck.under_test.backends import backend_of

    function, arrays = REPRESENTATIVE[use]
    with backend_of("jax").session():

        def called(*given):
            return function(mt.interop.to_jax, given.__getitem__)

        given = [jax.numpy.asarray(array) for array in arrays]
        check_grads(jax.jit(called) if compiled else called, given, order=2, modes=["rev"])


@representative
def test_autograd_check_grads_passes_to_second_order(use):
    pytest.importorskip("autograd")
    from autograd.test_util import check_grads

    function, arrays = REPRESENTATIVE[use]
    check_grads(lambda *given: function(mt.interop.to_autograd, given.__getitem__), modes=["rev"], order=2)(*arrays)


@pytest.mark.parametrize("framework", ["torch", "jax", "autograd"])
def test_an_exported_op_has_the_signature_and_the_text_of_the_op(framework):
    pytest.importorskip(framework)
    exported = mt.interop.to(xp.sum, framework)
    assert inspect.signature(exported) == xp.sum.signature
    assert exported.__doc__ == xp.sum.__doc__
    assert exported.__name__ == "sum"


def test_jax_vmap_runs_over_an_exported_op():
    jax = pytest.importorskip("jax")
    given = jax.numpy.asarray(MATRIX, dtype="float32")
    assert np.allclose(jax.vmap(jax.grad(lambda x: jax.numpy.sum(mt.interop.to_jax(cube)(x))))(given), 3 * given**2)


def test_jax_compiles_a_call_once_for_all_arrays_of_one_shape():
    jax = pytest.importorskip("jax")
    traced = []

    @op("test::counted")
    def counted(x: Array, /) -> Array:
        traced.append(x)
        return x * 2

    counted.vjp("x")(lambda g: g * 2)
    compiled = jax.jit(mt.interop.to_jax(counted))
    compiled(jax.numpy.ones(3))
    first = len(traced)
    compiled(jax.numpy.zeros(3))
    assert len(traced) == first > 0


def test_torch_integers_and_operands_without_gradient_get_none():
    torch = pytest.importorskip("torch")
    x, weight = torch.tensor(MATRIX, requires_grad=True), torch.ones(3, dtype=torch.float64, requires_grad=True)
    mt.interop.to_torch(nn.cross_entropy)(x, torch.tensor([0, 2]), weight=weight).backward()
    assert x.grad is not None
    assert weight.grad is None


@pytest.mark.parametrize(
    ("name", "refusal"),
    [("exp", "inplace operation"), ("linalg.qr", "inplace operation"), ("linalg.pinv", "was written into")],
)
def test_torch_results_that_a_rule_needs_may_not_be_written_into(name, refusal):
    torch = pytest.importorskip("torch")
    found = mt.interop.to_torch(mt.ops[f"basic::{name}"])(torch.tensor(MATRIX, requires_grad=True))
    y = getattr(found, "R", found)
    y.mul_(2)
    with pytest.raises(RuntimeError, match=refusal):
        y.sum().backward()


@pytest.mark.parametrize(
    ("name", "kept"), [("exp", {"out"}), ("sin", {"x"}), ("negative", set()), ("sum", set()), ("tanh", {"out"})]
)
def test_torch_keeps_only_what_a_rule_names(name, kept):
    torch = pytest.importorskip("torch")
    x = torch.tensor(MATRIX, requires_grad=True)
    out = mt.interop.to_torch(mt.ops[f"basic::{name}"])(x)
    held = {tensor.data_ptr() for tensor in getattr(out.grad_fn, "saved_tensors", ())}
    assert held == {{"x": x, "out": out}[one].data_ptr() for one in kept}


def test_torch_gets_an_error_that_names_the_rule_which_returns_no_tensor():
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
def test_a_torch_graph_does_not_hold_on_to_itself(name):
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


def test_a_torch_tensor_that_is_conjugated_when_it_is_read_comes_to_numpys_ops_conjugated():
    torch = pytest.importorskip("torch")
    cubed = mt.interop.to_torch(cube)(torch.tensor([1 + 2j]).conj())
    assert cubed.item() == (1 - 2j) ** 3


def test_torch_tensors_beside_arrays_are_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(OperandError, match="two array libraries are mixed"):
        mt.interop.to_torch(xp.multiply)(torch.ones(3, requires_grad=True), np.ones(3))


def test_a_framework_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "mutorch_core.interop.torch.export", raising=False)
    with pytest.raises(MissingFramework, match="torch is not installed: pip install torch"):
        mt.interop.to(xp.exp, "torch")


class Plugin:
    """A plugin that exports to a framework."""

    def __init__(self, name):
        self.name = name

    @hookimpl
    def mutorch_register_exporters(self):
        return {self.name: lambda each: f"{each.name} there"}


@pytest.fixture
def registered():
    """Register a plugin for a while."""
    found = []

    def register(name):
        found.append(Plugin(name))
        mt.plugins.manager().register(found[-1])

    yield register
    for plugin in found:
        mt.plugins.manager().unregister(plugin)


def test_a_plugin_adds_an_exporter(registered):
    registered("paddle")
    assert mt.interop.to(xp.exp, "paddle") == "basic::exp there"
    assert "paddle" in mt.interop.exporters()


def test_two_exporters_to_one_framework_conflict(registered):
    registered("torch")
    with pytest.raises(Conflict, match="an exporter to 'torch' already"):
        mt.interop.exporters()


def test_an_unknown_framework_is_refused_with_those_that_are_known():
    with pytest.raises(OperandError, match="to 'paddle'; known: autograd, jax, torch"):
        mt.interop.to(xp.exp, "paddle")
