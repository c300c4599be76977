"""The four operations, signs and parts of complex numbers: values, rules, kinks, extreme magnitudes."""

import operator
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.array([-2.5, -0.5, 0.25, 3.0])
Z = np.array([3 - 4j, 1j, -2 + 0j, 0.6 + 0.8j])


@pytest.mark.parametrize(
    ("name", "symbol"), [("add", operator.add), ("subtract", operator.sub), ("multiply", operator.mul)]
)
def test_the_operator_and_the_function_are_one_op(name, symbol):
    x, y = mt.Var(X), mt.Var(X[::-1].copy())
    assert_array_equal(symbol(x, y).value, getattr(xp, name)(x, y).value)
    assert symbol(x, y).node.rule is getattr(xp, name)(x, y).node.rule


def test_mul_is_multiply_under_a_second_name():
    assert xp.mul is xp.multiply


def test_broadcasting_is_undone_for_either_operand(slopes):
    column, row = np.arange(3.0)[:, None], np.arange(4.0) + 1
    a, b = slopes(xp.multiply, column, row)
    assert_array_equal(a, np.full((3, 1), row.sum()))
    assert_array_equal(b, np.full(4, column.sum()))


def test_fractions_are_divided_exactly():
    x = mt.Var(Fraction(2, 3))
    (1 / x).backprop()
    assert x.grad == Fraction(-9, 4)


def test_divide_does_not_square_its_divisor(slopes):
    x1, x2 = np.array([1e200]), np.array([1e200])
    assert_allclose(slopes(xp.divide, x1, x2), ([1e-200], [-1e-200]))


def test_divide_is_ieee_at_its_pole(slopes):
    with np.errstate(divide="ignore"):
        a, b = slopes(xp.divide, np.array([1.0]), np.array([0.0]))
    assert a == np.inf
    assert b == -np.inf


def test_divide_keeps_both_operands_and_not_the_quotient():
    x1, x2 = np.ones(3), np.ones(3)
    saved = (mt.Var(x1) / mt.Var(x2)).node.saved
    assert {id(value) for value in saved} == {id(x1), id(x2)}


def test_reciprocal_keeps_its_result_alone():
    y = xp.reciprocal(mt.Var(X))
    assert [id(value) for value in y.node.saved] == [id(y.value)]


def test_reciprocal_has_a_pole_of_minus_infinity_at_zero(slope):
    with np.errstate(divide="ignore"):
        assert slope(xp.reciprocal, np.array([0.0])) == -np.inf


def test_a_python_number_over_zero_is_refused_naming_the_op():
    with pytest.raises(OperandError, match=r"basic::divide\(x1=1.0, x2=0.0\): ZeroDivisionError") as caught:
        mt.Var(1.0) / 0.0
    assert isinstance(caught.value, ZeroDivisionError)


def test_square_stays_finite_where_its_slope_does(slope):
    assert_allclose(slope(xp.square, np.array([1e154]), g=np.array([0.25])), [5e153])


@pytest.mark.parametrize(
    ("f", "first", "second"),
    [
        (xp.square, 2 * X, np.full(4, 2.0)),
        (xp.reciprocal, -1 / X**2, 2 / X**3),
        (xp.negative, np.full(4, -1.0), np.zeros(4)),
        (xp.positive, np.ones(4), np.zeros(4)),
        (xp.abs, np.sign(X), np.zeros(4)),
        (xp.sign, np.zeros(4), np.zeros(4)),
    ],
)
def test_first_and_second_derivative_are_the_formulas(f, first, second, slope, bend):
    assert_allclose(slope(f, X), first)
    assert_allclose(bend(f, X), second)


def test_abs_and_sign_have_slope_zero_at_zero(slope):
    assert slope(xp.abs, np.array([0.0])) == 0
    assert slope(xp.sign, np.array([0.0])) == 0


def test_abs_of_a_complex_number_pulls_back_its_conjugate_direction(slope):
    assert_allclose(slope(xp.abs, Z), np.conj(Z) / np.abs(Z))


def test_abs_and_sign_of_complex_zero_have_slope_zero(slope):
    zero = np.array([0j])
    assert slope(xp.abs, zero) == 0
    assert slope(xp.sign, zero) == 0


@pytest.mark.parametrize("direction", [1.0, 1j, 0.3 - 0.7j])
def test_the_sign_of_a_complex_number_changes_as_it_turns(direction, slope):
    g, step = np.array([1 + 2j, -1j, 0.5, 2 - 1j]), 1e-6 * direction
    change = (Z + step) / np.abs(Z + step) - (Z - step) / np.abs(Z - step)
    assert_allclose((slope(xp.sign, Z, g=g) * direction).real, (g * change).real / 2e-6, atol=1e-8)


def test_real_imag_and_conj_are_transposes_of_what_they_do(slope):
    g = np.array([1.0, 2.0, 3.0, 4.0])
    assert_array_equal(slope(xp.real, Z, g=g), g + 0j)
    assert_array_equal(slope(xp.imag, Z, g=g), -1j * g)
    assert_array_equal(slope(xp.conj, Z, g=g * 1j), g * -1j)


def test_float32_stays_float32(slopes):
    a, b = slopes(xp.divide, X.astype(np.float32), np.float32(2) * np.ones(4, np.float32))
    assert a.dtype == b.dtype == np.float32


def test_shapes_that_do_not_broadcast_are_refused_with_both_shapes():
    with pytest.raises(OperandError, match=r"basic::add\(x1=float64\[4\], x2=float64\[3\]\)"):
        mt.Var(X) + np.ones(3)
