"""Random choices: stratified ones, and those that Hypothesis repeats."""

from random import Random

import pytest
from hypothesis import Phase

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.gradcheck.checking.search import CasePool, search
from mutorch_core.gradcheck.profiles import PROFILES, REGIMES
from mutorch_core.gradcheck.sampling.randomness import (
    INTEGER_OFFSET,
    DrawnStrategy,
    NeedsHypothesis,
    RandomChooser,
    Strata,
)


def drawn(operation, regime, profile=PROFILES["ci"]):
    return CasePool(operation, profile).regime(regime)


def product(x1: Array, x2: Array, /) -> Array:
    """Two operands without a domain."""
    return x1 * x2


@pytest.mark.parametrize("name", ["add", "sum", "concat", "quantile", "linalg.pinv", "random.gamma", "where"])
def test_hypothesis_draws_the_same_by_the_same_choices(name):
    operation, quick = mt.ops[f"basic::{name}"], PROFILES["quick"]
    again = []
    for regime in REGIMES:
        for subject in drawn(operation, regime, quick)[-2:]:
            again.clear()
            search(operation, regime, quick, again.append, Phase.generate, first=subject.case.choices)
            assert again[0].text == subject.case.text


def test_choices_among_few_options_are_stratified():
    strata, random = Strata(list), Random(0)
    rolls = [
        (chooser.below(5), chooser.below(1000), chooser.below(3))
        for chooser in (RandomChooser(random, strata) for _ in range(30))
    ]
    fives, _, threes = zip(*rolls, strict=True)
    assert all(set(fives[i : i + 5]) == set(range(5)) for i in range(0, 30, 5))
    assert all(set(threes[i : i + 3]) == set(range(3)) for i in range(0, 30, 3))


@pytest.mark.parametrize("further", [lambda s: s.tuples(s.sides()), lambda s: s.sides().map(lambda n: (n,))])
def test_a_sampler_with_strategies_of_hypothesis_is_drawn_by_it(further):
    plain = op("test::plain")(product)

    @plain.samples
    def _(strategies, Sample, draw):
        shape = (*draw(further(strategies)), 5)
        return Sample(draw(strategies.array(shape)), draw(strategies.array(shape)))

    sampled = [subject for subject in drawn(plain, "smooth") if subject.arrays[0].shape[-1:] == (5,)]
    assert len(sampled) > 5
    assert {(2, 5), (3, 5)} <= {subject.arrays[0].shape for subject in sampled}


def test_without_a_generator_every_choice_is_the_simplest():
    chooser = RandomChooser(None, Strata(list))
    assert [chooser.below(count) for count in (3, 100, 1)] == [0, 0, 0]
    assert chooser.choices == [INTEGER_OFFSET] * 3


def test_choices_are_those_that_hypothesis_would_make():
    chooser = RandomChooser(Random(3), Strata(list))
    drawn_integers = [chooser.below(1000) for _ in range(20)]
    assert chooser.choices == [INTEGER_OFFSET + value for value in drawn_integers]
    assert len(set(drawn_integers)) > 10


def test_a_strategy_of_the_random_chooser_can_be_drawn_from_and_nothing_else():
    chooser = RandomChooser(None, Strata(list))
    strategy = chooser.strategy(lambda: 7)
    assert type(strategy) is DrawnStrategy
    assert chooser.draw(strategy) == 7
    for request in (lambda: strategy.map(str), lambda: chooser.hypothesis_strategy("floats"), lambda: chooser.draw(3)):
        with pytest.raises(NeedsHypothesis):
            request()


def test_a_request_for_hypothesis_passes_an_except_of_a_sampler():
    assert not issubclass(NeedsHypothesis, Exception)
