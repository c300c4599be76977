"""Joining arrays, taking them apart, repeating them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.arange(1.0, 7.0).reshape(2, 3)


@pytest.mark.parametrize(("axis", "other"), [(0, (1, 3)), (1, (2, 2)), (-1, (2, 1)), (None, (5,))])
def test_each_joined_array_gets_its_own_part(axis, other):
    a, b = mt.Var(X), mt.Var(np.ones(other))
    joined = xp.concat([a, b], axis=axis)
    g = np.arange(float(joined.size)).reshape(joined.shape)
    joined.backprop(g)
    assert_array_equal(np.concatenate([a.grad, b.grad], axis=axis), g)


def test_constants_among_joined_arrays_need_no_part():
    a = mt.Var(X)
    xp.sum(xp.concat([X, a, X], axis=0) * np.arange(6.0)[:, None]).backprop()
    assert_array_equal(a.grad, [[2, 2, 2], [3, 3, 3]])


def test_an_array_joined_with_itself_gets_both_parts():
    a = mt.Var(X)
    xp.sum(xp.concat([a, a], axis=1) * np.arange(6.0)).backprop()
    assert_array_equal(a.grad, [[3, 5, 7], [3, 5, 7]])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_stacked_arrays_come_apart_again(axis):
    a, b = mt.Var(X), mt.Var(X + 10)
    stacked = xp.stack([a, b], axis=axis)
    assert_array_equal(stacked.value, np.stack([X, X + 10], axis))
    g = np.random.default_rng(0).normal(size=stacked.shape)
    stacked.backprop(g)
    assert_array_equal(np.stack([a.grad, b.grad], axis), g)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_a_missing_cotangent_of_a_slice_counts_as_zero(axis):
    x = mt.Var(X)
    parts = xp.unstack(x, axis=axis)
    assert len(parts) == X.shape[axis]
    xp.sum(parts[1]).backprop()
    expected = np.zeros_like(X)
    np.moveaxis(expected, axis, 0)[1] = 1
    assert_array_equal(x.grad, expected)


@pytest.mark.parametrize("repeats", [2, np.array([1, 0, 3])], ids=["number", "counts"])
def test_repeated_entries_sum_back(repeats, slope):
    out = np.repeat(X, repeats, axis=1)
    g = np.arange(float(out.size)).reshape(out.shape)
    ends = np.cumsum(np.broadcast_to(repeats, (3,)))
    expected = np.stack([part.sum(1) for part in np.split(g, ends[:-1], axis=1)], axis=1)
    assert_array_equal(slope(lambda x: xp.repeat(x, repeats, axis=1), X, g=g), expected)


def test_repeating_without_axis_flattens(slope):
    assert_array_equal(slope(lambda x: xp.repeat(x, 2), X, g=np.arange(12.0)), [[1, 5, 9], [13, 17, 21]])


@pytest.mark.parametrize("repetitions", [(2,), (3, 1), (2, 1, 2), ()])
def test_tiles_sum_back(repetitions, slope):
    tiled = np.tile(X, repetitions)
    assert_array_equal(xp.tile(mt.Var(X), repetitions).value, tiled)
    assert_array_equal(slope(lambda x: xp.tile(x, repetitions), X, g=tiled), X * np.prod(repetitions, dtype=int))


def test_arrays_that_do_not_fit_together_are_refused_with_their_shapes():
    with pytest.raises(OperandError, match=r"basic::concat\(arrays=\[float64\[2,3\], float64\[2\]\]\)"):
        xp.concat([mt.Var(X), np.ones(2)])


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "dask.array"])
def test_an_array_without_axes_is_repeated(library):
    x = pytest.importorskip(library).asarray(2.0)
    value, pullback = mt.vjp(lambda x: xp.repeat(x, 3), x)
    assert_array_equal(np.asarray(value), [2.0, 2.0, 2.0])
    gradient = pullback(value)[0]
    assert gradient.shape == ()
    assert float(gradient) == 6.0
    assert mt.grad(lambda a: xp.sum(mt.grad(lambda b: xp.sum(xp.repeat(b, 3) ** 2))(a)))(2.0) == 6.0
