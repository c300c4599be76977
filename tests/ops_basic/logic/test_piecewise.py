"""Choosing among many, extremes that pass NaN over, steps, and numbers instead of NaN."""

from math import inf, nan

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError


@pytest.mark.parametrize(("f", "wins"), [(xp.fmax, (0.0, 1.0)), (xp.fmin, (1.0, 0.0))])
def test_extremes_go_to_the_winner_in_halves_at_ties_and_never_to_a_nan(f, wins, slopes):
    x1, x2 = np.array([1.0, 2.0, nan, 3.0, nan]), np.array([2.0, 2.0, 5.0, nan, nan])
    assert_array_equal(f(mt.Var(x1), mt.Var(x2)).value, getattr(np, f.short_name)(x1, x2))
    first, second = slopes(f, x1, x2)
    assert_array_equal(first, [wins[0], 0.5, 0, 1, 1])
    assert_array_equal(second, [wins[1], 0.5, 1, 0, 1])


def test_a_step_has_a_slope_in_its_middle_value_alone(slope):
    x1, x2 = np.array([-2.0, 0.0, 3.0, nan]), np.array([5.0, 5.0, 5.0, 5.0])
    assert_array_equal(xp.heaviside(x1, mt.Var(x2)).value, np.heaviside(x1, x2))
    assert_array_equal(slope(lambda x2: xp.heaviside(x1, x2), x2), [0, 1, 0, 0])
    assert xp.heaviside(mt.Var(x1), x2).node is None
    strict = pytest.importorskip("array_api_strict")
    own = xp.heaviside(strict.asarray(x1), strict.asarray(x2))
    assert_array_equal(np.asarray(own), np.heaviside(x1, x2))


def test_numbers_instead_of_nan_and_infinity_have_no_slope(slope):
    x = np.array([1.0, nan, inf, -inf])
    assert_array_equal(xp.nan_to_num(x), np.nan_to_num(x))
    chosen = {"nan": 7.0, "posinf": 8.0, "neginf": -8.0}
    assert_array_equal(xp.nan_to_num(mt.Var(x), **chosen).value, np.nan_to_num(x, **chosen))
    assert_array_equal(slope(xp.nan_to_num, x), [1, 0, 0, 0])
    assert_array_equal(xp.nan_to_num(x.astype(np.float32)), np.nan_to_num(x.astype(np.float32)))
    assert_array_equal(xp.nan_to_num(np.arange(3)), np.arange(3))


def test_complex_numbers_are_mended_part_by_part(slope):
    z = np.array([complex(1, nan), complex(inf, 2), 3 + 4j])
    assert_array_equal(xp.nan_to_num(z), np.nan_to_num(z))
    got = slope(xp.nan_to_num, z, g=np.full(3, 5 + 7j))
    assert_array_equal(got, [5, 7j, 5 + 7j])


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_chosen_entries_get_the_cotangents(mode, slopes):
    a = np.array([[0, 1], [2, 0]]) if mode == "raise" else np.array([[-1, 4], [2, 0]])
    choices = [np.array([1.0, 2.0]), np.array(3.0), np.ones((2, 2))]
    assert_array_equal(
        xp.choose(a, [mt.Var(choice) for choice in choices], mode=mode).value, np.choose(a, choices, mode=mode)
    )
    got = slopes(lambda *choices: xp.choose(a, choices, mode=mode), *choices, g=np.arange(1.0, 5.0).reshape(2, 2))
    places = {"wrap": a % 3, "clip": a.clip(0, 2), "raise": a}[mode]
    g = np.arange(1.0, 5.0).reshape(2, 2)
    whole = [np.where(places == i, g, 0) for i in range(3)]
    for own, expected in zip(got, [whole[0].sum(0), whole[1].sum(), whole[2]], strict=True):
        assert_array_equal(own, expected)


def test_a_choice_that_is_not_there_is_refused():
    with pytest.raises(
        OperandError, match=r"choose\(.*\): ValueError: a points outside of 2 choices: mode=\"wrap\" and"
    ):
        xp.choose(np.array([0, 2]), [np.zeros(2), np.ones(2)])


def test_the_first_true_condition_selects_and_the_default_gets_the_rest(slopes):
    conditions = [np.array([True, False, False, True]), np.array([False, True, False, True])]
    first, second, default = np.array([1.0, 2.0, 3.0, 4.0]), np.array(10.0), np.array(20.0)

    def f(first, second, default):
        return xp.select(conditions, [first, second], default=default)

    assert_array_equal(f(first, second, default), [1, 10, 20, 4])
    got = slopes(f, first, second, default, g=np.array([1.0, 2.0, 4.0, 8.0]))
    assert_array_equal(got[0], [1, 0, 0, 8])
    assert (got[1], got[2]) == (2, 4)
    assert_array_equal(xp.select(conditions, [first, first]), np.select(conditions, [first, first]))
    with pytest.raises(OperandError, match=r"select\(condlist=\[bool\[4\], bool\[4\]\].*ValueError"):
        xp.select(conditions, [first])


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict"])
def test_other_libraries_give_numpys_slopes(library):
    raw = pytest.importorskip(library)
    x = np.array([-2.0, 0.5, 3.0], np.float32)

    def program(x, raw=raw):
        ranked = xp.select([x < 0, x > 2], [xp.square(x), x * 3.0], default=x * 0.5)
        return xp.sum(
            xp.fmax(ranked, x) * xp.fmin(x, 1.0) + xp.choose(raw.asarray([0, 1, 1]), [x, ranked]) + xp.nan_to_num(x)
        )

    assert_allclose(np.asarray(mt.grad(program)(raw.asarray(x))), mt.grad(lambda x: program(x, np))(x), rtol=1e-5)
