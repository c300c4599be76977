"""Sums, products and extremes of segments, and counts."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

inf, nan = np.inf, np.nan
X = np.array([[1.0, -2.0], [3.0, 0.0], [0.5, 4.0], [2.0, 5.0], [3.0, 7.0]])
IDS = np.array([3, 0, 3, 1, 0])


@pytest.mark.parametrize(
    ("f", "reduce", "empty"),
    [(xp.segment_sum, np.sum, 0), (xp.segment_max, np.max, -inf), (xp.segment_prod, np.prod, 1)],
)
def test_each_row_of_the_result_is_a_segment_reduced_in_any_order_and_empty_ones_too(f, reduce, empty):
    expected = np.full((5, 2), float(empty))
    for row in (0, 1, 3):
        expected[row] = reduce(X[row == IDS], axis=0)
    assert_array_equal(f(mt.Var(X), IDS, num_segments=5).value, expected)
    assert_array_equal(f(X, IDS), expected[:4])
    assert_array_equal(f(X[:, 0], mt.Var(IDS)).value, expected[:4, 0])
    assert f(X[:0], IDS[:0]).shape == (0, 2)
    assert_array_equal(f(np.array([2, 3]), np.array([1, 1]))[1], reduce([2, 3]))


@pytest.mark.parametrize("f", [xp.segment_sum, xp.segment_max, xp.segment_prod])
def test_a_row_of_no_segment_is_passed_over(f, slope):
    ids = np.array([0, -1, 0, 2, 1])
    kept = np.array([0, 2, 4])
    assert_array_equal(f(X, ids, num_segments=2), f(X[kept], ids[kept]))
    assert_array_equal(slope(lambda x: f(x, ids, num_segments=2), X)[[1, 3]], 0)
    assert_array_equal(slope(lambda x: f(x, ids, num_segments=0), X), 0)


def test_each_row_gets_its_segments_cotangent(slope):
    g = np.arange(10.0).reshape(5, 2)
    assert_array_equal(slope(lambda x: xp.segment_sum(x, IDS, num_segments=5), X, g=g), g[IDS])


def test_equal_largest_entries_share_evenly(slope):
    x = np.array([1.0, 3.0, 3.0, 3.0, -inf, 0.0])
    ids = np.array([0, 0, 0, 1, 2, 0])
    assert_array_equal(slope(lambda x: xp.segment_max(x, ids), x), [0, 0.5, 0.5, 1, 1, 0])
    spoilt = slope(lambda x: xp.segment_max(x, ids), np.array([nan, 3.0, 3.0, 3.0, 1.0, 0.0]))
    assert_array_equal(spoilt, [nan, nan, nan, 1, 1, nan])


class TestProducts:
    """segment_prod: nothing is divided, so zeros are ordinary."""

    @pytest.mark.parametrize("n", range(1, 9))
    def test_the_slope_is_the_product_of_the_others(self, n, slope):
        x, ids = np.linspace(-1.5, 2, n), np.arange(n) * 5 % 3
        others = [np.prod([x[j] for j in range(n) if j != i and ids[j] == ids[i]]) for i in range(n)]
        assert_allclose(slope(lambda x: xp.segment_prod(x, ids), x), others)

    def test_it_is_exact_where_entries_are_zero(self, slope):
        x, ids = np.array([0.0, 2.0, 0.0, 5.0, 0.0, 3.0]), np.array([0, 1, 1, 0, 2, 1])
        assert_array_equal(slope(lambda x: xp.segment_prod(x, ids), x), [5, 0, 6, 0, 1, 0])

    def test_it_is_exact_where_entries_are_zero_in_second_order_too(self):
        ids = np.array([0, 1, 0, 0, 1])
        expected = np.zeros((5, 5))
        expected[0, 3] = expected[3, 0] = 3
        expected[1, 4] = expected[4, 1] = 1
        hessian = mt.hessian(lambda x: xp.sum(xp.segment_prod(x, ids)))(np.array([0.0, 0.0, 3.0, 0.0, 0.0]))
        assert_array_equal(hessian, expected)


def test_rows_and_ids_have_to_match():
    for f in (xp.segment_sum, xp.segment_max, xp.segment_prod):
        with pytest.raises(
            OperandError, match=rf"{f.name}.*segment_ids of shape \(2,\): give one for each of the rows"
        ):
            f(mt.Var(X), IDS[:2])
    with pytest.raises(OperandError, match="give one for each of the rows"):
        xp.segment_max(mt.Var(np.asarray(1.0)), np.asarray(0))


class TestBincount:
    """Counts of integers, and sums of weights."""

    def test_counts_are_numpys_and_untracked(self):
        x = np.array([0, 1, 1, 5])
        for options in ({}, {"minlength": 3}, {"minlength": 9}):
            counts = xp.bincount(mt.Var(x), **options)
            assert_array_equal(counts.value, np.bincount(x, **options))
            assert counts.node is None
        assert xp.bincount(x[:0]).shape == (0,)

    def test_each_weight_gets_what_flows_back_to_its_bin(self, slope):
        x, weights = np.array([0, 1, 1, 2]), np.array([0.5, 1.0, 2.0, 4.0])
        assert_array_equal(xp.bincount(x, weights=weights), [0.5, 3, 4])
        g = np.array([1.0, 10.0, 100.0])
        assert_array_equal(slope(lambda w: xp.bincount(x, weights=w), weights, g=g), [1, 10, 10, 100])

    @pytest.mark.parametrize("x", [np.array([-1, 0]), np.zeros((2, 2), int)], ids=["negative", "matrix"])
    def test_only_integers_from_zero_in_a_row_are_counted(self, x):
        with pytest.raises(OperandError, match=r"basic::bincount.*x has to be 1-d, of integers from 0"):
            xp.bincount(x)

    def test_there_is_one_weight_for_each(self):
        with pytest.raises(OperandError, match="give one for each"):
            xp.bincount(np.array([0, 1]), weights=np.zeros(3))
