"""Hyperbolic functions: formulas, poles, branch cuts, and arguments whose squares overflow."""

from math import inf

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([-0.75, 0.125, 0.5])
ABOVE = np.array([1.25, 2.0, 10.0])


@pytest.mark.parametrize(
    ("f", "x", "first", "second"),
    [
        (xp.sinh, X, np.cosh(X), np.sinh(X)),
        (xp.cosh, X, np.sinh(X), np.cosh(X)),
        (xp.tanh, X, np.cosh(X) ** -2, -2 * np.tanh(X) * np.cosh(X) ** -2),
        (xp.asinh, X, (1 + X**2) ** -0.5, -X * (1 + X**2) ** -1.5),
        (xp.acosh, ABOVE, (ABOVE**2 - 1) ** -0.5, -ABOVE * (ABOVE**2 - 1) ** -1.5),
        (xp.atanh, X, 1 / (1 - X**2), 2 * X / (1 - X**2) ** 2),
    ],
)
def test_first_and_second_derivative_are_the_formulas(f, x, first, second, slope, bend):
    assert_allclose(slope(f, x), first, rtol=1e-13)
    assert_allclose(bend(f, x), second, rtol=1e-13)


@pytest.mark.parametrize(
    ("f", "pole", "expected"),
    [
        (xp.acosh, 1.0, inf),
        (xp.atanh, 1.0, inf),
        (xp.atanh, -1.0, inf),
    ],
)
@pytest.mark.parametrize("make", [float, np.asarray], ids=["number", "array"])
def test_slopes_at_poles_are_infinite(f, pole, expected, make):
    with np.errstate(divide="ignore"):
        assert mt.grad(f)(make(pole)) == expected


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (xp.asinh, 1e300, 1e-300),
        (xp.acosh, 1e300, 1e-300),
        (xp.tanh, 800.0, 0.0),
    ],
)
def test_slopes_far_out_and_near_poles_neither_overflow_nor_cancel(f, x, expected, slope):
    assert_allclose(slope(f, np.array([x])), [expected], rtol=1e-14)


def test_tanh_keeps_its_result_alone():
    y = xp.tanh(mt.Var(X))
    assert [id(value) for value in y.node.saved] == [id(y.value)]


@pytest.mark.parametrize("z", [2 + 1j, 2 - 1e-3j, -2 + 1e-3j, 0.5 - 3j, -0.25j, 1e-3 + 2j])
@pytest.mark.parametrize("f", [xp.asinh, xp.acosh, xp.atanh, xp.tanh])
def test_complex_slopes_are_right_on_each_side_of_the_branch_cuts(f, z, slope):
    step = 1e-5
    difference = (f(np.array([z + step])) - f(np.array([z - step]))) / (2 * step)
    assert_allclose(slope(f, np.array([z])), difference, rtol=1e-6)
