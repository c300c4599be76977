"""Sources of random choices: a fast random generator, and Hypothesis, which can shrink a case.

Both make the same choices in the same order. Cases are drawn with the random generator, since Hypothesis's bookkeeping
takes longer than the check of a case. Only a case that fails is repeated with Hypothesis, choice for choice, and
shrunk.
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
"""The smallest integer that is drawn. Hypothesis mixes constants of the loaded modules into its draws, which differ
from machine to machine; none of them is that large.
"""

MAX_STRATUM = 16

Strata = defaultdict[tuple[int, int], list[int]]


@lru_cache(maxsize=4096)
def integers_below(count: int) -> Any:
    """Return a Hypothesis strategy for the integers below `count`; it shrinks to 0."""
    return st.integers(INTEGER_OFFSET, INTEGER_OFFSET + count - 1)


class NeedsHypothesis(BaseException):
    """A sampler draws from a Hypothesis strategy. It is no Exception, so that no `except` catches it."""


class DrawnStrategy:
    """A strategy of the random chooser, which can only be drawn from."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def __getattr__(self, name: str) -> Any:
        raise NeedsHypothesis(name)


class RandomChooser:
    """Random choices, or the simplest ones if `random` is None. `choices` holds them in Hypothesis's form.

    Choices among few options are stratified: all options come up before one repeats. `strata` holds the remaining
    options across cases, by the position among such choices in a case and the number of options.
    """

    def __init__(self, random: Random | None, strata: Strata) -> None:
        self.random = random
        self.strata = strata
        self.choices: list[int] = []
        self.position = 0

    def below(self, count: int) -> int:
        """Return an integer from 0 to count - 1."""
        choice = self.stratified_choice(count, self.random) if self.random else 0
        self.choices.append(INTEGER_OFFSET + choice)
        return choice

    def stratified_choice(self, count: int, random: Random) -> int:
        """Choose one of a number of options."""
        if count > MAX_STRATUM:
            return random.randrange(count)
        self.position += 1
        stratum = self.strata[self.position, count]
        if not stratum:
            stratum += range(count)
            random.shuffle(stratum)
        return stratum.pop()

    def draw(self, strategy: Any) -> Any:
        """Draw from a strategy. Raises NeedsHypothesis."""
        if type(strategy) is not DrawnStrategy:
            raise NeedsHypothesis(repr(strategy))
        return strategy.make()

    def strategy(self, make: Callable[[], Any]) -> Any:
        """Return a strategy for the results of a function."""
        return DrawnStrategy(make)

    def hypothesis_strategy(self, name: str) -> Any:
        """Raise NeedsHypothesis."""
        raise NeedsHypothesis(name)


class HypothesisChooser:
    """Choices by Hypothesis, inside of a strategy that is being drawn."""

    choices = ()

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def below(self, count: int) -> int:
        """Return an integer from 0 to count - 1; it shrinks to 0."""
        return self.draw(integers_below(count)) - INTEGER_OFFSET

    def strategy(self, make: Callable[[], Any]) -> Any:
        """Return a strategy for the results of a function."""
        return st.builds(lambda: None).map(lambda _: make())

    def hypothesis_strategy(self, name: str) -> Any:
        """Return the strategy of that name."""
        return getattr(st, name)


Chooser = RandomChooser | HypothesisChooser
