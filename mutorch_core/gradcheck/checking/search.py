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
"""So many times the cases that a lane is to have are drawn at most, where some come twice."""


class CasePool:
    """The cases of one op, lane by lane, drawn when they are first asked for."""

    def __init__(self, op: Any, profile: Profile, case: Case | None = None) -> None:
        self.op = op
        self.profile = profile
        self.lanes: dict[str, list[OpUnderTest]] = {}
        self.refusals: dict[str, list[str]] = {}
        self.only = case

    def forget(self) -> None:
        """Let go of what was drawn; it is drawn again where it is asked for again."""
        self.lanes.clear()
        self.refusals.clear()

    def subjects(self, found: Property) -> Iterator[tuple[str | None, OpUnderTest]]:
        """The cases that a property looks at, with the lanes that they were drawn in.

        What earlier runs kept comes first, then the property's share of each lane; or the one case to replay.
        """
        if self.only is not None:
            yield None, OpUnderTest(self.only.copied())  # a rule that changes it must not spoil it for others
            return
        for case in saved_cases(self.profile.kept, self.op) if self.profile.kept else ():
            yield None, OpUnderTest(case)
        for lane in found.lanes:
            subjects = self.lane(lane)
            yield from ((lane, subject) for subject in subjects[: ceil(found.share * len(subjects))])

    def refused(self, found: Property) -> list[str]:
        """Why draws in a property's lanes were refused."""
        return [reason for lane in found.lanes for reason in self.refusals.get(lane, ())]

    def lane(self, lane: str) -> list[OpUnderTest]:
        """The cases of a lane."""
        if lane not in self.lanes:
            self.lanes[lane], self.refusals[lane] = [], []
            if lane in regimes_of(self.op):
                self.draw(lane)
        return self.lanes[lane]

    def draw(self, lane: str) -> None:
        """Draw a lane's cases; none of them twice. The first has the simplest choices."""
        seen: set[Any] = set()
        random = Random(self.profile.seed_of(self.op.name, lane))
        decks = Strata(list)
        wanted = self.profile.examples[lane]
        try:
            for place in range(MAX_DRAWS_PER_CASE * wanted):
                self.keep(lane, draw_case(RandomChooser(random if place else None, decks), self.op, lane), seen)
                if len(seen) + len(self.refusals[lane]) == wanted:
                    return
        except NeedsHypothesis:
            self.lanes[lane], self.refusals[lane] = [], []
            seen.clear()
            search(self.op, lane, self.profile, lambda drawn: self.keep(lane, drawn, seen), Phase.generate)

    def keep(self, lane: str, drawn: Case | Refusal, seen: set[Any]) -> bool:
        """Keep what was drawn, and go on."""
        if isinstance(drawn, Refusal):
            self.refusals[lane].append(drawn.reason)
        elif (likeness := drawn.likeness) not in seen:
            seen.add(likeness)
            self.lanes[lane].append(OpUnderTest(drawn))
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
    op: Any, lane: str, profile: Profile, condition: Callable[[Any], Any], *phases: Phase, first: Sequence[int] = ()
) -> None:
    """Let Hypothesis look for what meets a condition, first at what some choices give.

    The draws depend on op name, lane and profile alone.
    """

    @settings(
        max_examples=profile.examples[lane],
        phases=(Phase.reuse, *phases),
        database=SingleExample(first),
        derandomize=False,
        print_blob=False,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=ALL_CHECKS,
        verbosity=Verbosity.quiet,
    )  # outside of the seed, which would take the database away
    @seed(profile.seed_of(op.name, lane))
    @given(cases(op, lane))
    def examine(drawn: Case | Refusal) -> None:
        if condition(drawn):
            raise StopSearch

    with suppress(StopSearch, Unsatisfiable):
        examine()


def shrink_failure(op: Any, found: Property, profile: Profile, lane: str, failure: Failure) -> Failure:
    """The same failure at the smallest case of its lane that has it; as it is where none is found in time.

    Only the very type counts, so that shrinking can't slide into another failure.
    """
    best = failure
    choices = failure.case.choices if failure.case is not None else ()
    until = perf_counter() + profile.shrinking

    def fails(drawn: Case | Refusal) -> bool:
        nonlocal best
        if isinstance(drawn, Refusal):
            return False
        if perf_counter() > until:
            return best.case is not None and drawn.likeness == best.case.likeness
        other = failure_at(found, drawn)
        if type(other) is not type(failure):
            return False
        best = other
        return True

    with suppress(Flaky):  # it does not fail each time: the property `pure` says so
        search(op, lane, profile, fails, Phase.generate, Phase.shrink, first=choices)
    return best


def failure_at(found: Property, case: Case) -> Failure | None:
    """How a case fails a property, or None."""
    try:
        found.check(OpUnderTest(case))
    except Failure as failure:
        return failure
    return None
