"""Powers of 2, roots, mantissas and exponents."""

from math import inf

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.array([0.5, 2.0, 3.0])


@pytest.mark.parametrize(
    ("f", "value", "first", "second"),
    [
        (xp.exp2, 2**X, np.log(2) * 2**X, np.log(2) ** 2 * 2**X),
        (xp.cbrt, np.cbrt(X), np.cbrt(X) / (3 * X), -2 * np.cbrt(X) / (9 * X**2)),
        (xp.rsqrt, X**-0.5, -(X**-1.5) / 2, 0.75 * X**-2.5),
    ],
)
def test_both_derivatives_are_those_of_the_formula(f, value, first, second, slope, bend):
    assert_allclose(f(X), value, rtol=1e-15)
    assert_allclose(slope(f, X), first, rtol=1e-14)
    assert_allclose(bend(f, X), second, rtol=1e-13)


def test_roots_have_their_poles_at_zero(slope):
    with np.errstate(divide="ignore"):
        assert_array_equal(slope(xp.cbrt, np.array([0.0, -8.0])), [inf, 1 / 12])
        assert_array_equal(slope(xp.cbrt, np.zeros(2), g=np.array([0.0, -1.0])), [0, -inf])
        assert_array_equal(slope(xp.rsqrt, np.zeros(1)), [-inf])


@pytest.mark.parametrize(
    ("x1", "x2", "value", "first", "second"),
    [
        (1.0, 1.0, 2.0, 0.5, 0.5),
        (2000.0, 1990.0, 2000 + np.log2(1 + 2**-10), 1 / (1 + 2**-10), 1 / (1 + 2**10)),
        (0.0, -1000.0, 2.0**-1000 / np.log(2), 1.0, 2.0**-1000),
        (-inf, -inf, -inf, 0.5, 0.5),
        (inf, inf, inf, 0.5, 0.5),
        (inf, 1.0, inf, 1.0, 0.0),
        (-inf, 1.0, 1.0, 0.0, 1.0),
    ],
)
def test_a_sum_of_powers_of_two_has_shares_as_its_slopes(x1, x2, value, first, second, slopes):
    operands = np.array(x1), np.array(x2)
    assert_allclose(xp.logaddexp2(*operands), value, rtol=1e-15)
    assert_allclose(slopes(xp.logaddexp2, *operands), [first, second], rtol=1e-12)


def test_float_power_computes_in_double_precision(slopes):
    assert xp.float_power(np.array([1, 2]), -1).dtype == np.float64
    assert_array_equal(xp.float_power(np.array([1, 2]), -1), [1, 0.5])
    assert xp.float_power(2, 3) == 8.0
    x = np.array([2.0, 3.0], np.float32)
    assert xp.float_power(mt.Var(x), x).dtype == np.float64
    base, exponent = slopes(xp.float_power, x, x + 1, g=np.ones(2))
    assert base.dtype == exponent.dtype == np.float32
    assert_allclose(base, (x + 1) * x**x, rtol=1e-6)
    assert_allclose(exponent, x ** (x + 1) * np.log(x), rtol=1e-6)


def test_scaling_by_powers_of_two_is_exact_where_the_power_overflows(slope):
    x, n = np.array([2.0**-1000, 3.0]), np.array([1500, -2])
    assert_array_equal(xp.ldexp(mt.Var(x), n).value, [2.0**500, 0.75])
    assert_array_equal(slope(lambda x: xp.ldexp(x, np.array([1000, -2])), x), [2.0**1000, 0.25])
    with pytest.raises(OperandError, match=r"ldexp\(x1=float64\[2\], x2=float64\[2\]\)"):
        xp.ldexp(x, x)


def test_mantissas_carry_gradients_and_exponents_none(slope, bend):
    x = np.array([-3.0, 0.75, 4.0, 0.0, 5e-324])
    parts = xp.frexp(mt.Var(x))
    mantissas, exponents = np.frexp(x)
    assert_array_equal(parts.mantissa.value, mantissas)
    assert_array_equal(parts.exponent.value, exponents)
    assert parts.exponent.node is None
    assert_array_equal(slope(lambda x: xp.frexp(x)[0], x[:4]), [0.25, 1, 0.125, 1])
    assert_array_equal(bend(lambda x: xp.frexp(x).mantissa, x[:4]), np.zeros(4))
    assert_array_equal(xp.ldexp(*parts).value, x)


@pytest.mark.parametrize("library", ["torch", "jax.numpy"])
def test_other_libraries_give_numpys_slopes(library):
    raw = pytest.importorskip(library)
    x = np.array([0.75, 1.5, 3.0], np.float32)

    def program(x):
        y = xp.exp2(x) + xp.cbrt(x) * xp.rsqrt(x) + xp.logaddexp2(x, 2 * x)
        mantissa, exponent = xp.frexp(x)
        return xp.sum(y * mantissa + xp.ldexp(x, exponent))

    assert_allclose(np.asarray(mt.grad(program)(raw.asarray(x))), mt.grad(program)(x), rtol=1e-5)


def test_a_library_with_the_standard_alone_gives_numpys_slopes():
    strict = pytest.importorskip("array_api_strict")
    x = np.array([0.75, 1.5, 3.0])

    def program(x, n):
        return xp.sum(xp.exp2(x) + xp.cbrt(x) + xp.logaddexp2(x, 2 * x) + xp.ldexp(x, n))

    n = np.array([1, -1, 3])
    got = mt.grad(program)(strict.asarray(x), strict.asarray(n))
    assert_allclose(np.asarray(got), mt.grad(program)(x, n), rtol=1e-14)
    with pytest.raises(OperandError, match="frexp has no forward for array_api_strict"):
        xp.frexp(strict.asarray(x))
