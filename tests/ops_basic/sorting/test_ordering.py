"""Entries chosen by their order."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.array([[3.0, 1.0, 2.0, 1.0], [0.0, 5.0, 0.0, 4.0]])


@pytest.mark.parametrize("kth", [0, 1, -1, (1, 2)])
@pytest.mark.parametrize("axis", [1, -1])
def test_a_partition_has_the_kth_entry_in_its_place(kth, axis, slope):
    found = xp.partition(mt.Var(X), kth, axis=axis).value
    places = np.atleast_1d(kth) % 4
    assert_array_equal(found[:, places], np.sort(X, axis=1)[:, places])
    for place in places:
        assert (found[:, :place] <= found[:, [place]]).all()
        assert (found[:, place:] >= found[:, [place]]).all()
    assert_array_equal(np.take_along_axis(X, xp.argpartition(X, kth, axis=axis), axis), found)
    g = np.arange(8.0).reshape(2, 4)
    order = np.argpartition(X, kth, axis=axis)
    assert_array_equal(np.take_along_axis(slope(lambda x: xp.partition(x, kth, axis=axis), X, g=g), order, axis), g)


def test_a_partition_along_another_axis_and_a_place_outside():
    assert_array_equal(xp.partition(X, 0, axis=0), np.sort(X, axis=0))
    for f in (xp.partition, xp.argpartition):
        with pytest.raises(
            OperandError, match=r"basic::argpartition.*kth is 4, outside of the 4 entries along axis -1"
        ):
            f(mt.Var(X), 4)


class TestTopK:
    """The k largest or smallest."""

    def test_values_come_in_order_with_the_first_of_equal_ones(self):
        found = xp.top_k(mt.Var(X), 3)
        assert_array_equal(found.values.value, [[3, 2, 1], [5, 4, 0]])
        assert_array_equal(found.indices.value, [[0, 2, 1], [1, 3, 0]])
        assert found.indices.node is None
        assert_array_equal(xp.topk(X, 1, axis=0, largest=False).values, [[0, 1, 0, 1]])
        assert xp.top_k(X, 0).values.shape == (2, 0)

    def test_cotangents_go_where_the_values_came_from(self, slope):
        g = np.array([[1.0, 2.0], [3.0, 4.0]])
        assert_array_equal(slope(lambda x: xp.top_k(x, 2).values, X, g=g), [[1, 0, 2, 0], [0, 3, 0, 4]])
        hessian = mt.hessian(lambda x: xp.sum(xp.top_k(x, 2).values ** 2))(X[0])
        assert_array_equal(hessian, np.diag([2, 0, 2, 0]))

    @pytest.mark.parametrize("k", [5, -1])
    def test_there_are_no_more_than_there_are(self, k):
        with pytest.raises(OperandError, match=rf"basic::top_k.*k is {k}, of 4 entries along axis -1"):
            xp.top_k(X, k)


class TestMode:
    """The most frequent entry."""

    @pytest.mark.parametrize("keepdims", [False, True])
    def test_it_is_the_smallest_of_the_most_frequent(self, keepdims):
        x = np.array([[2.0, 1.0, 2.0, 1.0, 3.0], [0.0, 7.0, 7.0, 7.0, 0.0]])
        found = xp.mode(mt.Var(x), keepdims=keepdims)
        expected = np.array([[1.0], [7.0]])
        assert_array_equal(found.values.value, expected if keepdims else expected[:, 0])
        assert_array_equal(found.indices.value, [[3], [3]] if keepdims else [3, 3])
        assert_array_equal(xp.mode(x, axis=0).values, [0, 1, 2, 1, 0])

    def test_its_cotangent_goes_to_the_last_of_the_equal_entries(self, slope):
        assert_array_equal(slope(lambda x: xp.mode(x).values, np.array([1.0, 2.0, 1.0, 3.0])), [0, 0, 1, 0])


def test_sorting_by_several_keys_is_numpys():
    rng = np.random.default_rng(0)
    keys = [rng.integers(0, 3, (2, 20)) for _ in range(3)]
    assert_array_equal(xp.lexsort(list(map(mt.Var, keys))).value, np.lexsort(keys))
    assert_array_equal(xp.lexsort(keys, axis=0), np.lexsort(keys, axis=0))
