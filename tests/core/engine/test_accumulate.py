"""Accumulation: cotangents are reduced to the operand's shape and dtype, and added."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, errors, op
from mutorch_core.engine.accumulate import add_cotangents, fit_raw, fit_recorded, raw_cast
from mutorch_core.graph.node import OutputCotangents


def test_a_recorded_backward_pass_reduces_cotangents_by_structural_ops():
    a, b = mt.Var(np.ones((3, 1), dtype=np.float32)), mt.Var(np.arange(4.0))
    (a * b * a).backprop(np.ones((3, 4)), create_graph=True)
    assert a.grad.dtype == np.float32
    assert a.grad.shape == (3, 1)
    first = a.grad
    a.clear_grad()
    first.backprop(np.ones((3, 1)))
    np.testing.assert_array_equal(a.grad, np.full((3, 1), 12.0))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_a_gradient_has_the_dtype_of_its_leaf(dtype):
    x = mt.Var(np.ones(3, dtype=dtype))
    (x * np.ones(3)).backprop(np.ones(3))
    assert x.grad.dtype == dtype
    assert x.grad.shape == (3,)


def test_a_complex_factor_gives_a_real_leaf_the_real_part():
    x = mt.Var(np.array([1.0, 2.0]))
    (x * np.array([1 + 2j, 3 - 1j])).backprop(np.ones(2))
    np.testing.assert_array_equal(x.grad, [1.0, 3.0])


def test_a_python_number_leaf_has_a_python_number_as_gradient_even_beside_arrays():
    x = mt.Var(2.0)
    (x * np.ones((2, 3))).backprop(np.ones((2, 3)))
    assert x.grad == 6.0
    assert type(x.grad) is float


def test_cotangents_are_summed_over_broadcast_axes():
    a, b = mt.Var(np.ones((3, 1))), mt.Var(np.arange(4.0))
    (a * b).backprop(np.ones((3, 4)))
    np.testing.assert_array_equal(a.grad, np.full((3, 1), 6.0))
    np.testing.assert_array_equal(b.grad, np.full(4, 3.0))


def edge_of(operand):
    """The arguments of `fit_raw` behind the cotangent: an operand's node, the node of an op on it, and the edge."""
    node = (1.0 * operand).node
    return operand.node, node, 0


FITS = {
    "as it is": (np.ones(3), np.ones(3), np.ones(3)),
    "a bias": (np.ones((2, 3)), np.ones(3), np.full(3, 2.0)),
    "two new axes": (np.ones((2, 4, 3)), np.ones(3), np.full(3, 8.0)),
    "an axis of length one": (np.ones((2, 3)), np.ones((2, 1)), np.full((2, 1), 3.0)),
    "a new axis and one of length one": (np.ones((4, 2, 3)), np.ones((2, 1)), np.full((2, 1), 12.0)),
    "another dtype": (np.ones(3), np.ones(3, np.float32), np.ones(3, np.float32)),
    "another dtype and a new axis": (np.ones((2, 3)), np.ones(3, np.float32), np.full(3, 2, np.float32)),
    "the real part": (np.array([1 + 2j]), np.ones(1), np.ones(1)),
    "a complex operand": (np.ones(1), np.ones(1, complex), np.ones(1, complex)),
    "a NumPy scalar": (np.float64(2.5), np.array(1.0), np.array(2.5)),
    "an array for a number": (np.ones((2, 3)), 1.0, 6.0),
    "an array without axes for a number": (np.array(2.5), 1.0, 2.5),
    "a NumPy scalar for a number": (np.float64(2.5), 1.0, 2.5),
    "a number": (2.5, 1.0, 2.5),
    "a complex number for a real one": (2 + 3j, 1.0, 2.0),
    "a complex number for a complex one": (2 + 3j, 1j, 2 + 3j),
}


@pytest.mark.parametrize(("cotangent", "value", "expected"), FITS.values(), ids=FITS)
def test_a_cotangent_is_reduced_to_its_operands_shape_and_dtype(cotangent, value, expected):
    place = edge_of(mt.Var(value))
    raw, recorded = fit_raw(cotangent, *place), fit_recorded(cotangent, *place)
    assert type(recorded) is mt.Var
    for found in (raw, recorded.value):
        assert (type(found) in (float, complex)) == (type(expected) in (float, complex))
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected), strict=True)


def test_a_number_for_an_array_becomes_an_array():
    place = edge_of(mt.Var(np.array(1.0)))
    np.testing.assert_array_equal(fit_raw(2.5, *place), np.array(2.5), strict=True)
    assert fit_recorded(2.5, *place).value == 2.5


def test_a_cotangent_that_fits_is_not_copied():
    x, g = mt.Var(np.ones(3)), np.ones(3)
    assert fit_raw(g, *edge_of(x)) is g
    recorded = mt.Var(g)
    assert fit_recorded(recorded, *edge_of(x)) is recorded
    assert fit_recorded(g, *edge_of(x)).value is g


def test_an_array_of_another_library_that_fits_is_not_copied_and_another_is_reduced():
    strict = pytest.importorskip("array_api_strict")
    x = mt.Var(strict.ones(3))
    g = strict.ones(3)
    assert fit_raw(g, *edge_of(x)) is g
    total = fit_raw(strict.ones((2, 3)), *edge_of(x))
    assert (total.shape, float(total[0])) == ((3,), 2.0)
    assert fit_raw(strict.ones(3, dtype=strict.float32), *edge_of(x)).dtype == strict.float64


def test_a_fitted_var_stays_on_its_graph():
    x = mt.Var(np.ones(3, np.float32))
    g = mt.Var(np.ones((2, 3)))
    fitted = fit_recorded(g * 2.0, *edge_of(x))
    assert (fitted.dtype, fitted.shape) == (np.float32, (3,))
    fitted.backprop(np.ones(3, np.float32))
    np.testing.assert_array_equal(g.grad, np.full((2, 3), 2.0), strict=True)


def test_the_cotangents_of_several_outputs_are_not_reduced():
    cotangents = OutputCotangents([np.ones((2, 3)), None])
    for fit in (fit_raw, fit_recorded):
        assert fit(cotangents, *edge_of(mt.Var(np.ones(3)))) is cotangents


@pytest.mark.parametrize("fit", [fit_raw, fit_recorded])
@pytest.mark.parametrize(
    ("cotangent", "value", "text"),
    [
        (None, np.ones((2, 3)), r"returned None instead of a cotangent; the operand is float64\[2,3\], and"),
        ("text", 1.0, r"returned a str instead of a cotangent; the operand is float\[\], and a cotangent has"),
        (np.ones(2), np.ones(3), r"returned a cotangent of shape \(2,\), which can't be summed to the operand's shape"),
        (np.ones(3), np.ones((2, 3)), r"of shape \(3,\), which .* shape \(2, 3\); the operand is float64\[2,3\]"),
        (np.float64(1), np.ones(2), r"of shape \(\), which can't be summed to the operand's shape \(2,\)"),
        (1.0, np.ones(2), r"of shape \(\), which can't be summed to the operand's shape \(2,\)"),
    ],
)
def test_a_cotangent_that_does_not_fit_raises_and_names_rule_and_operand(fit, cotangent, value, text):
    with pytest.raises(errors.CotangentError, match=rf"basic::multiply: the rule of 'x2' .*{text}"):
        fit(cotangent, *edge_of(mt.Var(value)))


def test_a_cast_of_a_number_uses_the_library_of_the_result():
    strict = pytest.importorskip("array_api_strict")
    assert type(raw_cast(2.5, strict.float32, like=strict.ones(1))) is type(strict.ones(1))
    assert raw_cast(2.5, float, like=1.0) == 2.5
    assert raw_cast(np.ones(2), np.dtype("f4"), like=1.0).dtype == np.float32
    assert raw_cast(np.ones(2), np.dtype("f4")).dtype == np.float32


def test_raw_cotangents_add_without_a_graph_and_recorded_ones_on_it():
    assert add_cotangents(2.0, 3.0) == 5.0
    np.testing.assert_array_equal(add_cotangents(np.ones(2), np.ones(2)), np.full(2, 2.0), strict=True)
    x = mt.Var(2.0)
    for total in (add_cotangents(x, 3.0), add_cotangents(3.0, x)):
        assert total.value == 5.0
        assert total.node.rule.declaration.name == "core::accumulate"
    assert add_cotangents(x, x).value == 4.0


@pytest.mark.parametrize(
    ("f", "at", "cotangent", "expected"),
    [
        (xp.real, 0.4 + 0.1j, 1.0, 1 + 0j),
        (xp.imag, 0.4 + 0.1j, 1.0, -1j),
        (xp.real, 0.4 + 0.1j, 1 + 2j, 1 + 0j),
        (lambda x: x * (2 + 1j), 3.0, 1.0, 2.0),
        (lambda z: z * 2.0, 3 + 1j, 1.0, 2 + 0j),
        (lambda x: x * 2.0, 3.0, 1 + 2j, 2.0),
        (lambda z: z * np.ones(2), 3 + 1j, np.ones(2), 2 + 0j),
    ],
)
def test_the_cotangent_of_a_python_number_is_complex_exactly_if_the_number_is(f, at, cotangent, expected):
    gradient = mt.vjp(f, at)[1](cotangent)[0]
    assert gradient == expected
    assert type(gradient) is type(at)


@pytest.mark.parametrize(
    ("f", "primal", "tangent", "expected"),
    [
        (xp.real, 0.4 + 0.1j, 1 + 2j, 1.0),
        (xp.imag, 0.4 + 0.1j, 1 + 2j, 2.0),
        (xp.conj, 0.4 + 0.1j, 1 + 2j, 1 - 2j),
        (lambda x: x * (2 + 1j), 0.4, 1.0, 2 + 1j),
        (lambda z: xp.real(z) * z, 0.5 + 1j, 1 + 2j, (0.5 + 1j) + 0.5 * (1 + 2j)),
    ],
)
def test_the_derivative_along_a_complex_python_number_is_as_along_an_array(f, primal, tangent, expected):
    derivative = mt.jvp(f, (primal,), (tangent,))[1]
    assert derivative == expected
    assert type(derivative) is type(expected)
    np.testing.assert_array_equal(mt.jvp(f, (np.asarray(primal),), (np.asarray(tangent),))[1], expected)


def test_the_cotangent_of_a_number_is_a_number_also_if_an_array_is_given():
    given = []

    @op("toy::same")
    def same(x: Array, /) -> Array:
        return x

    @same.vjp("x")
    def _(g):
        given.append(g)
        return g

    assert mt.vjp(same, 2.0)[1](np.asarray(3.0)) == (3.0,)
    assert mt.vjp(same, 2)[1](np.asarray(3.0)) == (3.0,)
    assert [type(g) for g in given] == [float, float]


def test_the_cotangent_of_an_integer_number_is_not_cut_to_an_integer():
    assert mt.grad(lambda x: xp.sum(1 / xp.reshape(x, (1,))))(2) == -0.25
    assert mt.vjp(lambda x: xp.reshape(x, (1,)), 2)[1](np.array([0.25])) == (0.25,)
    assert mt.grad(lambda x: xp.sum(mt.grad(lambda y: xp.sum(1 / xp.reshape(y, (1,))))(x)))(2) == 0.25
