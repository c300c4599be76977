"""Who chooses when a case is drawn: dice, which cost nothing, or Hypothesis, which can make a case smaller.

Both are asked for the same integers in the same order. So cases are drawn with dice, and only one that fails is drawn
once more by Hypothesis, choice for choice, and then made smaller: its bookkeeping takes longer than checking a case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import Any

from hypothesis import strategies as st

__all__ = [
    "INTEGER_OFFSET",
    "Chooser",
    "Draw",
    "DrawnStrategy",
    "HypothesisChooser",
    "NeedsHypothesis",
    "RandomChooser",
    "Strata",
]

Draw = Callable[[Any], Any]

INTEGER_OFFSET = 7**17
"""Integers are drawn from here on: Hypothesis mixes the constants of the modules around it into its draws, which
differ from machine to machine, but none of them is that far out."""

MAX_STRATUM = 16

Strata = defaultdict[tuple[int, int], list[int]]


@lru_cache(maxsize=4096)
def integers_below(count: int) -> Any:
    """The integers below `count`; shrinks to 0."""
    return st.integers(INTEGER_OFFSET, INTEGER_OFFSET + count - 1)


class NeedsHypothesis(BaseException):
    """A sampler draws from a strategy of Hypothesis's own. It is no Exception, so that no `except` holds it up."""


class DrawnStrategy:
    """A strategy for dice: it can be drawn from, and nothing else."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def __getattr__(self, name: str) -> Any:
        raise NeedsHypothesis(name)


class RandomChooser:
    """Choices by chance, the simplest where `random` is None; `choices` are those made, as Hypothesis has them.

    Between few options chance is dealt from a deck, so that all come up before one comes up again: `decks` has what is
    left of those of earlier cases, by the number of options and the place among such choices in a case.
    """

    def __init__(self, random: Random | None, decks: Strata) -> None:
        self.random = random
        self.strata = decks
        self.choices: list[int] = []
        self.position = 0

    def below(self, count: int) -> int:
        """An integer from 0 to count - 1."""
        choice = self.stratified_choice(count, self.random) if self.random else 0
        self.choices.append(INTEGER_OFFSET + choice)
        return choice

    def stratified_choice(self, count: int, random: Random) -> int:
        """One of so many options, by chance."""
        if count > MAX_STRATUM:
            return random.randrange(count)
        self.position += 1
        deck = self.strata[self.position, count]
        if not deck:
            deck += range(count)
            random.shuffle(deck)
        return deck.pop()

    def draw(self, strategy: Any) -> Any:
        """What a sampler draws from a strategy. Raises OnlyHypothesis."""
        if type(strategy) is not DrawnStrategy:
            raise NeedsHypothesis(repr(strategy))
        return strategy.make()

    def strategy(self, make: Callable[[], Any]) -> Any:
        """A strategy of what a function returns."""
        return DrawnStrategy(make)

    def hypothesis_strategy(self, name: str) -> Any:
        """A strategy of Hypothesis's own. Raises OnlyHypothesis."""
        raise NeedsHypothesis(name)


class HypothesisChooser:
    """Choices by Hypothesis, within a strategy that is drawn."""

    choices = ()

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def below(self, count: int) -> int:
        """An integer from 0 to count - 1; shrinks to 0."""
        return self.draw(integers_below(count)) - INTEGER_OFFSET

    def strategy(self, make: Callable[[], Any]) -> Any:
        """A strategy of what a function returns."""
        return st.builds(lambda: None).map(lambda _: make())

    def hypothesis_strategy(self, name: str) -> Any:
        """A strategy of Hypothesis's own."""
        return getattr(st, name)


Chooser = RandomChooser | HypothesisChooser
