"""Angles of numbers and in degrees, and sinc."""

from math import pi

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp


def test_degrees_and_radians_undo_each_other(slope):
    x = np.array([-90.0, 0.0, 30.0])
    assert_allclose(xp.radians(x), np.radians(x))
    assert_allclose(xp.degrees(xp.radians(mt.Var(x))).value, x)
    assert_allclose(slope(xp.deg2rad, x), np.full(3, pi / 180))
    assert_allclose(slope(xp.rad2deg, x), np.full(3, 180 / pi))


@pytest.mark.parametrize("deg", [False, True])
def test_only_turning_a_number_changes_its_angle(deg, slope):
    z = np.array([3 + 4j, -1 + 1j, -2j, 1e-200 + 1e-200j])
    unit = 180 / pi if deg else 1
    assert_allclose(xp.angle(z, deg=deg), np.angle(z, deg))
    got = slope(lambda z: xp.angle(z, deg=deg), z)
    assert_allclose((got * z).real, np.zeros(4), atol=1e-14)  # along z
    assert_allclose((got * 1j * z).real, np.full(4, unit))  # across it


def test_the_angle_of_a_real_number_is_constant_and_that_of_zero_has_no_slope(slope):
    x = np.array([-2.0, -0.0, 0.0, 3.0])
    assert_array_equal(xp.angle(x), np.angle(x))
    assert_array_equal(slope(xp.angle, x), np.zeros(4))
    assert_array_equal(slope(xp.angle, np.zeros(1, complex)), [0])


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
