"""Graphs as S-expressions."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp


def test_a_sum_of_products_is_printed_as_an_s_expression():
    x, y = mt.Var(10.0, name="x"), mt.Var(20.0, name="y")
    assert str(x * x + y) == "(+ (* (var-x | 10.0) (var-x | 10.0) | 100.0) (var-y | 20.0) | 120.0)"


def test_maximum_is_printed_as_max():
    x, y = mt.Var(10.0, name="x"), mt.Var(20.0, name="y")
    assert str(xp.maximum(x, y)) == "(max (var-x | 10.0) (var-y | 20.0) | 20.0)"


def test_leaves_and_constants_are_printed_with_name_and_value():
    assert str(mt.Var(1.5, name="x")) == "(var-x | 1.5)"
    assert str(mt.Var(1.5)) == "(var | 1.5)"
    assert str(mt.Var(np.zeros((3, 4)), name="w")) == "(var-w | float64[3,4])"
    assert str(mt.Var(2.0).detach()) == "2.0"


def test_shared_subexpressions_are_printed_once():
    x = mt.Var(3.0, name="x")
    y = x * x
    assert str(y + y) == "(+ #1=(* (var-x | 3.0) (var-x | 3.0) | 9.0) #1# | 18.0)"


def test_the_text_is_linear_in_the_graph():
    z = mt.Var(1, name="x")
    for _ in range(60):
        z = z + z
    assert len(str(z)) < 60 * 60


def test_an_array_that_no_rule_keeps_is_printed_as_a_dot():
    x, w = mt.Var(np.ones((2, 3)), name="x"), mt.Var(np.ones((2, 3)), name="w")
    assert str((x + w) * 2.0) == "(* (+ (var-x | float64[2,3]) (var-w | float64[2,3]) | ·) 2.0 | float64[2,3])"
    assert "(+ (var-x | float64[2,3]) (var-w | float64[2,3]) | float64[2,3])" in str((x + w) * w)


def test_a_deep_graph_is_printed_without_recursion():
    x = mt.Var(1.0)
    z = x
    for _ in range(20_000):
        z = z + x
    assert str(z).count("(+ ") == 20_000


def test_the_input_of_a_transform_is_printed_as_argument():
    texts = []

    def f(x):
        y = x * x
        texts.append(str(y))
        return y

    mt.grad(f)(3.0)
    assert texts == ["(* (argument | 3.0) (argument | 3.0) | 9.0)"]


def test_a_checkpoint_is_printed_as_one_node():
    x = mt.Var(2.0, name="x")
    assert str(mt.checkpoint(lambda x: x * x)(x)) == "(checkpoint (var-x | 2.0) | 4.0)"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(np.asarray(0.25), "0.25"), (np.asarray(0.1, dtype=np.float32), "0.1"), (np.asarray(1 + 2j), "(1+2j)"),
     (0.25, "0.25"), (np.ones((3, 4)), "float64[3,4]"), (np.ones((1,)), "float64[1]")],
)  # fmt: skip
def test_a_result_without_axes_is_shown_as_its_number(value, shown):
    x = mt.Var(value, name="x")
    assert str(x) == f"(var-x | {shown})"
    assert repr(x) == f"Var({shown}, name='x')"
    assert repr(+x) == f"<Var {shown}, tracked>"
    assert str(+x).endswith(f" | {shown})")
    assert str(x.detach()) == shown


def test_a_loss_is_shown_as_its_number():
    x = mt.Var(np.ones(3), name="x")
    loss = xp.mean(x * x)
    assert str(loss) == "(mean (* (var-x | float64[3]) (var-x | float64[3]) | ·) | 1.0)"
    assert repr(loss) == "<Var 1.0, tracked>"
    assert repr(xp.linalg.slogdet(mt.Var(np.eye(2))).sign) == "<Var 1.0, tracked>"


def test_other_libraries_results_without_axes():
    torch = pytest.importorskip("torch")
    jax = pytest.importorskip("jax")
    da = pytest.importorskip("dask.array")
    assert repr(mt.Var(torch.asarray(0.25))) == "Var(0.25)"
    assert repr(mt.Var(torch.asarray(0.25, device="meta"))) == "Var(float32[])"
    assert repr(mt.Var(jax.numpy.asarray(0.25))) == "Var(0.25)"
    assert repr(mt.Var(da.asarray(0.25))) == "Var(float64[])"  # which is computed only on request
    shown = []
    jax.jit(lambda x: shown.append(repr(mt.Var(x))) or x)(1.0)
    torch.vmap(lambda x: shown.append(repr(mt.Var(x))) or x)(torch.ones(2))
    assert shown == ["Var(float32[])", "Var(float32[])"]
