"""Axes of operands: numbers from 0, lengths, and shapes before and after a reduction."""

import array_api_compat.numpy as xp
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
from mutorch_ops_basic.operands import axes

X = np.arange(24.0).reshape(2, 3, 4)
AXES = [None, 0, -1, (0, 2), (-1, 0), ()]


@pytest.mark.parametrize(
    ("axis", "ndim", "expected"),
    [(None, 3, (0, 1, 2)), (-1, 3, (2,)), (0, 0, (0,)), ((0, -1), 3, (0, 2)), ([1, 0], 2, (1, 0)), ((), 2, ())],
)
def test_axes_are_counted_from_0(axis, ndim, expected):
    assert axes.normalize_axes(axis, ndim) == expected


@pytest.mark.parametrize("axis", AXES)
def test_the_length_is_the_number_of_entries_of_a_reduction(axis):
    assert axes.reduction_length(X, axis) == np.sum(np.ones(X.shape), axis=axis).ravel()[:1].sum()


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_shape_of_a_reduction_is_numpys(axis, keepdims):
    assert axes.reduced_shape(X, axis, keepdims) == np.sum(X, axis=axis, keepdims=keepdims).shape


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_restored_axes_broadcast_against_the_operand(axis, keepdims):
    total = np.sum(X, axis=axis, keepdims=keepdims)
    restored = axes.restore_axes(total, X, axis, keepdims, xp)
    expected = np.sum(X, axis=axis, keepdims=True)
    assert_array_equal(np.broadcast_to(restored, X.shape), np.broadcast_to(expected, X.shape))


@pytest.mark.parametrize("axis", AXES)
def test_lines_bring_the_reduced_axes_together(axis):
    assert_array_equal(np.sum(axes.flatten_axes(X, axis, xp), axis=-1), np.sum(X, axis=axis))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_a_key_along_an_axis_is_numpys_take(axis):
    assert_array_equal(X[axes.axis_key(axis, X.ndim, [1, 0])], np.take(X, [1, 0], axis=axis))
    ruler = np.reshape(np.arange(X.shape[axis]), axes.axis_shape(axis, X.ndim))
    assert_array_equal(np.broadcast_to(ruler, X.shape), np.indices(X.shape)[axis])


def test_a_cotangent_is_spread_over_the_operand():
    assert_array_equal(axes.broadcast_cotangent(np.array(2.0), X, xp), np.full(X.shape, 2.0))
    lazy = pytest.importorskip("dask.array").ones((4, 6), chunks=(2, 3))
    spread = axes.broadcast_cotangent(lazy[:1, :1], lazy, pytest.importorskip("array_api_compat.dask.array"))
    assert spread.chunks == lazy.chunks


def test_an_operand_without_the_axes_that_are_needed_is_refused():
    axes.require_axis(X)
    axes.require_matrices(X)
    with pytest.raises(ValueError, match="x is 0-d: it has no axis"):
        axes.require_axis(2.0)
    with pytest.raises(ValueError, match=r"x has shape \(3,\): it holds no matrices"):
        axes.require_matrices(X[0, :, 0])


def test_an_axis_is_needed_unless_there_is_one_only():
    assert axes.default_axis(X[0, 0], None) == 0
    assert axes.default_axis(X, -1) == -1
    with pytest.raises(ValueError, match="x has 3 axes: say which one is meant"):
        axes.default_axis(X, None)
    with pytest.raises(ValueError, match="x is 0-d"):
        axes.default_axis(np.array(1.0), None)


def test_the_shape_of_a_number_is_empty():
    assert axes.shape_of(1.5) == ()
    assert axes.shape_of(mt.Var(X)) == axes.shape_of(mt.Meta((2, 3, 4), np.float64, None)) == (2, 3, 4)
