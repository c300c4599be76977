"""Reading and writing entries by a mask."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

MASKS = [
    np.array([[True, False, True], [False, True, True]]),
    np.array([True, False, True]),
    np.array([[True], [False]]),
]


@pytest.mark.parametrize("mask", [*MASKS, np.zeros((2, 3), bool), np.array(True)], ids=str)
def test_what_a_mask_selects_gets_the_cotangents(mask, moves):
    moves(lambda x: xp.masked_select(x, mask), lambda x: x[np.broadcast_to(mask, x.shape)], (2, 3))


def test_an_entry_that_a_wider_mask_selects_twice_gets_both(slope):
    mask = np.array([[True, False], [True, True]])
    assert_array_equal(
        slope(lambda x: xp.masked_select(x, mask), np.ones(2), g=np.array([1.0, 10.0, 100.0])), [11, 100]
    )


@pytest.mark.parametrize("mask", MASKS, ids=str)
def test_a_mask_takes_the_first_entries_of_its_source(mask, moves):
    def written(x, source):
        out = x.copy()
        np.place(out, np.broadcast_to(mask, x.shape), source.ravel())
        return out

    moves(lambda x, source: xp.masked_scatter(x, mask, source), written, (2, 3), (2, 2))


def test_a_mask_may_be_a_variable_over_raw_arrays():
    x, mask = np.zeros(3), mt.Var(np.array([True, False, True]))
    assert_array_equal(xp.masked_select(x, mask).value, [0, 0])
    assert_array_equal(xp.masked_scatter(x, mask, np.array([1.0, 2.0])).value, [1, 0, 2])


def test_a_source_too_short_is_refused():
    with pytest.raises(OperandError, match=r"basic::narrow\(x=float64\[1\]\).*axis 0 has 1 entries: there are no 2"):
        xp.masked_scatter(np.zeros(2), np.array([True, True]), mt.Var(np.ones(1)))


def test_what_is_no_mask_is_refused():
    with pytest.raises(OperandError, match=r"basic::getitem\(x=float64\[2\], key=float64\[2\]\): IndexError"):
        xp.masked_select(mt.Var(np.zeros(2)), np.ones(2))
