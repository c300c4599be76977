"""Trials of the checker: a fault is put into a registered op, and the op is checked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from itertools import islice
from typing import Any
from zlib import crc32

import attrs

from mutorch_core.gradcheck.checking.check_op import check_property, quiet
from mutorch_core.gradcheck.checking.search import CasePool, failure_at
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.properties import Property, properties_of
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest
from tests.core.gradcheck.corpus import slips, wrong_conduct, wrong_shapes, wrong_values
from tests.core.gradcheck.corpus.sites import Fault, Site, sites, wrong_op
from tests.core.gradcheck.corpus.witnesses import changes_something

__all__ = ["FAULTS", "Finding", "Trial", "diagnosed", "every", "few", "first_finding"]

FAULTS = {fault.name: fault for module in (wrong_values, wrong_shapes, wrong_conduct, slips) for fault in module.FAULTS}

PROFILE = PROFILES["ci"]


@attrs.frozen
class Finding:
    """A property that an op fails, and the failure."""

    found_by: str
    failure: Failure

    @property
    def diagnosis(self) -> str:
        """The checker's diagnosis, or nothing."""
        return next((text for label, text in self.failure.rows if label == "diagnosis"), "")


Examine = Callable[[Any, Any], Finding | None]


@attrs.frozen
class Trial:
    """A fault at a site, and the checker's finding; None if it finds nothing."""

    fault: Fault
    site: Site
    finding: Finding | None

    @property
    def found_by(self) -> str:
        """The property that finds it, or nothing."""
        return self.finding.found_by if self.finding else ""

    @property
    def diagnosis(self) -> str:
        """The checker's diagnosis, or nothing."""
        return self.finding.diagnosis if self.finding else ""

    @property
    def named(self) -> bool:
        """True if the diagnosis is the right one."""
        pattern = (self.fault.diagnosis or "").format(parameter=self.site.parameter)
        return re.search(pattern, self.diagnosis) is not None


# -------------------------------------------------------------------------------------------------------- selection


def few(fault: Fault, families: int, examine: Examine) -> Iterator[Trial]:
    """Return a trial in each of so many families of ops in which the fault changes something.

    A fault of few sites is tried at all of them. The choice is random with a fixed seed, for each op independently.
    """
    found = sorted(sites(fault), key=lambda site: crc32(f"{fault.name} {site}".encode()))
    if len(found) <= families:
        yield from filter(None, (trial(fault, site, examine) for site in found))
        return
    by_family: dict[str, list[Site]] = defaultdict(list)
    for site in found:
        by_family[site.family].append(site)
    tried = (next(filter(None, (trial(fault, site, examine) for site in own)), None) for own in by_family.values())
    yield from islice(filter(None, tried), families)


def every(fault: Fault, examine: Examine) -> Iterator[Trial]:
    """Return a trial at every site where the fault changes something."""
    yield from filter(None, (trial(fault, site, examine) for site in sites(fault)))


def trial(fault: Fault, site: Site, examine: Examine) -> Trial | None:
    """Return the checker's finding for a fault at a site; None if the fault changes nothing."""
    wrong = wrong_op(fault, site)
    with quiet():
        if not changes_something(fault, site, wrong):
            return None
    return Trial(fault, site, examine(wrong, site.op))


# ------------------------------------------------------------------------------------------------------ examination


class Borrowed(CasePool):
    """The cases of a wrong op, taken from the right one's: draws depend on an op's name, declaration and forward."""

    def __init__(self, wrong: Any, right: Any) -> None:
        super().__init__(wrong, PROFILE)
        self.right = pool_of(right)

    def draw(self, regime: str) -> None:
        """Copy a regime's cases, since some faults write into them."""
        cases = [subject.case for subject in self.right.regime(regime)]
        self.regimes[regime] = [
            OpUnderTest(
                attrs.evolve(case, op=self.op, operands=deepcopy(case.operands), cotangents=deepcopy(case.cotangents))
            )
            for case in cases
        ]


@cache
def pool_of(op: Any) -> CasePool:
    """Return the cases of a registered op, drawn once for all faults."""
    return CasePool(op, PROFILE)


def first_finding(wrong: Any, right: Any = None) -> Finding | None:
    """Return the first failure on the draws of the default profile; with a right op, one in which that passes."""
    pool = CasePool(wrong, PROFILE) if right is None else Borrowed(wrong, right)
    with quiet():
        for found in properties_of(wrong):
            failure = first_failure(pool, found)
            if failure is not None and (right is None or passes(right, found, failure)):
                return Finding(found.name, failure)
    return None


def first_failure(pool: CasePool, found: Property) -> Failure | None:
    """Return the first failure of a property, at the case as it was drawn."""
    try:
        for _, subject in pool.subjects(found):
            found.check(subject)
    except Failure as failure:
        return failure
    return None


def diagnosed(wrong: Any, right: Any = None) -> Finding | None:
    """Return the first failure with a diagnosis, its case shrunk; if there is none, the first failure."""
    pool = CasePool(wrong, PROFILE)
    first: Finding | None = None
    for found in properties_of(wrong):
        failure = check_property(pool, found).failure
        if failure is None or not (right is None or passes(right, found, failure)):
            continue
        finding = Finding(found.name, failure)
        first = first or finding
        if finding.diagnosis:
            return finding
    return first


def passes(op: Any, found: Property, failure: Failure) -> bool:
    """Return whether another op passes the property at a failing case."""
    with quiet():
        return failure.case is not None and failure_at(found, attrs.evolve(failure.case, op=op)) is None
