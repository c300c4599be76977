"""Zeros put around an array along an axis, or entries cut off."""

import array_api_compat.numpy as xp
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from mutorch_ops_basic.shaping.zero_padding import pad_or_cut, resize

X = np.arange(1.0, 13).reshape(3, 4)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize(("before", "after"), [(0, 0), (2, 0), (0, 1), (2, 3)])
def test_zeros_are_numpys_padding(axis, before, after):
    widths = [(0, 0), (0, 0)]
    widths[axis] = (before, after)
    assert_array_equal(pad_or_cut(X, axis, before, after, xp), np.pad(X, widths))


@pytest.mark.parametrize(("before", "after"), [(-1, 0), (0, -1), (-1, -1), (-1, 2), (2, -3)])
def test_negative_widths_cut_entries_off(before, after):
    padded = np.pad(X, [(max(before, 0), max(after, 0)), (0, 0)])
    expected = padded[max(-before, 0) : padded.shape[0] - max(-after, 0)]
    assert_array_equal(pad_or_cut(X, 0, before, after, xp), expected)


@pytest.mark.parametrize("side", [0, 2, 4, 7])
def test_an_axis_gets_the_side_that_is_asked_for(side):
    made = resize(X, 1, side, xp)
    assert made.shape == (3, side)
    assert_array_equal(made[:, :4], X[:, :side])
    assert_array_equal(made[:, 4:], 0)


def test_an_array_that_fits_is_returned_itself():
    assert pad_or_cut(X, 0, 0, 0, xp) is X


def test_zeros_have_the_dtype_of_the_array():
    assert pad_or_cut(X.astype(np.float32), 0, 1, 1, xp).dtype == np.float32
