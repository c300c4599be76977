"""Choosing between values, and what happens where they are equal."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("f", "to1", "to2"), [(xp.maximum, [0, 0.5, 1], [1, 0.5, 0]), (xp.minimum, [1, 0.5, 0], [0, 0.5, 1])]
)
def test_the_chosen_gets_all_and_ties_half(f, to1, to2, slopes):
    assert_array_equal(slopes(f, np.array([1.0, 2.0, 3.0]), np.full(3, 2.0)), (to1, to2))


@pytest.mark.parametrize("f", [xp.maximum, xp.minimum])
def test_nan_propagates_and_both_get_the_cotangent(f, slopes):
    assert np.isnan(f(np.array([np.nan]), np.array([1.0])))
    assert_array_equal(slopes(f, np.array([np.nan]), np.array([1.0])), ([1], [1]))


def test_an_infinite_cotangent_does_not_leak_into_the_other(slopes):
    assert_array_equal(slopes(xp.maximum, np.ones(1), np.zeros(1), g=np.array([np.inf])), ([np.inf], [0]))


def test_a_number_beside_an_array_keeps_float32(slope):
    y = slope(lambda x: xp.maximum(x, 0.0), X.astype(np.float32))
    assert y.dtype == np.float32
    assert_array_equal(y, [0, 0, 0.5, 1, 1])


def test_max_and_min_are_what_a_printed_graph_calls_them():
    x = mt.Var(1.0, name="x")
    assert str(xp.maximum(x, 3.0)) == "(max (var-x | 1.0) 3.0 | 3.0)"
    assert str(xp.minimum(x, 3.0)) == "(min (var-x | 1.0) 3.0 | 1.0)"


class TestClip:
    """x within bounds."""

    def test_the_bounds_belong_to_x(self, slopes):
        to_x, to_min, to_max = slopes(xp.clip, X, np.full(5, -1.0), np.full(5, 1.0))
        assert_array_equal(to_x, [0, 1, 1, 1, 0])
        assert_array_equal(to_min, [1, 0, 0, 0, 0])
        assert_array_equal(to_max, [0, 0, 0, 0, 1])

    @pytest.mark.parametrize(
        ("bounds", "expected"),
        [
            ({"min": -1.0}, [0, 1, 1, 1, 1]),
            ({"max": 1.0}, [1, 1, 1, 1, 0]),
            ({}, [1, 1, 1, 1, 1]),
            ({"min": 1.0, "max": -1.0}, [0, 0, 0, 0, 0]),
        ],
    )
    def test_numbers_as_bounds(self, bounds, expected, slope):
        assert_array_equal(xp.clip(mt.Var(X), **bounds).value, np.clip(X, **bounds) if bounds else X)
        assert_array_equal(slope(lambda x: xp.clip(x, **bounds), X), expected)

    def test_the_maximum_wins_where_the_minimum_is_above_it(self, slopes):
        to_x, to_min, to_max = slopes(xp.clip, X, np.full(5, 1.0), np.full(5, -1.0))
        assert_array_equal(to_x, np.zeros(5))
        assert_array_equal(to_min, np.zeros(5))
        assert_array_equal(to_max, np.ones(5))

    def test_at_every_tie_the_shares_sum_to_one(self, slopes):
        values = np.array([0.0, 1.0])
        x, low, high = (side.ravel() for side in np.meshgrid(values, values, values))
        assert_array_equal(sum(slopes(xp.clip, x, low, high)), np.ones(8))

    def test_broadcast_bounds_get_the_sum(self, slopes):
        _, to_min, to_max = slopes(xp.clip, X, np.asarray(-0.5), np.asarray(0.5))
        assert (to_min, to_max) == (2, 2)

    @pytest.mark.parametrize(
        ("x", "bounds", "expected"),
        [
            (np.array([0.0, 3.0], np.float32), (np.array(1.0), np.array(2.0)), np.array([1, 2], np.float32)),
            (np.array([0, 200], np.uint8), (-1, 300), np.array([0, 200], np.uint8)),
            (np.array([0, 200], np.uint8), (None, 100), np.array([0, 100], np.uint8)),
            (np.array([0, 3]), (0.5, None), np.array([0.5, 3.0])),
        ],
    )
    def test_the_result_has_the_dtype_of_x_and_integers_out_of_range_bound_nothing(self, x, bounds, expected):
        got = xp.clip(mt.Var(x), *bounds)
        assert_array_equal(got.value, expected)
        assert got.dtype == expected.dtype

    def test_a_bound_of_another_dtype_gets_its_cotangent_in_that(self, slopes):
        _, to_min, _ = slopes(xp.clip, np.zeros(2, np.float32), np.array(0.5), np.array(1.0))
        assert (to_min, to_min.dtype) == (2.0, np.float64)


class TestWhere:
    """One or the other."""

    def test_each_gets_the_cotangent_where_it_was_chosen(self, slopes):
        condition, g = X > 0, np.arange(5.0)
        to1, to2 = slopes(lambda a, b: xp.where(condition, a, b), X, np.asarray(7.0), g=g)
        assert_array_equal(to1, [0, 0, 0, 3, 4])
        assert to2 == 3

    def test_the_condition_may_be_a_comparison_of_vars(self):
        x = mt.Var(X)
        xp.sum(xp.where(x > 0, x, 0.0)).backprop()
        assert_array_equal(x.grad, [0, 0, 0, 1, 1])

    def test_nothing_leaks_from_the_other(self, slopes):
        g = np.array([np.inf])
        assert_array_equal(slopes(lambda a, b: xp.where(True, a, b), g, g, g=g), ([np.inf], [0]))


def test_the_condition_tells_the_library_where_both_sides_are_numbers():
    torch = pytest.importorskip("torch")
    condition = torch.asarray([True, False])
    assert xp.where(mt.Var(np.array([True, False])), 1.0, 2.0).dtype == np.float64
    for held in (mt.Var(condition), condition):
        chosen = xp.where(held, mt.Var(1.0), 2.0)
        assert type(chosen.value) is torch.Tensor
        assert_array_equal(chosen.value, [1.0, 2.0])
    x = mt.Var(1.0)
    xp.sum(xp.where(condition, x, 2.0)).backprop()
    assert x.grad == 1.0
