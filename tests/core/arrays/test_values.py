"""Zeros, ones, copies, normalised results and scattered sums."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from mutorch_core.arrays.meta import meta_of
from mutorch_core.arrays.namespaces import namespace_of
from mutorch_core.arrays.values import normalise_result, one_like, owned_copy, scatter_add, zeros_like, zeros_of


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
