"""Conversion between dtypes, and questions about them."""

import numpy as np
import pytest
from array_api_compat import array_namespace
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


def test_questions_take_vars():
    x = mt.Var(X)
    assert xp.result_type(x, xp.float32) == np.float64
    assert xp.can_cast(x, xp.float32) is False
    assert xp.finfo(x).eps == np.finfo(np.float64).eps
    assert xp.iinfo(xp.int8).max == 127
    assert xp.isdtype(x.dtype, "real floating")
    assert "float64" in xp.__array_namespace_info__().dtypes()


@pytest.mark.parametrize(
    ("x", "number", "dtype"),
    [
        (np.float32(1), 2.5, np.float32),
        (np.ones(2, np.float32), 2, np.float32),
        (np.ones(2, np.float32), 2j, np.complex64),
        (np.ones(2, np.int8), 2, np.int8),
        (np.ones(2, np.int8), 2.5, np.float64),
        (np.ones(2, np.bool), True, np.bool),
    ],
)
def test_a_number_beside_an_array_takes_its_dtype_as_far_as_it_can(x, number, dtype):
    for other in (number, mt.Var(number)):
        assert (mt.Var(x) * other).dtype == (other * mt.Var(x)).dtype == dtype
        assert xp.result_type(mt.Var(x), other) == dtype


def test_questions_about_a_var_are_answered_by_its_dtype_in_every_library():
    for library in ("numpy", "array_api_strict", "torch", "jax.numpy"):
        raw = pytest.importorskip(library)
        own = xp.on(library.partition(".")[0])
        x, n = mt.Var(raw.asarray([1.0], dtype=raw.float32)), mt.Var(raw.asarray([1], dtype=raw.int8))
        assert (int(own.finfo(x).bits), int(own.iinfo(n).max)) == (32, 127)
        assert own.can_cast(n, raw.int16)
        assert own.isdtype(x.dtype, "real floating")
        assert own.result_type(x, 2.0) == raw.float32
        told, asked = own.__array_namespace_info__(), array_namespace(x.value).__array_namespace_info__()
        for question in ("capabilities", "default_device", "default_dtypes", "dtypes"):
            assert getattr(told, question)() == getattr(asked, question)()
        assert told.devices() == list(asked.devices())


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
