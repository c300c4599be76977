"""Borders: the values are NumPy's in every mode, and what flows into a border goes where its entries came from."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

MODES = ["edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "mean", "median", "minimum"]
WIDTHS = [2, (1, 3), ((2, 1), (0, 7)), 0]


@pytest.mark.parametrize("shape", [(2, 3), (1, 2)], ids=str)
@pytest.mark.parametrize("width", WIDTHS, ids=str)
@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap"])
def test_cotangents_of_a_border_go_to_where_its_entries_came_from(mode, width, shape, moves):
    moves(lambda x: xp.pad(x, width, mode=mode), lambda x: np.pad(x, width, mode=mode), shape)


@pytest.mark.parametrize("width", WIDTHS, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_borders_are_numpys(mode, width):
    x = np.array([[1.5, -2.0, 0.25], [4.0, 3.0, -1.0]])
    assert_allclose(xp.pad(mt.Var(x), width, mode=mode).value, np.pad(x, width, mode=mode), atol=1e-15)


@pytest.mark.parametrize("values", [3, (1, 2), ((1, 2), (3, 4))], ids=str)
def test_constants_and_ends_go_by_axis_and_side(values):
    x = np.ones((2, 2))
    assert_array_equal(xp.pad(x, 2, constant_values=values), np.pad(x, 2, constant_values=values))
    ramped = np.pad(x, 2, mode="linear_ramp", end_values=values)
    assert_array_equal(xp.pad(x, 2, mode="linear_ramp", end_values=values), ramped)


def test_a_border_of_constants_is_one_node():
    x = mt.Var(np.ones((2, 2)))
    assert xp.pad(x, ((1, 0), (0, 2)), constant_values=((1, 2), (3, 4))).node.parents == (x.node,)


def test_a_ramp_flows_back_to_the_edge_by_its_steps(slope):
    got = slope(lambda x: xp.pad(x, (2, 4), mode="linear_ramp", end_values=5), np.array([1.0, 2.0, 3.0]))
    assert_allclose(got, [1 + 0 + 1 / 2, 1, 1 + 3 / 4 + 2 / 4 + 1 / 4])


def test_equal_largest_entries_share_what_flows_into_a_border(slope):
    x = np.array([3.0, 1.0, 3.0])
    assert_array_equal(slope(lambda x: xp.pad(x, (1, 3), mode="maximum"), x), [3, 1, 3])
    assert_array_equal(slope(lambda x: xp.pad(x, (1, 3), mode="minimum"), x), [1, 5, 1])
    assert_array_equal(slope(lambda x: xp.pad(x, (0, 2), mode="median"), np.array([4.0, 1.0, 3.0, 2.0])), [1, 1, 2, 2])


def test_corners_are_a_border_of_the_border(slope):
    assert_array_equal(slope(lambda x: xp.pad(x, 1, mode="edge"), np.ones((2, 2))), np.full((2, 2), 4.0))


@pytest.mark.parametrize(
    ("shape", "width", "options", "said"),
    [
        ((2,), -1, {}, r"basic::pad\(x=float64\[2\]\).*pad_width is -1: widths can't be negative"),
        ((2,), 1, {"mode": "empty"}, "mode is 'empty'; it must be one of constant, edge, reflect, symmetric, wrap"),
        ((0, 2), 1, {"mode": "mean"}, "axis 0 has no entry to fill a border with"),
        ((2,), (1, 2, 3), {}, "basic::pad.*could not be broadcast"),
    ],
)
def test_borders_that_can_not_be_made_are_refused(shape, width, options, said):
    with pytest.raises(OperandError, match=said):
        xp.pad(mt.Var(np.ones(shape)), width, **options)


def test_integers_have_no_mean_to_put_in_their_border():
    with pytest.raises(OperandError, match="mode 'mean' has fractions, which an array of int64 can't hold"):
        xp.pad(np.array([1, 2]), 1, mode="mean")
    assert_array_equal(xp.pad(np.array([1, 2]), 1, mode="wrap"), [2, 1, 2, 1])
