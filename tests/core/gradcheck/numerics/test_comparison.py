"""The comparison of a claimed cotangent with finite differences."""

import attrs
import numpy as np
import pytest

from mutorch_core.gradcheck.numerics.comparison import (
    MAX_SINGLE_DIRECTIONS,
    Claim,
    compare,
    random_step_fractions,
    rounding_floor,
)


def claim_of(function, point, rule, cotangent=None):
    point = np.asarray(point, dtype=float)
    return Claim(
        function,
        point,
        np.full(point.size, 2.0**-4),
        np.ones(function(point).size) if cotangent is None else np.asarray(cotangent, dtype=float),
        np.asarray(rule, dtype=float),
    )


def cubes(x):
    return x**3


def test_a_right_claim_is_decided_and_not_wrong():
    comparison = compare(claim_of(cubes, [1.0, -0.5, 2.0], [3.0, 0.75, 12.0]))
    assert comparison.decided.all()
    assert not comparison.wrong.any()
    np.testing.assert_allclose(comparison.truth, comparison.rule, rtol=1e-9)


def test_only_the_wrong_entry_of_a_few_is_wrong():
    comparison = compare(claim_of(cubes, [1.0, -0.5, 2.0], [3.0, 0.8, 12.0]))
    assert comparison.wrong.tolist() == [False, True, False]


@pytest.mark.parametrize("relative", [1e-9, 1e-4, 1.0])
def test_a_small_relative_error_of_a_smooth_rule_is_found(relative):
    right = np.array([3.0, 0.75])
    assert compare(claim_of(cubes, [1.0, -0.5], right * (1 + relative))).wrong.all()
    assert not compare(claim_of(cubes, [1.0, -0.5], right * (1 + 1e-14))).wrong.any()


def test_one_wrong_entry_of_many_is_found_in_random_directions():
    point = np.linspace(0.5, 1.5, 50)
    right = 3 * point**2
    assert compare(claim_of(cubes, point, right)).decided.shape == (2,)
    assert point.size > MAX_SINGLE_DIRECTIONS
    wrong = right.copy()
    wrong[17] *= 1.01
    assert not compare(claim_of(cubes, point, right)).wrong.any()
    assert compare(claim_of(cubes, point, wrong)).wrong.any()
    assert compare(claim_of(cubes, point, wrong), single=True).wrong.tolist() == [i == 17 for i in range(50)]


def test_many_results_are_weighted_by_the_cotangent():
    weights = np.linspace(-1, 1, 40)

    def outer(x):
        return np.linspace(1, 2, 40) * x[0] ** 2

    right = [2 * 0.5 * float(weights @ np.linspace(1, 2, 40))]
    assert not compare(claim_of(outer, [0.5], right, weights)).wrong.any()
    assert compare(claim_of(outer, [0.5], [right[0] + 0.1], weights)).wrong.all()


def test_a_kink_leaves_every_direction_undecided():
    comparison = compare(claim_of(lambda x: np.abs(x) + x**2, [0.0, 1.0], [0.0, 3.0]))
    assert not comparison.decided.any()
    assert not comparison.wrong.any()


def test_a_kink_that_wide_steps_cross_is_no_mistake():
    claim = claim_of(lambda x: np.abs(x - 0.03), [0.0], [-1.0])
    assert not compare(claim).wrong.any()


def test_values_that_are_nothing_but_rounding_refute_no_rule():
    claim = claim_of(lambda x: (x + 1e16) - 1e16, [1.0], [0.0])
    assert not compare(attrs.evolve(claim, steps=np.full(1, 2.0**-2))).wrong.any()


def test_a_result_that_is_not_finite_on_both_sides_decides_nothing():
    comparison = compare(claim_of(lambda x: np.log(np.where(x == 1.0, x, -1.0)), [1.0], [5.0]))
    assert not comparison.decided.any()


def test_a_rule_that_is_not_finite_is_wrong_where_the_slope_is():
    assert compare(claim_of(cubes, [1.0], [np.nan])).wrong.all()
    assert compare(claim_of(cubes, [1.0], [np.inf])).wrong.all()


def test_fractions_of_steps_are_eighths_of_at_least_a_half_to_both_sides():
    fractions = random_step_fractions(np.random.default_rng(0), 1000)
    assert set(np.abs(fractions)) == {0.5, 0.625, 0.75, 0.875, 1.0}
    assert {-1.0, 1.0} == set(np.sign(fractions))


def test_the_rounding_floor_grows_with_the_operands():
    assert rounding_floor(np.zeros(3)) == rounding_floor(np.zeros(0)) == 2.0**-40
    assert rounding_floor(np.array([1.0, -7.0])) == 8 * 2.0**-40


def test_smaller_steps_are_a_32nd_and_change_nothing_else():
    claim = claim_of(cubes, [1.0], [3.0])
    assert claim.with_smaller_steps() == attrs.evolve(claim, steps=claim.steps / 32)
