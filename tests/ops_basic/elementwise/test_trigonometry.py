"""Circular and hyperbolic functions: formulas, poles, branch cuts, and arguments whose squares overflow."""

from math import inf

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([-0.75, 0.125, 0.5])
ABOVE = np.array([1.25, 2.0, 10.0])


@pytest.mark.parametrize(
    ("f", "x", "first", "second"),
    [
        (xp.sin, X, np.cos(X), -np.sin(X)),
        (xp.cos, X, -np.sin(X), -np.cos(X)),
        (xp.tan, X, np.cos(X) ** -2, 2 * np.tan(X) * np.cos(X) ** -2),
        (xp.asin, X, (1 - X**2) ** -0.5, X * (1 - X**2) ** -1.5),
        (xp.acos, X, -((1 - X**2) ** -0.5), -X * (1 - X**2) ** -1.5),
        (xp.atan, X, 1 / (1 + X**2), -2 * X / (1 + X**2) ** 2),
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
        (xp.asin, 1.0, inf),
        (xp.asin, -1.0, inf),
        (xp.acos, 1.0, -inf),
        (xp.acos, -1.0, -inf),
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
        (xp.atan, 1e154, 1e-308),
        (xp.tanh, 800.0, 0.0),
        (xp.asin, 1 - 2**-53, 2.0**26),
    ],
)
def test_slopes_far_out_and_near_poles_neither_overflow_nor_cancel(f, x, expected, slope):
    assert_allclose(slope(f, np.array([x])), [expected], rtol=1e-14)


def test_tanh_keeps_its_result_alone():
    y = xp.tanh(mt.Var(X))
    assert [id(value) for value in y.node.saved] == [id(y.value)]


@pytest.mark.parametrize("z", [2 + 1j, 2 - 1e-3j, -2 + 1e-3j, 0.5 - 3j, -0.25j, 1e-3 + 2j])
@pytest.mark.parametrize("f", [xp.asin, xp.acos, xp.atan, xp.asinh, xp.acosh, xp.atanh, xp.tan, xp.tanh])
def test_complex_slopes_are_right_on_each_side_of_the_branch_cuts(f, z, slope):
    step = 1e-5
    difference = (f(np.array([z + step])) - f(np.array([z - step]))) / (2 * step)
    assert_allclose(slope(f, np.array([z])), difference, rtol=1e-6)


class TestAtan2:
    """The angle of a point."""

    def test_its_slopes_in_all_four_quadrants(self, slopes):
        x1, x2 = np.array([1.0, 1.0, -1.0, -1.0]), np.array([2.0, -2.0, 2.0, -2.0])
        assert_allclose(slopes(xp.atan2, x1, x2), (x2 / 5, -x1 / 5))

    def test_its_slopes_at_the_origin_are_zero(self, slopes):
        assert_array_equal(slopes(xp.atan2, np.zeros(1), np.zeros(1)), [[0], [0]])

    @pytest.mark.parametrize("scale", [1e-200, 1e200])
    def test_it_squares_nothing(self, scale, slopes):
        a, b = slopes(xp.atan2, np.array([3 * scale]), np.array([4 * scale]))
        assert_allclose((a * scale, b * scale), ([4 / 25], [-3 / 25]))

    def test_its_second_derivatives(self):
        x1, x2 = np.asarray(3.0), np.asarray(4.0)
        (d11, d12), (_, d22) = mt.hessian(xp.atan2, argnums=(0, 1))(x1, x2)
        assert_allclose((d11, d12, d22), (-24 / 625, (9 - 16) / 625, 24 / 625), rtol=1e-13)


class TestHypot:
    """The distance from the origin."""

    def test_its_slopes_are_the_direction(self, slopes):
        assert_allclose(slopes(xp.hypot, np.array([3.0]), np.array([-4.0])), ([0.6], [-0.8]))

    def test_its_slopes_at_the_origin_are_zero(self, slopes):
        assert_array_equal(slopes(xp.hypot, np.zeros(1), np.zeros(1)), [[0], [0]])

    def test_it_does_not_overflow(self, slopes):
        assert_allclose(slopes(xp.hypot, np.array([3e300]), np.array([4e300])), ([0.6], [0.8]))
