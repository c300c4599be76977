"""Comparisons, logic, bits and predicates: NumPy's values, and no graph."""

import operator

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X, Y = np.array([1.0, 2.0, np.nan]), np.array([2.0, 2.0, 2.0])
BITS, MASK = np.array([0b1100, 5]), np.array([0b1010, 2])


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("equal", operator.eq),
        ("not_equal", operator.ne),
        ("less", operator.lt),
        ("less_equal", operator.le),
        ("greater", operator.gt),
        ("greater_equal", operator.ge),
    ],
)
def test_comparisons_are_untracked_vars_of_numpys_truth(name, python):
    truth = python(mt.Var(X), Y)
    assert_array_equal(truth.value, getattr(np, name)(X, Y))
    assert truth.node is None
    assert_array_equal(getattr(xp, name)(X, Y), truth.value)


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("bitwise_and", operator.and_),
        ("bitwise_or", operator.or_),
        ("bitwise_xor", operator.xor),
        ("bitwise_left_shift", operator.lshift),
        ("bitwise_right_shift", operator.rshift),
    ],
)
def test_bitwise_operators_take_vars_of_integers(name, python):
    assert_array_equal(python(mt.Var(BITS), MASK).value, python(BITS, MASK))
    assert_array_equal(getattr(xp, name)(BITS, MASK), python(BITS, MASK))


def test_inverting_a_truth_negates_it():
    assert_array_equal((~mt.Var(X == 1)).value, X != 1)


@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor"])
def test_logic_is_numpys(name):
    a, b = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert_array_equal(getattr(xp, name)(mt.Var(a), b).value, getattr(np, name)(a, b))


@pytest.mark.parametrize("name", ["isfinite", "isinf", "isnan", "signbit", "logical_not"])
def test_predicates_are_numpys(name):
    x = np.array([0.0, -0.0, -1.0, np.inf, np.nan])
    assert_array_equal(getattr(xp, name)(mt.Var(x)).value, getattr(np, name)(x))


def test_bits_of_floats_are_refused_naming_the_op():
    with pytest.raises(OperandError, match=r"basic::bitwise_and\(x1=float64\[3\]"):
        mt.Var(X) & Y


def test_a_boolean_is_negated_and_an_integers_bits_are_inverted():
    assert xp.bitwise_invert(True) is False
    assert (~mt.Var(False)).value is True
    assert (~mt.Var(5)).value == -6
