"""The check of one op, property by property."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import Any

import attrs
import numpy as np

from mutorch_core import plugins
from mutorch_core.gradcheck.cases import Case, save_case
from mutorch_core.gradcheck.checking.diagnosis import diagnosis
from mutorch_core.gradcheck.checking.search import CasePool, shrink_failure
from mutorch_core.gradcheck.checking.time_limits import OutOfTime, TimeBudget, alarm, location_in_op
from mutorch_core.gradcheck.failures import Failure, SamplerRaises
from mutorch_core.gradcheck.profiles import Profile
from mutorch_core.gradcheck.properties import Property, properties_of
from mutorch_core.gradcheck.reporting.terminal import failure_block, fault_location
from mutorch_core.gradcheck.sampling.parameters import undrawable_parameter
from mutorch_core.gradcheck.under_test import Backend, check_result, half_precision
from mutorch_core.gradcheck.verdicts import OpResult, PropertyResult, Verdict

__all__ = ["check", "check_property"]

MIN_SHARE = 0.2
"""The smallest share of draws that must be accepted, and of accepted draws that must be decided, for a verdict."""

DIAGNOSIS_SECONDS = 2.0
"""The time limit of a diagnosis, which is made even when the op's time is used up."""


@contextmanager
def quiet() -> Generator[None]:
    """Silence warnings about overflow and division by zero, which the checker provokes."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check(
    op: Any, profile: Profile, order: int = 2, case: Case | None = None, backends: Sequence[Backend] = ()
) -> OpResult:
    """Check all properties of one op, on random cases or on one given case."""
    plugins.records()  # load all plugins, which may add samplers for this op
    pool, budget = CasePool(op, profile, case), TimeBudget(profile.limit_on(backends))
    results = [check_property(pool, prop, budget) for prop in properties_of(op, order, backends)]
    return OpResult(op.name, op.namespace, results)


def check_property(pool: CasePool, prop: Property, budget: TimeBudget | None = None) -> PropertyResult:
    """Check one property within the op's remaining time; shrink and diagnose a failure.

    Shrinking and diagnosis have time limits of their own: an op that is wrong everywhere must not count as one that
    hangs.
    """
    budget = budget or TimeBudget()
    start = perf_counter()
    with quiet():
        result = run_property(pool, prop, budget)
    result.seconds = perf_counter() - start
    result.location = result.location or pool.op.declaration.place
    return result


def run_property(pool: CasePool, prop: Property, budget: TimeBudget) -> PropertyResult:
    """Return the result of one property; undecided if the op or a sampler raises or times out."""
    undecided = PropertyResult(prop.name, Verdict.UNDECIDED)
    if budget.stop_reason is not None:
        undecided.message = budget.stop_reason
        return undecided
    try:
        with budget.running():
            observations = examine_cases(pool, prop)
    except SamplerRaises as error:
        undecided.message = str(error)
    except OutOfTime as error:
        undecided.message = budget.stop_reason = budget.expired_text + location_in_op(error, pool.op)
    except Exception as error:
        undecided.message = f"the check stopped: {type(error).__name__}: {error}{location_in_op(error, pool.op)}"
    else:
        return conclude(pool, prop, observations)
    return undecided


# ------------------------------------------------------------------------------------------------------ examination


@attrs.define
class Observations:
    """The outcomes of the cases of a property, and the first failure.

    `regime` is the regime of the failing case, None if the case was saved or given. `half` describes the half-precision
    operand of a case that was skipped.
    """

    outcomes: list[bool] = attrs.field(factory=list[bool])
    half: str | None = None
    failure: Failure | None = None
    regime: str | None = None


def examine_cases(pool: CasePool, prop: Property) -> Observations:
    """Check a property's cases up to the first failure."""
    observations = Observations()
    try:
        for observations.regime, subject in pool.subjects(prop):
            if half := half_precision(subject):
                observations.half = half
                continue
            check_result(subject)
            outcome = prop.check(subject)
            observations.outcomes += [] if outcome is None else [outcome]
    except Failure as failure:
        observations.failure = failure
    return observations


def conclude(pool: CasePool, prop: Property, observations: Observations) -> PropertyResult:
    """Return the result that follows from the observations."""
    proven = sum(observations.outcomes)
    if observations.failure is not None:
        return failed_result(pool, prop, shrink(pool, prop, observations.failure, observations.regime), proven)
    if advice := insufficient_evidence(pool, prop, observations):
        return PropertyResult(prop.name, Verdict.UNDECIDED, proven, message=advice)
    verdict = Verdict.PROVEN if observations.outcomes else Verdict.SKIPPED
    return PropertyResult(prop.name, verdict, proven, message=prop.remark())


# --------------------------------------------------------------------------------------------------- conclusions


def shrink(pool: CasePool, prop: Property, failure: Failure, regime: str | None) -> Failure:
    """Return the failure at its smallest case; if shrinking fails, the original failure with the reason."""
    if regime is None:
        return failure
    try:
        with alarm(pool.profile.limit and pool.profile.patience):
            return shrink_failure(pool.op, prop, pool.profile, regime, failure)
    except OutOfTime as error:
        reason = f"another case did not come back{location_in_op(error, pool.op)}"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    failure.rows.append(("not shrunk", reason))
    return failure


def failed_result(pool: CasePool, prop: Property, failure: Failure, proven: int) -> PropertyResult:
    """Return the result of a failure with its diagnosis and report; save its case if the profile has a folder."""
    with suppress(OutOfTime), alarm(DIAGNOSIS_SECONDS):
        failure.rows += diagnosis(failure)
    failure.block = failure_block(pool.op, prop.name, failure)
    if failure.case is not None and pool.profile.save_folder and pool.single_case is None:
        save_case(pool.profile.save_folder, failure.case)
    text = failure.case.text if failure.case is not None else None
    location = fault_location(pool.op, failure)
    return PropertyResult(prop.name, Verdict.WRONG, proven, 0.0, failure.block, text, location, failure)


def insufficient_evidence(pool: CasePool, prop: Property, observations: Observations) -> str | None:
    """Return the reason for which a property is undecided, or None."""
    accepted = sum(len(pool.regimes.get(regime, ())) for regime in prop.regimes)
    refused = pool.refused(prop)
    if refused and accepted < MIN_SHARE * (accepted + len(refused)):
        return refusal_advice(pool.op, refused, accepted)
    if observations.half and not observations.outcomes:
        return (
            f"{observations.half}, and finite differences need more digits than that has: give float64 to @"
            f"{pool.op.short_name}.samples, and let the forward return what it is given"
        )
    decided, total = sum(observations.outcomes), len(observations.outcomes)
    if decided < MIN_SHARE * total:
        return (
            f"finite differences decided only {decided} of {total} cases: keep draws away from "
            "where the op is not smooth, with a domain, or draw tamer ones with @f.samples"
        )
    return None


def refusal_advice(op: Any, refused: Sequence[str], accepted: int) -> str:
    """Return the advice for an op that refuses most draws."""
    total = accepted + len(refused)
    count_text = f"the forward accepted {accepted} of {total} draws; the last refusal: {refused[-1].splitlines()[0]}"
    name = undrawable_parameter(op)
    reason = f"nothing is known about the values of {name}" if name else "its operands must fit together in some way"
    return f"{count_text}. If {reason}, declare it with @{op.short_name}.samples, or give a domain"
