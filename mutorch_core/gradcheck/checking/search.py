"""The search for a counterexample: draw an op's cases once for all properties, and shrink a failure.

A random chooser draws the cases, which is fast. Hypothesis draws only cases whose sampler uses its strategies, and the
case that fails: it draws that case again from the same choices or the same seed, and shrinks it.
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

from mutorch_core.gradcheck.cases import Case, read_saved_cases
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.profiles import Profile
from mutorch_core.gradcheck.properties import Property
from mutorch_core.gradcheck.sampling.generation import Refusal, cases, draw_case, regimes_of
from mutorch_core.gradcheck.sampling.randomness import INTEGER_OFFSET, NeedsHypothesis, RandomChooser, Strata
from mutorch_core.gradcheck.under_test import OpUnderTest

__all__ = ["CasePool", "shrink_failure"]

ALL_CHECKS: Any = list(HealthCheck)

MAX_DRAWS_PER_CASE = 2
"""The largest number of draws per case of a regime, since some draws repeat earlier ones."""


class CasePool:
    """The cases of one op by regime, drawn when they are first needed."""

    def __init__(self, op: Any, profile: Profile, case: Case | None = None) -> None:
        self.op = op
        self.profile = profile
        self.regimes: dict[str, list[OpUnderTest]] = {}
        self.refusals: dict[str, list[str]] = {}
        self.single_case = case

    def clear(self) -> None:
        """Drop all cases, which are drawn again if they are needed again."""
        self.regimes.clear()
        self.refusals.clear()

    def subjects(self, prop: Property) -> Iterator[tuple[str | None, OpUnderTest]]:
        """Yield the cases for a property, each with the regime that it was drawn in.

        The saved cases of earlier runs come first, then the property's fraction of each regime. A single case to replay
        replaces all of them.
        """
        if self.single_case is not None:
            yield None, OpUnderTest(self.single_case.copied())  # a rule may write into its operands
            return
        for case in read_saved_cases(self.profile.save_folder, self.op) if self.profile.save_folder else ():
            yield None, OpUnderTest(case)
        for regime in prop.regimes:
            subjects = self.regime(regime)
            yield from ((regime, subject) for subject in subjects[: ceil(prop.fraction * len(subjects))])

    def refused(self, prop: Property) -> list[str]:
        """Return the reasons for which draws in a property's regimes were refused."""
        return [reason for regime in prop.regimes for reason in self.refusals.get(regime, ())]

    def regime(self, regime: str) -> list[OpUnderTest]:
        """Return the cases of a regime."""
        if regime not in self.regimes:
            self.regimes[regime], self.refusals[regime] = [], []
            if regime in regimes_of(self.op):
                self.draw(regime)
        return self.regimes[regime]

    def draw(self, regime: str) -> None:
        """Draw a regime's cases without duplicates. The first has the simplest choices."""
        keys: set[Any] = set()
        random = Random(self.profile.seed_of(self.op.name, regime))
        strata = Strata(list)
        count = self.profile.examples[regime]
        try:
            for index in range(MAX_DRAWS_PER_CASE * count):
                self.add(regime, draw_case(RandomChooser(random if index else None, strata), self.op, regime), keys)
                if len(keys) + len(self.refusals[regime]) == count:
                    return
        except NeedsHypothesis:
            self.regimes[regime], self.refusals[regime] = [], []
            keys.clear()
            search(self.op, regime, self.profile, lambda drawn: self.add(regime, drawn, keys), Phase.generate)

    def add(self, regime: str, drawn: Case | Refusal, keys: set[Any]) -> bool:
        """Add a drawn case or a refusal. Return False, so that a search continues."""
        if isinstance(drawn, Refusal):
            self.refusals[regime].append(drawn.reason)
        elif (key := drawn.dedup_key) not in keys:
            keys.add(key)
            self.regimes[regime].append(OpUnderTest(drawn))
        return False


class StopSearch(Exception):  # noqa: N818 - it is no error: it ends a search
    """The condition of a search is met."""


class SingleExample(ExampleDatabase):
    """A Hypothesis database that holds one example, given as choices, under every key."""

    def __init__(self, choices: Sequence[int]) -> None:
        super().__init__()
        self.examples = [choices_to_bytes((*choices, INTEGER_OFFSET))] if choices else []
        # the additional choice keeps Hypothesis from taking the example for one that is shrunk already

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """Return the example."""
        return self.examples

    def save(self, key: bytes, value: bytes) -> None:
        """Ignore the example."""

    def delete(self, key: bytes, value: bytes) -> None:
        """Ignore the request."""


def search(
    op: Any, regime: str, profile: Profile, condition: Callable[[Any], Any], *phases: Phase, first: Sequence[int] = ()
) -> None:
    """Search with Hypothesis for a case that meets a condition, beginning with the case of some choices.

    The draws depend on the op's name, the regime and the profile alone.
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
    )  # outermost, since `seed` would remove the database
    @seed(profile.seed_of(op.name, regime))
    @given(cases(op, regime))
    def examine(drawn: Case | Refusal) -> None:
        if condition(drawn):
            raise StopSearch

    with suppress(StopSearch, Unsatisfiable):
        examine()


def shrink_failure(op: Any, prop: Property, profile: Profile, regime: str, failure: Failure) -> Failure:
    """Return the same failure at the smallest case of its regime, or the original one if time runs out.

    Only a failure of exactly the same type counts, so that shrinking can't end at another failure.
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

    with suppress(Flaky):  # it does not fail each time; `pure` reports that
        search(op, regime, profile, fails, Phase.generate, Phase.shrink, first=choices)
    return best


def failure_at(prop: Property, case: Case) -> Failure | None:
    """Return a property's failure at a case, or None."""
    try:
        prop.check(OpUnderTest(case))
    except Failure as failure:
        return failure
    return None
