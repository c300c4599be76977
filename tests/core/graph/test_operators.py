"""The operators of `Var`: mixed operands, augmented assignment, and binding to ops."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors


def test_arrays_and_vars_mix_in_operators():
    x = mt.Var(np.ones(3))
    (np.arange(3.0) * x + np.ones(3) - x / 2).backprop(np.ones(3))
    np.testing.assert_allclose(x.grad, np.arange(3.0) - 0.5)


def test_an_augmented_assignment_changes_the_var_and_not_the_memory_of_its_array():
    held = np.ones(2)
    x = mt.Var(held)
    y = x * 1.0
    z, before = y, y.value
    z += x
    assert z is y
    np.testing.assert_array_equal(before, 1.0)
    y *= y
    y.backprop(np.ones(2))
    np.testing.assert_array_equal(y.value, 4.0)
    np.testing.assert_array_equal(x.grad, 8.0)
    np.testing.assert_array_equal(held, 1.0)


def test_an_augmented_assignment_to_a_number_rebinds_its_name():
    def f(x):
        total = x
        total += 1.0
        return total * x

    assert (f(3.0), mt.grad(f)(3.0)) == (12.0, 7.0)


@pytest.mark.parametrize("value", [1.0, np.ones(2)])
def test_an_augmented_assignment_to_a_leaf_is_refused(value):
    x = mt.Var(value)
    with pytest.raises(errors.OperandError, match=r"x \*= v on a leaf would lose its gradient: write x = x \* v"):
        x *= 2.0


def test_an_augmented_assignment_keeps_dtype_and_shape_or_is_refused():
    y = +mt.Var(np.ones(3, np.float32))
    y += np.ones(3)
    assert y.dtype == np.float32
    with pytest.raises(errors.OperandError, match=r"x \+= v would turn float32\[3\] into float64\[2,3\]"):
        y += np.ones((2, 3))
    counts = mt.Var(np.arange(3))
    with pytest.raises(errors.OperandError, match=r"x /= v would turn int64\[3\] into float64\[3\]"):
        counts /= 2
