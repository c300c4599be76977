"""Zeros, ones, copies, normalised results and scattered sums."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from mutorch_core.arrays.meta import meta_of
from mutorch_core.arrays.namespaces import namespace_of
from mutorch_core.arrays.values import (
    detached,
    normalise_result,
    one_like,
    owned_copy,
    owns_memory,
    scatter_add,
    zeros_like,
    zeros_of,
)


def test_a_numpy_scalar_becomes_a_number_among_numbers_and_an_array_among_arrays():
    assert type(normalise_result(np.float64(2), (1.0, None))) is float
    assert type(normalise_result(np.complex128(2), (1.0,))) is complex
    settled = normalise_result(np.float32(2), (np.zeros(2),))
    assert type(settled) is np.ndarray
    assert settled.shape == ()


def test_zeros_and_ones_have_the_type_of_the_value():
    assert type(zeros_like(Fraction(1))) is Fraction
    assert type(one_like(3)) is int
    assert zeros_like(np.ones(2, "f4")).dtype == np.float32
    assert zeros_of(meta_of(2.0)) == 0.0
    assert zeros_of(meta_of(np.ones((2, 3), "f4"))).shape == (2, 3)


def test_an_owned_copy_shares_no_memory():
    value = np.ones(2)
    assert not np.shares_memory(owned_copy(value), value)
    assert owned_copy(2.5) == 2.5


@pytest.mark.parametrize("library", ["numpy", "array_api_strict", "dask.array", "torch", "jax.numpy"])
def test_scatter_add_sums_repeated_places_and_keeps_an_infinity_in_its_place(library):
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    values = module.asarray(np.array([1.0, np.inf, 3.0, 5.0], "f4"))
    space = namespace_of(values)
    added = scatter_add(values, module.asarray(np.array([2, 0, 2, 3])), 5, space)
    np.testing.assert_array_equal(np.asarray(added), np.array([np.inf, 0, 4, 5, 0], "f4"), strict=True)
    nothing = scatter_add(values[:0], module.asarray(np.zeros(0, int)), 2, space)
    np.testing.assert_array_equal(np.asarray(nothing), [0, 0])


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "array_api_strict", "dask.array"])
def test_zeros_and_ones_have_the_shape_dtype_and_library_of_an_array(library):
    raw = pytest.importorskip(library)
    value = raw.asarray(np.full((2, 3), 7, "f4"))
    for made, entry in ((zeros_like(value), 0.0), (zeros_of(meta_of(value)), 0.0), (one_like(value), 1.0)):
        assert type(made) is type(value)
        assert made.dtype == value.dtype
        np.testing.assert_array_equal(np.asarray(made), np.full((2, 3), entry, "f4"), strict=True)


def test_zeros_of_a_chunked_array_have_its_chunks():
    da = pytest.importorskip("dask.array")
    assert zeros_of(meta_of(da.ones((4, 2), chunks=(3, 1)))).chunks == ((3, 1), (1, 1))


def test_zeros_are_fresh():
    value = np.ones(2)
    first, second = zeros_like(value), zeros_like(value)
    first += 1.0
    np.testing.assert_array_equal(second, 0.0)


@pytest.mark.parametrize("out", [np.ones((2, 3)), np.ones((0,)), 2.5, Fraction(1, 2)])
def test_a_result_in_its_final_form_is_returned_as_it_is(out):
    assert normalise_result(out, (1.0,)) is out


def test_an_array_without_axes_becomes_a_number_if_all_operands_were_numbers():
    assert normalise_result(np.array(2.5), (1.0, None)) == 2.5
    assert type(normalise_result(np.array(2.5), (1.0, None))) is float
    assert type(normalise_result(np.array(2.5), (1.0, np.ones(1)))) is np.ndarray


def test_a_tensor_of_pytorch_is_detached_from_its_own_graph():
    torch = pytest.importorskip("torch")
    tracked = torch.ones(2, requires_grad=True) * 2.0
    assert not detached(tracked).requires_grad
    assert not normalise_result(tracked, ()).requires_grad
    plain = torch.ones(2)
    assert detached(plain) is plain


def test_only_a_writable_array_that_is_no_view_owns_its_memory():
    value, fixed = np.ones((2, 3)), np.ones(2)
    fixed.flags.writeable = False
    assert owns_memory(value) is True
    assert owns_memory(value[0]) is False
    assert owns_memory(fixed) is False
    assert owns_memory(2.5) is False


def test_only_a_tensor_that_is_no_view_owns_its_memory():
    torch = pytest.importorskip("torch")
    value = torch.ones(2, 3)
    assert owns_memory(value) is True
    assert owns_memory(value[0]) is False
    assert owns_memory(torch.ones(2, requires_grad=True)) is False
    with torch.inference_mode():
        assert owns_memory(torch.ones(2)) is False


@pytest.mark.parametrize("library", ["torch", "array_api_strict", "dask.array"])
def test_a_copy_of_another_librarys_array_is_another_array(library):
    raw = pytest.importorskip(library)
    value = raw.asarray([1.0, 2.0])
    copy = owned_copy(value)
    assert copy is not value
    np.testing.assert_array_equal(np.asarray(copy), [1.0, 2.0])


def test_an_immutable_array_is_its_own_copy():
    jnp = pytest.importorskip("jax.numpy")
    value = jnp.ones(2)
    assert owned_copy(value) is value
