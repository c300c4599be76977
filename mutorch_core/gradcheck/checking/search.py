"""Drawing the cases of an op once for all properties, and shrinking a failure.

Dice draw the cases, and Hypothesis those that only it can. One that fails Hypothesis draws again, by the same choices
or from the same seed, with the property as the condition, and shrinks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from math import ceil
from random import Random
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.database import ExampleDatabase, choices_to_bytes
from hypothesis.errors import Flaky, Unsatisfiable

from mutorch_core.gradcheck.cases.case import Case
from mutorch_core.gradcheck.cases.saved_cases import saved_cases
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.profiles import Profile
from mutorch_core.gradcheck.properties import Property
from mutorch_core.gradcheck.sampling.generation import Refusal, cases, draw_case, regimes_of
from mutorch_core.gradcheck.sampling.randomness import INTEGER_OFFSET, NeedsHypothesis, RandomChooser, Strata
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest

__all__ = ["CasePool", "shrink_failure"]

ALL_CHECKS: Any = list(HealthCheck)

MAX_DRAWS_PER_CASE = 2
"""So many times the cases that a regime is to have are drawn at most, where some come twice."""


class CasePool:
    """The cases of one op, regime by regime, drawn when they are first asked for."""

    def __init__(self, op: Any, profile: Profile, case: Case | None = None) -> None:
        self.op = op
        self.profile = profile
        self.regimes: dict[str, list[OpUnderTest]] = {}
        self.refusals: dict[str, list[str]] = {}
        self.single_case = case

    def clear(self) -> None:
        """Let go of what was drawn; it is drawn again where it is asked for again."""
        self.regimes.clear()
        self.refusals.clear()

    def subjects(self, prop: Property) -> Iterator[tuple[str | None, OpUnderTest]]:
        """The cases that a property looks at, with the regimes that they were drawn in.

        What earlier runs kept comes first, then the property's share of each regime; or the one case to replay.
        """
        if self.single_case is not None:
            yield None, OpUnderTest(self.single_case.copied())  # a rule that changes it must not spoil it for others
            return
        for case in saved_cases(self.profile.save_folder, self.op) if self.profile.save_folder else ():
            yield None, OpUnderTest(case)
        for regime in prop.regimes:
            subjects = self.regime(regime)
            yield from ((regime, subject) for subject in subjects[: ceil(prop.fraction * len(subjects))])

    def refused(self, prop: Property) -> list[str]:
        """Why draws in a property's regimes were refused."""
        return [reason for regime in prop.regimes for reason in self.refusals.get(regime, ())]

    def regime(self, regime: str) -> list[OpUnderTest]:
        """The cases of a regime."""
        if regime not in self.regimes:
            self.regimes[regime], self.refusals[regime] = [], []
            if regime in regimes_of(self.op):
                self.draw(regime)
        return self.regimes[regime]

    def draw(self, regime: str) -> None:
        """Draw a regime's cases; none of them twice. The first has the simplest choices."""
        keys: set[Any] = set()
        random = Random(self.profile.seed_of(self.op.name, regime))
        decks = Strata(list)
        count = self.profile.examples[regime]
        try:
            for index in range(MAX_DRAWS_PER_CASE * count):
                self.add(regime, draw_case(RandomChooser(random if index else None, decks), self.op, regime), keys)
                if len(keys) + len(self.refusals[regime]) == count:
                    return
        except NeedsHypothesis:
            self.regimes[regime], self.refusals[regime] = [], []
            keys.clear()
            search(self.op, regime, self.profile, lambda drawn: self.add(regime, drawn, keys), Phase.generate)

    def add(self, regime: str, drawn: Case | Refusal, keys: set[Any]) -> bool:
        """Keep what was drawn, and go on."""
        if isinstance(drawn, Refusal):
            self.refusals[regime].append(drawn.reason)
        elif (likeness := drawn.dedup_key) not in keys:
            keys.add(likeness)
            self.regimes[regime].append(OpUnderTest(drawn))
        return False


class StopSearch(Exception):  # noqa: N818 - it is no error: it ends a search
    """What was looked for."""


class SingleExample(ExampleDatabase):
    """A database of one example, the choices that are handed over to Hypothesis, whatever it asks for."""

    def __init__(self, choices: Sequence[int]) -> None:
        super().__init__()
        self.examples = [choices_to_bytes((*choices, INTEGER_OFFSET))] if choices else []
        # with a choice too many, or it would be taken for one that was shrunk already

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """The example."""
        return self.examples

    def save(self, key: bytes, value: bytes) -> None:
        """Keep nothing."""

    def delete(self, key: bytes, value: bytes) -> None:
        """Delete nothing."""


def search(
    op: Any, regime: str, profile: Profile, condition: Callable[[Any], Any], *phases: Phase, first: Sequence[int] = ()
) -> None:
    """Let Hypothesis look for what meets a condition, first at what some choices give.

    The draws depend on op name, regime and profile alone.
    """

    @settings(
        max_examples=profile.examples[regime],
        phases=(Phase.reuse, *phases),
        database=SingleExample(first),
        derandomize=False,
        print_blob=False,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=ALL_CHECKS,
        verbosity=Verbosity.quiet,
    )  # outside of the seed, which would take the database away
    @seed(profile.seed_of(op.name, regime))
    @given(cases(op, regime))
    def examine(drawn: Case | Refusal) -> None:
        if condition(drawn):
            raise StopSearch

    with suppress(StopSearch, Unsatisfiable):
        examine()


def shrink_failure(op: Any, prop: Property, profile: Profile, regime: str, failure: Failure) -> Failure:
    """The same failure at the smallest case of its regime that has it; as it is where none is found in time.

    Only the very type counts, so that shrinking can't slide into another failure.
    """
    best = failure
    choices = failure.case.choices if failure.case is not None else ()
    until = perf_counter() + profile.shrink_seconds

    def fails(drawn: Case | Refusal) -> bool:
        nonlocal best
        if isinstance(drawn, Refusal):
            return False
        if perf_counter() > until:
            return best.case is not None and drawn.dedup_key == best.case.dedup_key
        smaller = failure_at(prop, drawn)
        if type(smaller) is not type(failure):
            return False
        best = smaller
        return True

    with suppress(Flaky):  # it does not fail each time: the property `pure` says so
        search(op, regime, profile, fails, Phase.generate, Phase.shrink, first=choices)
    return best


def failure_at(prop: Property, case: Case) -> Failure | None:
    """How a case fails a property, or None."""
    try:
        prop.check(OpUnderTest(case))
    except Failure as failure:
        return failure
    return None
