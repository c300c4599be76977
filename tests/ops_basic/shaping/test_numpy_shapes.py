"""Axes and entries in another order; copies."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError


@pytest.mark.parametrize(
    "f",
    [
        lambda xp, x: xp.copy(x),
        lambda xp, x: xp.ravel(x),
        lambda xp, x: xp.transpose(x),
        lambda xp, x: xp.transpose(x, (1, -1, 0)),
        lambda xp, x: xp.swapaxes(x, 0, -1),
        lambda xp, x: xp.swapaxes(x, 1, 1),
        lambda xp, x: xp.fliplr(x),
        lambda xp, x: xp.flipud(x),
        *[lambda xp, x, axis=axis, start=start: xp.rollaxis(x, axis, start)
          for axis in (0, 1, -1) for start in (-3, -1, 0, 1, 2, 3)],
        *[lambda xp, x, k=k, axes=axes: xp.rot90(x, k, axes=axes)
          for k in (-1, 0, 1, 2, 3, 5) for axes in ((0, 1), (1, 0), (-1, 0))],
    ],
)  # fmt: skip
def test_entries_go_where_numpy_puts_them_and_cotangents_go_back(f, moves):
    moves(lambda x: f(xp, x), lambda x: f(np, x), (2, 3, 4))


@pytest.mark.parametrize(
    ("shape", "ends", "flat"),
    [
        ((2, 3, 4), (), (24,)),
        ((2, 3, 4), (1,), (2, 12)),
        ((2, 3, 4), (0, 1), (6, 4)),
        ((2, 3, 4), (-2, -2), (2, 3, 4)),
        ((), (), (1,)),
        ((2, 0, 3), (1,), (2, 0)),
    ],
)
def test_a_range_of_axes_is_made_one(shape, ends, flat, moves):
    moves(lambda x: xp.flatten(x, *ends), lambda x: x.reshape(flat), shape)


def test_a_copy_has_memory_of_its_own():
    for x in (np.ones(2), np.array([True, False]), np.array([1, 2])):
        assert not np.shares_memory(xp.copy(x), x)
        assert not np.shares_memory(mt.Var(x).copy().value, x)
        assert_array_equal(xp.copy(x), x)
    assert xp.copy(mt.Var(2.0)).value == 2.0


def test_shapes_broadcast_without_arrays():
    assert xp.broadcast_shapes((2, 1), (1, 3), ()) == (2, 3)
    with pytest.raises(ValueError, match=r"arg 0 with shape \(2,\) and arg 1 with shape \(3,\)"):
        xp.broadcast_shapes((2,), (3,))


def test_other_names_are_the_same_ops():
    assert xp.clone is xp.copy
    assert xp.swapdims is xp.swapaxes


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda x: xp.swapaxes(x, 0, 2), r"basic::swapaxes\(x=float64\[2,3\]\).*axis 2 is out of bounds"),
        (lambda x: xp.rollaxis(x, 0, 4), r"basic::rollaxis.*axis 4 is out of bounds"),
        (lambda x: xp.flatten(x, 1, 0), r"basic::flatten.*axis 1 comes after axis 0"),
        (lambda x: xp.rot90(x, axes=(0, -2)), r"basic::rot90.*are one: a turn needs two"),
        (lambda x: xp.fliplr(x[0]), r"basic::flip\(x=float64\[3\]\).*axis 1 is out of bounds"),
    ],
)
def test_axes_that_are_not_there_are_refused(f, said):
    with pytest.raises(OperandError, match=said):
        f(mt.Var(np.ones((2, 3))))
