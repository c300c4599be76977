"""Which namespace a value belongs to, and how values are described and shown."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import array_api_compat.numpy
import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors
from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.meta import carries_gradient, is_floating_dtype, meta_of
from mutorch_core.arrays.namespaces import common_namespace, namespace_of
from mutorch_core.arrays.values import normalise_result, one_like, owned_copy, scatter_add, zeros_like, zeros_of


def test_numbers_and_numpy_values_are_numpys():
    for value in (1, 1.5, 1j, True, np.zeros(2), np.float32(1)):
        assert namespace_of(value) is array_api_compat.numpy


def test_other_numbers_have_operators_only():
    with pytest.raises(errors.OperandError, match="Fraction numbers have operators only"):
        namespace_of(Fraction(1, 2))


def test_what_is_no_array():
    with pytest.raises(errors.OperandError, match="a str is neither a number nor an array"):
        namespace_of("x")


def test_numbers_go_with_any_library_and_none_with_none():
    assert common_namespace([1.0, None, np.zeros(2)]) is array_api_compat.numpy
    assert common_namespace([1.0, None]) is array_api_compat.numpy


def test_mixed_libraries_are_an_error_that_names_both():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    with pytest.raises(errors.OperandError, match="two array libraries are mixed: numpy and array_api_strict"):
        common_namespace([np.zeros(2), strict.zeros(2)])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, True), (True, False), (1.5, True), (Fraction(1), True), (np.zeros(1), True), (np.zeros(1, "i4"), False),
     (np.zeros(1, "c8"), True), (np.zeros(1, bool), False), (np.array([Fraction(1)]), True), (np.array("s"), False)],
)  # fmt: skip
def test_what_carries_a_gradient(value, expected):
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


def test_a_numpy_scalar_settles_as_a_number_among_numbers_and_as_an_array_among_arrays():
    assert type(normalise_result(np.float64(2), (1.0, None))) is float
    assert type(normalise_result(np.complex128(2), (1.0,))) is complex
    settled = normalise_result(np.float32(2), (np.zeros(2),))
    assert type(settled) is np.ndarray
    assert settled.shape == ()


def test_zeros_and_ones_are_of_the_values_kind():
    assert type(zeros_like(Fraction(1))) is Fraction
    assert type(one_like(3)) is int
    assert zeros_like(np.ones(2, "f4")).dtype == np.float32
    assert zeros_of(meta_of(2.0)) == 0.0
    assert zeros_of(meta_of(np.ones((2, 3), "f4"))).shape == (2, 3)


def test_a_copy_is_ones_own():
    value = np.ones(2)
    assert not np.shares_memory(owned_copy(value), value)
    assert owned_copy(2.5) == 2.5


@pytest.mark.parametrize("library", ["numpy", "array_api_strict", "dask.array", "torch", "jax.numpy"])
def test_what_is_scattered_adds_up_and_an_infinity_stays_where_it_belongs(library):
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    values = module.asarray(np.array([1.0, np.inf, 3.0, 5.0], "f4"))
    space = namespace_of(values)
    added = scatter_add(values, module.asarray(np.array([2, 0, 2, 3])), 5, space)
    np.testing.assert_array_equal(np.asarray(added), np.array([np.inf, 0, 4, 5, 0], "f4"), strict=True)
    nothing = scatter_add(values[:0], module.asarray(np.zeros(0, int)), 2, space)
    np.testing.assert_array_equal(np.asarray(nothing), [0, 0])


def test_meta_says_shape_dtype_and_device():
    meta = meta_of(np.zeros((2, 3)))
    assert (meta.shape, meta.dtype, meta.device, meta.ndim, meta.size) == ((2, 3), np.float64, "cpu", 2, 6)
    assert (meta_of(2.0).shape, meta_of(2.0).dtype) == ((), float)


def test_how_values_are_shown():
    assert format_value(np.zeros((3, 4))) == "float64[3,4]"
    assert format_value(np.zeros((), "c8")) == "complex64[]"
    assert format_value(2.5) == "2.5"
    assert format_value("x") == "a str"
    assert [format_value(key) for key in (..., None, slice(1, 3), slice(None, None, -1))] == [
        "...",
        "None",
        "1:3",
        "::-1",
    ]
