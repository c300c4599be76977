"""Conversion to another dtype or device."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

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


def test_a_device_is_kept_and_another_one_reached_on_the_graph():
    strict = pytest.importorskip("array_api_strict")
    device = strict.Device("device2")
    x = mt.Var(strict.asarray([1.0, 2.0]))
    own = xp.on(strict)
    for moved in (own.to_device(x, device), own.astype(x, own.float32, device=device), own.asarray(x, device=device)):
        assert moved.device == device
        back = own.sum(own.to_device(moved, x.device) * own.asarray([1.0, 3.0], dtype=moved.dtype))
        back.backprop()
        assert_array_equal(np.asarray(x.grad), [1.0, 3.0])
        x.clear_grad()


def test_what_is_refused_names_op_operand_and_dtype():
    with pytest.raises(OperandError, match=r"basic::astype\(x=float64\[2\]\): TypeError: .*; given dtype='nope'"):
        xp.astype(mt.Var(X), "nope")
