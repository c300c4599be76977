"""Sorting and sets: what they refuse, and where the gradient goes."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

V = np.array([3.0, 1.0, 2.0, 1.0])


@pytest.mark.parametrize("function", [np.sort, np.argsort])
def test_fields_are_refused(function):
    with pytest.raises(errors.OperandError, match=rf"np\.{function.__name__}\(order='a'\) is not supported for a Var"):
        function(mt.Var(V), order="a")


def test_the_gradient_of_sorted_entries_goes_back_to_their_places():
    np.testing.assert_array_equal(mt.grad(lambda v: np.sum(np.sort(v) * np.arange(4.0)))(V)[[0, 2]], [3.0, 2.0])


def test_the_gradient_of_distinct_entries_goes_to_the_first_of_each():
    np.testing.assert_array_equal(mt.grad(lambda v: np.sum(np.unique(v)))(V), [1.0, 1.0, 1.0, 0.0])


def test_indices_of_an_intersection_are_refused():
    with pytest.raises(errors.OperandError, match=r"np\.intersect1d\(return_indices=True\) .* use np\.isin"):
        np.intersect1d(mt.Var(V), V, return_indices=True)


def test_positions_are_not_tracked():
    assert np.argmax(mt.Var(V)).node is None
    assert int(np.argmax(mt.Var(V))) == 0
