"""Complex numbers from their parts and back to real."""

from math import inf, pi

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError


def test_parts_get_the_real_parts_of_their_cotangents(slopes):
    real, imag = np.array([1.0, -2.0]), np.array(3.0)
    assert_array_equal(xp.complex(mt.Var(real), mt.Var(imag)).value, real + 1j * imag)
    first, second = slopes(xp.complex, real, imag, g=np.array([1 + 2j, 3 + 5j]))
    assert_array_equal(first, [1, 3])
    assert second == -7  # Re(i ȳ), summed
    assert xp.complex(mt.Var(1.0), 2.0).value == 1 + 2j


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_infinite_imaginary_parts_leave_the_real_one_alone(library):
    raw = pytest.importorskip(library)
    z = np.asarray(xp.complex(raw.asarray([1.0, inf]), raw.asarray([inf, 2.0])))
    assert_array_equal(z.real, [1, inf])
    assert_array_equal(z.imag, [inf, 2])


@pytest.mark.parametrize(("dtype", "expected"), [(np.float32, np.complex64), (np.float64, np.complex128)])
def test_precision_is_that_of_the_parts(dtype, expected):
    assert xp.complex(np.ones(2, dtype), np.ones(2, dtype)).dtype == expected


def test_numbers_that_are_real_but_for_rounding_become_real(slope):
    near, far = np.array([1 + 1e-15j, 2]), np.array([1 + 1e-10j, 2])
    for z, tol in [(near, 100), (far, 100), (far, 1e7), (far, 1e-9), (near.real, 100)]:
        own = xp.real_if_close(mt.Var(z), tol=tol).value
        assert own.dtype == np.real_if_close(z, tol).dtype
        assert_array_equal(own, np.real_if_close(z, tol))
    assert_array_equal(slope(xp.real_if_close, near, g=np.array([2.0, 3.0])), [2, 3])
    assert_array_equal(slope(xp.real_if_close, far, g=np.array([2j, 3.0])), [2j, 3])


def test_a_phase_made_of_an_angle_has_a_second_derivative():
    energy = mt.grad(mt.grad(lambda a: xp.real(xp.complex(xp.cos(a), xp.sin(a)) ** 3)))(0.5)
    assert_allclose(energy, -9 * np.cos(1.5))


def test_complex_refuses_parts_that_are_complex_themselves():
    with pytest.raises(OperandError, match="the imag part is complex itself"):
        xp.complex(mt.Var(np.ones(2)), np.ones(2) * 1j)


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
