"""Reciprocals of circular and hyperbolic functions and their inverses: values, both derivatives, tails and poles."""

from math import inf, pi

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([-1.25, 0.5, 1.5, 3.0])
OUTSIDE = np.array([-10.0, -1.25, 1.5, 3.0])
ROOT = np.sqrt(OUTSIDE**2 - 1)


@pytest.mark.parametrize(
    ("f", "x", "value", "first"),
    [
        (xp.cot, X, np.cos(X) / np.sin(X), -1 / np.sin(X) ** 2),
        (xp.csc, X, 1 / np.sin(X), -np.cos(X) / np.sin(X) ** 2),
        (xp.sec, X, 1 / np.cos(X), np.sin(X) / np.cos(X) ** 2),
        (xp.coth, X, np.cosh(X) / np.sinh(X), -1 / np.sinh(X) ** 2),
        (xp.csch, X, 1 / np.sinh(X), -np.cosh(X) / np.sinh(X) ** 2),
        (xp.sech, X, 1 / np.cosh(X), -np.sinh(X) / np.cosh(X) ** 2),
        (xp.arccot, X, np.arctan(1 / X), -1 / (1 + X**2)),
        (xp.arccsch, X, np.arcsinh(1 / X), -1 / (np.abs(X) * np.sqrt(1 + X**2))),
        (xp.arccoth, OUTSIDE, np.arctanh(1 / OUTSIDE), 1 / (1 - OUTSIDE**2)),
        (xp.arccsc, OUTSIDE, np.arcsin(1 / OUTSIDE), -1 / (np.abs(OUTSIDE) * ROOT)),
        (xp.arcsec, OUTSIDE, np.arccos(1 / OUTSIDE), 1 / (np.abs(OUTSIDE) * ROOT)),
    ],
)
def test_value_and_slope_are_those_of_the_formula(f, x, value, first, slope):
    assert_allclose(f(mt.Var(x)).value, value, rtol=1e-14)
    assert_allclose(slope(f, x), first, rtol=1e-13)


@pytest.mark.parametrize(
    ("f", "x", "value", "first"),
    [
        (xp.sech, 740.0, 2 * np.exp(-740.0), -2 * np.exp(-740.0)),
        (xp.sech, -1e4, 0.0, 0.0),
        (xp.csch, -740.0, -2 * np.exp(-740.0), -2 * np.exp(-740.0)),
        (xp.csch, 1e-300, 1e300, -inf),
        (xp.coth, 30.0, 1.0, -4 * np.exp(-60.0)),
        (xp.coth, -1e4, -1.0, 0.0),
        (xp.arccot, 1e200, 1e-200, 0.0),
        (xp.arccsch, 1e170, 1e-170, 0.0),
        (xp.arccsch, 1e-160, np.log(2e160), -1e160),
        (xp.arccoth, 1 + 2**-52, 26.5 * np.log(2), -(2.0**51)),
        (xp.arcsec, 1 + 2**-52, np.sqrt(2.0**-51), 2**25.5),
        (xp.arcsec, -1e200, pi / 2, 0.0),
        (xp.arccsc, 1 + 2**-40, pi / 2 - np.sqrt(2.0**-39), -(2**19.5)),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered")  # where the slope itself is too large
def test_tails_and_the_neighbourhood_of_poles_neither_overflow_nor_cancel(f, x, value, first, slope):
    x = np.array([x])
    assert_allclose(f(x), [value], rtol=1e-11)
    assert_allclose(slope(f, x), [first], rtol=1e-11)


@pytest.mark.parametrize(("f", "pole"), [(xp.arccsc, -inf), (xp.arcsec, inf), (xp.arccoth, -inf)])
def test_slopes_are_infinite_at_both_ends_of_the_gap_and_values_nan_within(f, pole, slope):
    ends = np.array([-1.0, 1.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        assert_array_equal(slope(f, ends), [pole, pole])
        assert np.isnan(f(np.array([0.5])))


def test_an_inverse_cotangent_is_right_at_zero(slope):
    assert_array_equal(xp.arccot(np.array([0.0, -0.0])), [pi / 2, -pi / 2])
    assert_array_equal(slope(xp.arccot, np.array([0.0])), [-1])


@pytest.mark.parametrize("z", [2 + 1j, -0.5 - 0.25j])
@pytest.mark.parametrize(
    ("f", "formula"),
    [
        (xp.cot, lambda z: 1 / np.tan(z)),
        (xp.sec, lambda z: 1 / np.cos(z)),
        (xp.csch, lambda z: 1 / np.sinh(z)),
        (xp.sech, lambda z: 1 / np.cosh(z)),
        (xp.coth, lambda z: 1 / np.tanh(z)),
        (xp.arccot, lambda z: np.arctan(1 / z)),
        (xp.arccsc, lambda z: np.arcsin(1 / z)),
        (xp.arcsec, lambda z: np.arccos(1 / z)),
        (xp.arccoth, lambda z: np.arctanh(1 / z)),
        (xp.arccsch, lambda z: np.arcsinh(1 / z)),
    ],
)
def test_complex_values_and_slopes_are_those_of_the_formula(f, formula, z, slope):
    assert_allclose(f(np.array([z])), [formula(z)])
    step = 1e-5
    assert_allclose(slope(f, np.array([z])), [(formula(z + step) - formula(z - step)) / (2 * step)], rtol=1e-6)


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict"])
def test_other_libraries_give_numpys_slopes(library):
    raw = pytest.importorskip(library)
    x = np.array([-2.0, 1.5, 3.0], np.float32)

    def program(x):
        circular = xp.cot(x) + xp.csc(x) + xp.sec(x) + xp.arccot(x) + xp.arccsc(x) + xp.arcsec(x)
        return xp.sum(circular + xp.coth(x) + xp.csch(x) + xp.sech(x) + xp.arccoth(x) + xp.arccsch(x))

    assert_allclose(np.asarray(mt.grad(program)(raw.asarray(x))), mt.grad(program)(x), rtol=1e-4)
