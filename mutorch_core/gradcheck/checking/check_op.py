"""Checking one op, property by property."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import Any

import attrs
import numpy as np

from mutorch_core import plugins
from mutorch_core.gradcheck.cases.case import Case
from mutorch_core.gradcheck.cases.saved_cases import save_case
from mutorch_core.gradcheck.checking.diagnosis import diagnosis
from mutorch_core.gradcheck.checking.search import CasePool, shrink_failure
from mutorch_core.gradcheck.checking.time_limits import OutOfTime, TimeBudget, alarm, location_in_op
from mutorch_core.gradcheck.failures import Failure, SamplerRaises
from mutorch_core.gradcheck.profiles import Profile
from mutorch_core.gradcheck.properties import Property, properties_of
from mutorch_core.gradcheck.reporting.terminal import failure_block, fault_location
from mutorch_core.gradcheck.sampling.parameters import undrawable_parameter
from mutorch_core.gradcheck.under_test.backends import Backend
from mutorch_core.gradcheck.under_test.validity import check_result, half_precision
from mutorch_core.gradcheck.verdicts import OpResult, PropertyResult, Verdict

__all__ = ["check", "check_property"]

MIN_SHARE = 0.2
"""The share of draws that must be accepted, and of the accepted ones that must be decided, for a verdict."""

DIAGNOSIS_SECONDS = 2.0
"""The seconds that a diagnosis may take: it is made even when an op's time is up."""


@contextmanager
def quiet() -> Generator[None]:
    """Let forwards overflow and divide by zero without a word: the checker goes where that happens."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check(
    op: Any, profile: Profile, order: int = 2, case: Case | None = None, backends: Sequence[Backend] = ()
) -> OpResult:
    """All properties of one op, on its own draws or on one case."""
    plugins.records()  # others may have samples for it
    pool, clock = CasePool(op, profile, case), TimeBudget(profile.limit_on(backends))
    found = [check_property(pool, asked, clock) for asked in properties_of(op, order, backends)]
    return OpResult(op.name, op.namespace, found)


def check_property(pool: CasePool, found: Property, clock: TimeBudget | None = None) -> PropertyResult:
    """What the draws say of one property, in what is left of the op's time; a failure is shrunk and diagnosed.

    Those have time of their own: an op that is wrong everywhere is not one that hangs.
    """
    clock = clock or TimeBudget()
    start = perf_counter()
    with quiet():
        result = run_property(pool, found, clock)
    result.seconds = perf_counter() - start
    result.place = result.place or pool.op.declaration.place
    return result


def run_property(pool: CasePool, found: Property, clock: TimeBudget) -> PropertyResult:
    """The verdict and what it rests on; undecided where the op, or a sampler of its, raises or does not come back."""
    undecided = PropertyResult(found.name, Verdict.UNDECIDED)
    if clock.given_up is not None:
        undecided.message = clock.given_up
        return undecided
    try:
        with clock.running():
            seen = examine_cases(pool, found)
    except SamplerRaises as error:
        undecided.message = str(error)
    except OutOfTime as error:
        undecided.message = clock.given_up = clock.up + location_in_op(error, pool.op)
    except Exception as error:
        undecided.message = f"the check stopped: {type(error).__name__}: {error}{location_in_op(error, pool.op)}"
    else:
        return conclude(pool, found, seen)
    return undecided


# ------------------------------------------------------------------------------------------------------ looking


@attrs.define
class Observations:
    """What the cases of a property showed: whether each was decided, and the first that failed.

    `lane` is where that was drawn, None where it was given. `half` is what was in half precision, of a case that was
    left out for it.
    """

    outcomes: list[bool] = attrs.field(factory=list[bool])
    half: str | None = None
    failure: Failure | None = None
    lane: str | None = None


def examine_cases(pool: CasePool, found: Property) -> Observations:
    """Look at a property's cases, up to the first failure."""
    seen = Observations()
    try:
        for seen.lane, subject in pool.subjects(found):
            if half := half_precision(subject):
                seen.half = half
                continue
            check_result(subject)
            outcome = found.check(subject)
            seen.outcomes += [] if outcome is None else [outcome]
    except Failure as failure:
        seen.failure = failure
    return seen


def conclude(pool: CasePool, found: Property, seen: Observations) -> PropertyResult:
    """What follows from what was seen."""
    proven = sum(seen.outcomes)
    if seen.failure is not None:
        return failed_result(pool, found, shrink(pool, found, seen.failure, seen.lane), proven)
    if advice := insufficient_evidence(pool, found, seen):
        return PropertyResult(found.name, Verdict.UNDECIDED, proven, message=advice)
    verdict = Verdict.PROVEN if seen.outcomes else Verdict.SKIPPED
    return PropertyResult(found.name, verdict, proven, message=found.remark())


# --------------------------------------------------------------------------------------------------- conclusions


def shrink(pool: CasePool, found: Property, failure: Failure, lane: str | None) -> Failure:
    """The failure at its smallest case; as it is, with the reason, where shrinking it comes to no end."""
    if lane is None:
        return failure
    try:
        with alarm(pool.profile.limit and pool.profile.patience):
            return shrink_failure(pool.op, found, pool.profile, lane, failure)
    except OutOfTime as error:
        reason = f"another case did not come back{location_in_op(error, pool.op)}"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    failure.rows.append(("not shrunk", reason))
    return failure


def failed_result(pool: CasePool, found: Property, failure: Failure, proven: int) -> PropertyResult:
    """The result that a failure is, diagnosed and described; its case is kept where the profile says so."""
    with suppress(OutOfTime), alarm(DIAGNOSIS_SECONDS):
        failure.rows += diagnosis(failure)
    failure.block = failure_block(pool.op, found.name, failure)
    if failure.case is not None and pool.profile.kept and pool.only is None:
        save_case(pool.profile.kept, failure.case)
    text = failure.case.text if failure.case is not None else None
    place = fault_location(pool.op, failure)
    return PropertyResult(found.name, Verdict.WRONG, proven, 0.0, failure.block, text, place, failure)


def insufficient_evidence(pool: CasePool, found: Property, seen: Observations) -> str | None:
    """Why nothing can be said of a property; None where something can."""
    accepted = sum(len(pool.lanes.get(lane, ())) for lane in found.lanes)
    refused = pool.refused(found)
    if refused and accepted < MIN_SHARE * (accepted + len(refused)):
        return refusal_advice(pool.op, refused, accepted)
    if seen.half and not seen.outcomes:
        return (
            f"{seen.half}, and finite differences need more digits than that has: give float64 to @"
            f"{pool.op.short_name}.samples, and let the forward return what it is given"
        )
    if seen.outcomes and sum(seen.outcomes) < MIN_SHARE * len(seen.outcomes):
        return (
            f"finite differences decided only {sum(seen.outcomes)} of {len(seen.outcomes)} cases: keep draws away from "
            "where the op is not smooth, with a domain, or draw tamer ones with @f.samples"
        )
    return None


def refusal_advice(op: Any, refused: Sequence[str], accepted: int) -> str:
    """What to do about an op that refuses nearly every draw."""
    total = accepted + len(refused)
    said = f"the forward accepted {accepted} of {total} draws; the last refusal: {refused[-1].splitlines()[0]}"
    name = undrawable_parameter(op)
    what = f"nothing is known about the values of {name}" if name else "its operands must fit together in some way"
    return f"{said}. If {what}, declare it with @{op.short_name}.samples, or give a domain"
