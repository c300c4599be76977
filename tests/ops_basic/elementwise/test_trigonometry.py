"""Circular functions, degrees and sinc: formulas, poles, branch cuts, and arguments whose squares overflow."""

from math import inf, pi

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([-0.75, 0.125, 0.5])


@pytest.mark.parametrize(
    ("f", "x", "first", "second"),
    [
        (xp.sin, X, np.cos(X), -np.sin(X)),
        (xp.cos, X, -np.sin(X), -np.cos(X)),
        (xp.tan, X, np.cos(X) ** -2, 2 * np.tan(X) * np.cos(X) ** -2),
        (xp.asin, X, (1 - X**2) ** -0.5, X * (1 - X**2) ** -1.5),
        (xp.acos, X, -((1 - X**2) ** -0.5), -X * (1 - X**2) ** -1.5),
        (xp.atan, X, 1 / (1 + X**2), -2 * X / (1 + X**2) ** 2),
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
    ],
)
@pytest.mark.parametrize("make", [float, np.asarray], ids=["number", "array"])
def test_slopes_at_poles_are_infinite(f, pole, expected, make):
    with np.errstate(divide="ignore"):
        assert mt.grad(f)(make(pole)) == expected


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (xp.atan, 1e154, 1e-308),
        (xp.asin, 1 - 2**-53, 2.0**26),
    ],
)
def test_slopes_far_out_and_near_poles_neither_overflow_nor_cancel(f, x, expected, slope):
    assert_allclose(slope(f, np.array([x])), [expected], rtol=1e-14)


@pytest.mark.parametrize("z", [2 + 1j, 2 - 1e-3j, -2 + 1e-3j, 0.5 - 3j, -0.25j, 1e-3 + 2j])
@pytest.mark.parametrize("f", [xp.asin, xp.acos, xp.atan, xp.tan])
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


def test_degrees_and_radians_undo_each_other(slope):
    x = np.array([-90.0, 0.0, 30.0])
    assert_allclose(xp.radians(x), np.radians(x))
    assert_allclose(xp.degrees(xp.radians(mt.Var(x))).value, x)
    assert_allclose(slope(xp.deg2rad, x), np.full(3, pi / 180))
    assert_allclose(slope(xp.rad2deg, x), np.full(3, 180 / pi))


@pytest.mark.parametrize(("x", "first", "second"), [(0.0, 0.0, -(pi**2) / 3), (1.0, -1.0, 2.0), (2.0, 0.5, -0.5)])
def test_sinc_has_two_derivatives_everywhere(x, first, second, slope, bend):
    x = np.array([x])
    assert_allclose(xp.sinc(x), np.sinc(x), atol=1e-16)
    assert_allclose(slope(xp.sinc, x), [first], rtol=1e-14)
    assert_allclose(bend(xp.sinc, x), [second], rtol=1e-14)


def test_sinc_has_a_fourth_derivative_at_zero():
    derivative = xp.sinc
    for _ in range(4):
        derivative = mt.grad(derivative)
    assert_allclose(derivative(0.0), pi**4 / 5)


def test_slopes_of_sinc_are_exact_near_zero_and_where_series_and_formula_meet(slope):
    tiny = np.array([1e-200, -1e-12, 1e-6])
    assert_allclose(slope(xp.sinc, tiny), -(pi**2) / 3 * tiny, rtol=1e-11)
    border = np.array([np.nextafter(1 / pi, 0), np.nextafter(1 / pi, 1)])
    below, above = slope(xp.sinc, border)
    assert_allclose([below, above], pi * (np.cos(1) - np.sin(1)), rtol=1e-14)


def test_complex_sinc_is_right_at_zero_too(slope):
    z = np.array([0, 0.1j, 1 + 1j])
    assert_allclose(xp.sinc(z)[1:], np.sin(pi * z[1:]) / (pi * z[1:]))
    expected = (np.cos(pi * z[1:]) - np.sin(pi * z[1:]) / (pi * z[1:])) / z[1:]
    assert_allclose(slope(xp.sinc, z), [0, *expected], rtol=1e-13)


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict"])
def test_other_libraries_give_numpys_slopes(library):
    raw = pytest.importorskip(library)
    x = np.array([0.0, 0.25, 3.5], np.float32)

    def program(x):
        return xp.sum(xp.sinc(x) + xp.deg2rad(x) ** 2 + xp.angle(x + 2j) * xp.angle(x - 1))

    assert_allclose(np.asarray(mt.grad(program)(raw.asarray(x))), mt.grad(program)(x), rtol=1e-5, atol=1e-6)
