"""Shape, dtype and device of a value, and whether its dtype can carry a gradient."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core.arrays.meta import carries_gradient, is_floating_dtype, meta_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, True), (True, False), (1.5, True), (Fraction(1), True), (np.zeros(1), True), (np.zeros(1, "i4"), False),
     (np.zeros(1, "c8"), True), (np.zeros(1, bool), False), (np.array([Fraction(1)]), True), (np.array("s"), False)],
)  # fmt: skip
def test_floating_values_and_numbers_carry_a_gradient(value, expected):
    assert carries_gradient(value) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("bfloat16", True), ("float8_e4m3fn", True), ("float8_e5m2", True), ("int4", False), ("void16", False)],
)
def test_numpys_dtypes_of_other_packages_carry_a_gradient_if_they_are_floats(name, expected):
    assert is_floating_dtype(SimpleNamespace(kind="V", name=name)) is expected


def test_bfloat16_carries_a_gradient():
    dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    value = np.ones(2, dtypes.bfloat16)
    assert carries_gradient(value)
    x = mt.Var(value)
    (x * x).backprop(value)
    assert x.grad.dtype == dtypes.bfloat16
    np.testing.assert_array_equal(x.grad, 2.0)


def test_meta_of_a_value_has_its_shape_dtype_and_device():
    meta = meta_of(np.zeros((2, 3)))
    assert (meta.shape, meta.dtype, meta.device, meta.ndim, meta.size) == ((2, 3), np.float64, "cpu", 2, 6)
    assert (meta_of(2.0).shape, meta_of(2.0).dtype) == ((), float)
