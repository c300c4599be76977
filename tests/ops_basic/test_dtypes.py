"""Conversion between dtypes, and questions about them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([0.25, -1.5])


@pytest.mark.parametrize("dtype", [xp.float32, np.dtype("float32"), "float32"], ids=repr)
def test_a_cast_is_undone_for_the_cotangent(dtype):
    x = mt.Var(X)
    y = xp.astype(x, dtype)
    assert y.dtype == np.float32
    xp.sum(y * y).backprop()
    assert x.grad.dtype == np.float64
    assert_array_equal(x.grad, 2 * X)


def test_a_cast_differentiates_twice():
    assert_array_equal(mt.hessian(lambda x: xp.sum(xp.astype(x, xp.float32) ** 3))(X), np.diag(6 * X))


@pytest.mark.parametrize("dtype", [xp.int64, xp.bool])
def test_a_cast_to_integers_or_truths_cuts_the_gradient(dtype):
    y = xp.astype(mt.Var(X), dtype)
    assert_array_equal(y.value, X.astype(dtype))
    assert y.node is None


def test_real_to_complex_gets_the_real_part_back(slope):
    assert_array_equal(slope(lambda x: xp.astype(x, xp.complex128), X, g=np.array([1 + 2j, 3j])), [1, 0])


def test_copy_false_returns_the_operand_itself_and_copy_true_another():
    x = mt.Var(X)
    assert xp.astype(x, xp.float64, copy=False) is x
    assert not np.shares_memory(xp.astype(x, xp.float64).value, X)
    assert xp.astype(X, xp.float64, copy=False) is X


def test_questions_take_vars():
    x = mt.Var(X)
    assert xp.result_type(x, xp.float32) == np.float64
    assert xp.can_cast(x, xp.float32) is False
    assert xp.finfo(x).eps == np.finfo(np.float64).eps
    assert xp.iinfo(xp.int8).max == 127
    assert xp.isdtype(x.dtype, "real floating")
    assert "float64" in xp.__array_namespace_info__().dtypes()
