"""Shape, dtype and device of a value, and whether its dtype can carry a gradient."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core.arrays.meta import carries_gradient, dtype_of, is_floating, is_floating_dtype, meta_of
from mutorch_core.arrays.namespaces import namespace_of


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


def test_the_meta_of_a_number_has_no_axes_and_no_library():
    meta = meta_of(2.5)
    assert (meta.shape, meta.dtype, meta.device, meta.space, meta.chunks) == ((), float, None, None, None)
    assert (meta.ndim, meta.size) == (0, 1)
    assert meta_of(Fraction(1, 2)).dtype is Fraction


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict", "dask.array"])
def test_the_meta_of_another_librarys_array_has_a_tuple_as_shape_and_its_namespace(library):
    raw = pytest.importorskip(library)
    value = raw.zeros((2, 0, 3))
    meta = meta_of(value)
    assert type(meta.shape) is tuple
    assert (meta.shape, meta.dtype, meta.ndim, meta.size) == ((2, 0, 3), value.dtype, 3, 0)
    assert meta.space is namespace_of(value)
    assert is_floating(meta)


def test_the_meta_of_a_chunked_array_has_its_chunks():
    da = pytest.importorskip("dask.array")
    assert meta_of(da.ones((4, 2), chunks=(3, 2))).chunks == ((3, 1), (2,))
    assert meta_of(np.ones(2)).chunks is None


def test_the_namespace_and_the_chunks_are_not_printed():
    assert repr(meta_of(np.ones(2))) == "Meta(shape=(2,), dtype=dtype('float64'), device='cpu')"


def test_metas_are_equal_by_their_fields():
    assert meta_of(np.ones(2)) == meta_of(np.zeros(2))
    assert meta_of(np.ones(2)) != meta_of(np.ones(2, "f4"))


def test_the_dtype_of_a_number_is_its_type():
    assert (dtype_of(2.5), dtype_of(2), dtype_of(np.ones(2, "f4"))) == (float, int, np.float32)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [(float, True), (complex, True), (int, True), (bool, False), (Fraction, True), (np.float16, True), (np.int8, False),
     (np.dtype("c16"), True), (np.dtype("u1"), False), (np.dtype(object), True), (np.dtype("M8[s]"), False)],
)  # fmt: skip
def test_a_dtype_is_floating_if_it_can_represent_a_derivative(dtype, expected):
    assert is_floating_dtype(dtype) is expected


def test_dtypes_of_other_libraries_are_floating_with_and_without_their_namespace():
    strict = pytest.importorskip("array_api_strict")
    assert is_floating_dtype(strict.float32, strict)
    assert is_floating_dtype(strict.complex64, strict)
    assert not is_floating_dtype(strict.int32, strict)
    torch = pytest.importorskip("torch")
    for dtype, expected in ((torch.float32, True), (torch.complex64, True), (torch.int64, False)):
        assert is_floating_dtype(dtype) is expected
