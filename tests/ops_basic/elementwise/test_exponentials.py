"""Exponentials, logarithms, powers and roots: rules at poles, at infinities, and where naive formulas break."""

from fractions import Fraction
from math import inf, log

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([0.25, 1.0, 2.5])


@pytest.mark.parametrize(
    ("f", "first", "second"),
    [
        (xp.exp, np.exp(X), np.exp(X)),
        (xp.expm1, np.exp(X), np.exp(X)),
        (xp.log, 1 / X, -1 / X**2),
        (xp.log1p, 1 / (1 + X), -1 / (1 + X) ** 2),
        (xp.log2, 1 / (X * log(2)), -1 / (X**2 * log(2))),
        (xp.log10, 1 / (X * log(10)), -1 / (X**2 * log(10))),
        (xp.sqrt, 0.5 / np.sqrt(X), -0.25 * X**-1.5),
    ],
)
def test_first_and_second_derivative_are_the_formulas(f, first, second, slope, bend):
    assert_allclose(slope(f, X), first, rtol=1e-14)
    assert_allclose(bend(f, X), second, rtol=1e-14)


@pytest.mark.parametrize("f", [xp.exp, xp.sqrt])
def test_only_the_result_is_kept(f):
    y = f(mt.Var(X))
    assert [id(value) for value in y.node.saved] == [id(y.value)]


def test_expm1_keeps_its_slope_where_its_result_has_reached_minus_one(slope):
    assert_allclose(slope(xp.expm1, np.array([-40.0])), np.exp([-40.0]), rtol=1e-14)


@pytest.mark.parametrize(
    ("f", "pole"), [(xp.log, 0.0), (xp.log2, 0.0), (xp.log10, 0.0), (xp.log1p, -1.0), (xp.sqrt, 0.0)]
)
@pytest.mark.parametrize("make", [float, np.asarray], ids=["number", "array"])
def test_slopes_at_poles_are_infinite(f, pole, make):
    with np.errstate(divide="ignore"):
        assert mt.grad(f)(make(pole)) == inf


def test_a_root_at_zero_that_nothing_depends_on_has_slope_zero(slope):
    assert_array_equal(slope(xp.sqrt, np.array([0.0, 4.0]), g=np.array([0.0, 1.0])), [0.0, 0.25])


def test_a_guarded_root_has_no_nan(slope):
    x = np.array([0.0, 4.0])
    assert_array_equal(slope(lambda x: xp.where(x > 0, xp.sqrt(x), 0.0), x), [0.0, 0.25])


class TestLogaddexp:
    """Its rule is a sigmoid of the difference."""

    @pytest.mark.parametrize(
        ("x1", "x2", "share1", "share2"),
        [
            (1000.0, 0.0, 1.0, 0.0),
            (0.0, 1000.0, 0.0, 1.0),
            (-inf, -inf, 0.5, 0.5),
            (inf, inf, 0.5, 0.5),
            (inf, 0.0, 1.0, 0.0),
            (-inf, 0.0, 0.0, 1.0),
            (3.0, 3.0, 0.5, 0.5),
        ],
    )
    def test_shares_at_extremes(self, x1, x2, share1, share2, slopes):
        assert slopes(xp.logaddexp, np.array([x1]), np.array([x2])) == ([share1], [share2])

    def test_a_tiny_share_keeps_its_digits(self, slopes):
        assert_allclose(slopes(xp.logaddexp, np.array([-600.0]), np.array([0.0]))[0], np.exp([-600.0]))

    def test_its_second_derivative_is_the_sigmoids_slope_at_ties_too(self):
        x1, x2 = np.array([3.0, 1.0]), np.array([3.0, -1.0])
        s = 1 / (1 + np.exp(x2 - x1))
        hessian = mt.hessian(lambda x1, x2: xp.sum(xp.logaddexp(x1, x2)), argnums=(0, 1))(x1, x2)
        for i in range(2):
            for j in range(2):
                assert_allclose(np.diag(hessian[i][j]), s * (1 - s) * (1 if i == j else -1))


class TestPow:
    """Its rule has three regions: positive bases, zero, and negative ones."""

    @pytest.mark.parametrize(
        ("x1", "x2", "to1", "to2"),
        [
            (0.0, 2.0, 0.0, 0.0),
            (0.0, 1.0, 1.0, 0.0),
            (0.0, 0.0, 0.0, 0.0),
            (0.0, 0.5, inf, 0.0),
            (2.0, 0.0, 0.0, log(2)),
            (2.0, 3.0, 12.0, 8 * log(2)),
        ],
    )
    @pytest.mark.parametrize("make", [float, np.asarray], ids=["number", "array"])
    def test_slopes_at_zero_and_beyond(self, x1, x2, to1, to2, make):
        with np.errstate(divide="ignore"):
            got = mt.grad(xp.pow, argnums=(0, 1))(make(x1), make(x2))
        assert_allclose(got, (to1, to2))

    def test_a_negative_base_has_a_slope_to_itself_but_none_to_its_exponent(self, slopes):
        with np.errstate(invalid="ignore"):
            to1, to2 = slopes(xp.pow, np.array([-2.0]), np.array([2.0]))
        assert to1 == -4
        assert np.isnan(to2)

    def test_a_number_as_exponent_needs_no_logarithm(self, slope, bend):
        x = np.array([-2.0, 0.0, 3.0])
        assert_array_equal(slope(lambda x: x**3, x), 3 * x**2)
        assert_array_equal(bend(lambda x: x**3, x), 6 * x)
        assert_array_equal(slope(lambda x: x**0, x), 0 * x)

    def test_a_number_as_exponent_keeps_float32(self, slope):
        assert slope(lambda x: x**2, X.astype(np.float32)).dtype == np.float32

    def test_polynomials_of_fractions_are_exact(self):
        x = mt.Var(Fraction(1, 3))
        (5 * x**3 - x**2 + x**0).backprop()
        assert x.grad == Fraction(5 * 3, 9) - Fraction(2, 3)

    def test_the_mixed_derivative_is_right_where_the_exponent_is_zero(self):
        mixed = mt.grad(mt.grad(xp.pow, argnums=0), argnums=1)
        assert_allclose(mixed(np.asarray(2.0), np.asarray(0.0)), 0.5)

    def test_complex_powers_are_transposes(self, slopes):
        z, w = np.array([1 + 2j]), np.array([0.5 - 1j])
        assert_allclose(slopes(xp.pow, z, w), (w * z ** (w - 1), z**w * np.log(z)))

    def test_the_operator_prints_as_stars(self):
        assert str(mt.Var(3.0, name="x") ** 2) == "(** (var-x | 3.0) 2 | 9.0)"
