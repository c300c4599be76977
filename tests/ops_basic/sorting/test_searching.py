"""Sorting, searching and sets."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 0.0]])


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_cotangents_go_back_where_the_entries_came_from(axis, descending, slope):
    options = {"axis": axis, "descending": descending}
    order = xp.argsort(X, **options)
    assert_array_equal(xp.sort(mt.Var(X), **options).value, np.take_along_axis(X, order, axis))
    g = np.arange(6.0).reshape(2, 3)
    expected = np.zeros_like(X)
    np.put_along_axis(expected, order, g, axis)
    assert_array_equal(slope(lambda x: xp.sort(x, **options), X, g=g), expected)


def test_equal_entries_keep_their_cotangents_in_order(slope):
    assert_array_equal(slope(xp.sort, np.array([1.0, 1.0, 0.0]), g=np.array([5.0, 6.0, 7.0])), [6, 7, 5])


@pytest.mark.parametrize("name", ["argmax", "argmin", "argsort"])
def test_positions_are_numpys_and_untracked(name):
    position = getattr(xp, name)(mt.Var(X), axis=1)
    assert_array_equal(position.value, getattr(np, name)(X, axis=1))
    assert position.node is None


def test_nonzero_gives_one_array_per_axis():
    rows, columns = xp.nonzero(mt.Var(X))
    assert_array_equal(X[rows.value, columns.value], X[X != 0])


def test_searchsorted_is_numpys():
    assert_array_equal(xp.searchsorted(np.arange(4.0), mt.Var(X)).value, np.searchsorted(np.arange(4.0), X))


def test_unique_values_keep_their_gradient_at_their_first_positions(slope):
    assert_array_equal(slope(xp.unique_values, X, g=np.array([1.0, 2, 3, 4, 5])), [[4, 2, 3], [1, 5, 0]])


def test_the_parts_of_unique_belong_together():
    found = xp.unique_all(mt.Var(X))
    assert found._fields == ("values", "indices", "inverse_indices", "counts")
    assert_array_equal(found.values.value[found.inverse_indices.value], X)
    assert_array_equal(X.ravel()[found.indices.value], found.values.value)
    assert_array_equal(found.counts.value, [2, 1, 1, 1, 1])
    assert xp.unique_counts(X)._fields == ("values", "counts")
    assert xp.unique_inverse(X)._fields == ("values", "inverse_indices")
