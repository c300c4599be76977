"""Rounding has no slope; what divides with remainder or copies signs has one."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.array([-1.5, -0.3, 0.5, 2.7])


@pytest.mark.parametrize("name", ["ceil", "floor", "round", "trunc"])
def test_rounded_values_are_numpys_and_cut_the_gradient(name, slope):
    f = getattr(xp, name)
    assert_array_equal(f(X), getattr(np, name)(X))
    assert f(mt.Var(X)).node is None
    assert_array_equal(slope(lambda x: x * f(x), X), f(X))


def test_round_goes_to_the_even_neighbour():
    assert_array_equal(xp.round(np.array([0.5, 1.5, 2.5])), [0, 2, 2])


def test_floor_division_cuts_the_gradient():
    quotient = mt.Var(X) // 0.5
    assert_array_equal(quotient.value, X // 0.5)
    assert quotient.node is None


class TestRemainder:
    """x1 % x2 has the sign of x2."""

    def test_its_slopes_are_one_and_minus_the_floored_quotient(self, slopes):
        x1, x2 = np.array([7.0, -7.0, 7.0]), np.array([2.0, 2.0, -2.0])
        assert_array_equal(slopes(xp.remainder, x1, x2), ([1, 1, 1], [-3, 4, 4]))

    def test_at_a_multiple_its_slopes_are_those_of_the_larger_quotient(self, slopes):
        assert_array_equal(slopes(xp.remainder, np.array([4.0]), np.array([2.0])), ([1], [-2]))

    def test_its_quotient_belongs_to_its_result(self, slopes):
        x1, x2 = np.array([1.0]), np.array([0.1])  # 1 / 0.1 rounds up to 10, but 1 % 0.1 takes it 9 times
        assert_array_equal(slopes(xp.remainder, x1, x2)[1], [-9])


class TestFmod:
    """fmod(x1, x2) has the sign of x1."""

    def test_its_slopes_are_one_and_minus_the_truncated_quotient(self, slopes):
        x1, x2 = np.array([7.0, -7.0, 7.0, 4.0]), np.array([2.0, 2.0, -2.0, 2.0])
        assert_array_equal(xp.fmod(x1, x2), np.fmod(x1, x2))
        assert_array_equal(slopes(xp.fmod, x1, x2), ([1, 1, 1, 1], [-3, 3, 3, -2]))

    def test_its_quotient_belongs_to_its_result(self, slopes):
        x1, x2 = np.array([-1.0]), np.array([0.1])
        assert_array_equal(slopes(xp.fmod, x1, x2)[1], [9])

    @pytest.mark.parametrize("library", ["torch", "array_api_strict"])
    def test_other_libraries_have_the_same(self, library):
        raw = pytest.importorskip(library)
        x = np.array([-7.25, 5.5])
        assert_array_equal(np.asarray(xp.fmod(raw.asarray(x), 2.0)), np.fmod(x, 2))
        assert_array_equal(np.asarray(xp.fmod(-7.25, raw.asarray(x))), np.fmod(-7.25, x))


def test_fabs_is_real_and_has_slope_zero_at_zero(slope):
    assert_array_equal(slope(xp.fabs, np.array([-2.0, -0.0, 0.0, 3.0])), [-1, 0, 0, 1])
    assert_array_equal(xp.fabs(np.array([-2, 3])), [2.0, 3.0])
    with pytest.raises(OperandError, match=r"fabs\(x=complex128\[1\]\)"):
        xp.fabs(np.ones(1, complex))


class TestCopysign:
    """The magnitude of x1 with the sign of x2."""

    def test_its_slope_is_the_product_of_the_signs(self, slope):
        x1, x2 = np.array([3.0, -3.0, 3.0, -3.0]), np.array([1.0, 1.0, -1.0, -0.0])
        assert_array_equal(slope(lambda x: xp.copysign(x, x2), x1), [1, -1, -1, 1])

    def test_at_zero_its_slope_is_zero(self, slope):
        assert slope(lambda x: xp.copysign(x, 1.0), np.array([0.0])) == 0

    def test_the_sign_gets_no_gradient(self):
        assert xp.copysign(2.0, mt.Var(X)).node is None
        assert mt.grad(xp.copysign, argnums=(0, 1))(2.0, -3.0) == (-1.0, 0.0)


def test_nextafter_steps_by_one_digit_and_has_no_slope():
    step = xp.nextafter(mt.Var(1.0), 2.0)
    assert step.value == np.nextafter(1.0, 2.0)
    assert step.node is None
