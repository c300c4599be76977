"""Drawing the cases of an op once for all properties, and shrinking a failure.

All draws are Hypothesis's. Properties share them, for drawing costs as much as looking; a failure is drawn again
from the same seed, with the property as the condition, so that Hypothesis comes upon it and shrinks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from random import Random
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, find, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.errors import Flaky, NoSuchExample

from mutorch_core.gradcheck.case import Case
from mutorch_core.gradcheck.drawing import Refusal, cases, lanes_of
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.profiles import Profile
from mutorch_core.gradcheck.properties import Property
from mutorch_core.gradcheck.subject import Subject

__all__ = ["Pool", "recalled", "shrunk"]

ALL_CHECKS = list(HealthCheck)


class Pool:
    """The cases of one op, lane by lane, drawn when they are first asked for."""

    def __init__(self, op: Any, profile: Profile, case: Case | None = None) -> None:
        self.op = op
        self.profile = profile
        self.lanes: dict[str, list[Subject]] = {}
        self.refusals: dict[str, list[str]] = {}
        self.only = case

    def subjects(self, found: Property) -> Iterator[Subject]:
        """The cases that a property looks at: its share of each of its lanes, or the one case to replay."""
        if self.only is not None:
            yield Subject(self.only)
            return
        for lane in found.lanes:
            subjects = self.lane(lane)
            yield from subjects[: ceil(found.share * len(subjects))]

    def refused(self, found: Property) -> list[str]:
        """Why draws in a property's lanes were refused."""
        return [reason for lane in found.lanes for reason in self.refusals.get(lane, ())]

    def lane(self, lane: str) -> list[Subject]:
        """The cases of a lane."""
        if lane not in self.lanes:
            self.lanes[lane], self.refusals[lane] = [], []
            if lane in lanes_of(self.op):
                self.draw(lane)
        return self.lanes[lane]

    def draw(self, lane: str) -> None:
        """Draw a lane's cases; none of them twice."""
        seen: set[str] = set()

        def collect(drawn: Case | Refusal) -> bool:
            if isinstance(drawn, Refusal):
                self.refusals[lane].append(drawn.reason)
            elif (text := drawn.text) not in seen:
                seen.add(text)
                self.lanes[lane].append(Subject(drawn))
            return False

        search(self.op, lane, self.profile, collect, Phase.generate)


def search(op: Any, lane: str, profile: Profile, condition: Callable[[Any], bool], *phases: Phase, key: str = "") -> Any:
    """What Hypothesis finds, or None. The draws depend on the op's name, the lane and the profile alone."""
    database = DirectoryBasedExampleDatabase(profile.database) if profile.database and key else None
    configured = settings(
        max_examples=profile.examples[lane],
        phases=phases,
        database=database,
        deadline=None,
        suppress_health_check=ALL_CHECKS,
        verbosity=Verbosity.quiet,
    )
    try:
        return find(
            cases(op, lane),
            condition,
            settings=configured,
            random=Random(profile.seed_of(op.name, lane)),
            database_key=key.encode() if database else None,
        )
    except NoSuchExample:
        return None


def shrunk(op: Any, found: Property, profile: Profile, failure: Failure) -> Failure:
    """The same failure at the smallest case that has it; the failure itself where no smaller one is found in time.

    Only the very type counts, so that shrinking can't slide into another failure.
    """
    best: list[Failure] = []
    until = perf_counter() + profile.shrinking

    def fails(drawn: Case | Refusal) -> bool:
        if isinstance(drawn, Refusal):
            return False
        if perf_counter() > until:
            return bool(best) and drawn.text == best[-1].case.text
        other = failure_at(found, drawn)
        if type(other) is not type(failure):
            return False
        best.append(other)
        return True

    for lane in found.lanes:
        if lane not in lanes_of(op):
            continue
        try:
            search(op, lane, profile, fails, Phase.generate, Phase.shrink, key=key_of(op, found, lane))
        except Flaky:  # it does not fail each time: the property `pure` says so
            pass
        if best:
            return best[-1]
    return failure


def recalled(op: Any, found: Property, profile: Profile) -> Failure | None:
    """A failure that an earlier run kept and that still is one; None without a database."""
    best: list[Failure] = []

    def fails(drawn: Case | Refusal) -> bool:
        other = None if isinstance(drawn, Refusal) else failure_at(found, drawn)
        best.extend([other] if other is not None else [])
        return other is not None

    for lane in found.lanes if profile.database else ():
        search(op, lane, profile, fails, Phase.reuse, Phase.shrink, key=key_of(op, found, lane))
        if best:
            return best[-1]
    return None


def failure_at(found: Property, case: Case) -> Failure | None:
    """How a case fails a property, or None."""
    try:
        found.check(Subject(case))
    except Failure as failure:
        return failure
    return None


def key_of(op: Any, found: Property, lane: str) -> str:
    """Under which name the database keeps failures."""
    return f"{op.name}/{found.name}/{lane}"
