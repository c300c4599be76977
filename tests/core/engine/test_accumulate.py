"""Accumulation: cotangents are reduced to the operand's shape and dtype, and added."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt


def test_a_recorded_backward_pass_reduces_cotangents_by_structural_ops():
    a, b = mt.Var(np.ones((3, 1), dtype=np.float32)), mt.Var(np.arange(4.0))
    (a * b * a).backprop(np.ones((3, 4)), create_graph=True)
    assert a.grad.dtype == np.float32
    assert a.grad.shape == (3, 1)
    first = a.grad
    a.clear_grad()
    first.backprop(np.ones((3, 1)))
    np.testing.assert_array_equal(a.grad, np.full((3, 1), 12.0))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_a_gradient_has_the_dtype_of_its_leaf(dtype):
    x = mt.Var(np.ones(3, dtype=dtype))
    (x * np.ones(3)).backprop(np.ones(3))
    assert x.grad.dtype == dtype
    assert x.grad.shape == (3,)


def test_a_complex_factor_gives_a_real_leaf_the_real_part():
    x = mt.Var(np.array([1.0, 2.0]))
    (x * np.array([1 + 2j, 3 - 1j])).backprop(np.ones(2))
    np.testing.assert_array_equal(x.grad, [1.0, 3.0])


def test_a_python_number_leaf_has_a_python_number_as_gradient_even_beside_arrays():
    x = mt.Var(2.0)
    (x * np.ones((2, 3))).backprop(np.ones((2, 3)))
    assert x.grad == 6.0
    assert type(x.grad) is float


def test_cotangents_are_summed_over_broadcast_axes():
    a, b = mt.Var(np.ones((3, 1))), mt.Var(np.arange(4.0))
    (a * b).backprop(np.ones((3, 4)))
    np.testing.assert_array_equal(a.grad, np.full((3, 1), 6.0))
    np.testing.assert_array_equal(b.grad, np.full(4, 3.0))
