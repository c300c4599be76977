"""Checking one op, property by property."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np

from mutorch_core.gradcheck.backends import Backend
from mutorch_core.gradcheck.case import Case
from mutorch_core.gradcheck.diagnosis import diagnosis
from mutorch_core.gradcheck.failures import Failure, SamplerRaises
from mutorch_core.gradcheck.kept import keep
from mutorch_core.gradcheck.profiles import Profile
from mutorch_core.gradcheck.properties import Property, properties_of
from mutorch_core.gradcheck.report import block
from mutorch_core.gradcheck.search import Pool, shrunk
from mutorch_core.gradcheck.settings import undrawable
from mutorch_core.gradcheck.verdicts import OpResult, PropertyResult, Verdict

__all__ = ["check", "check_property"]

FEWEST = 0.2
"""The share of draws that must be accepted, and of the accepted ones that must be decided, for a verdict."""


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
    pool = Pool(op, profile, case)
    properties = properties_of(op, order, backends)
    return OpResult(op.name, op.namespace, [check_property(pool, found) for found in properties])


def check_property(pool: Pool, found: Property) -> PropertyResult:
    """What the draws say of one property; a failure is shrunk and diagnosed."""
    start = perf_counter()
    with quiet():
        try:
            result = examined(pool, found)
        except SamplerRaises as error:
            result = PropertyResult(found.name, Verdict.UNDECIDED, message=str(error))
    result.seconds = perf_counter() - start
    return result


def examined(pool: Pool, found: Property) -> PropertyResult:
    """The verdict and what it rests on."""
    outcomes: list[bool] = []
    lane: str | None = None
    try:
        for lane, subject in pool.subjects(found):  # noqa: B007 - the lane of a failure
            outcome = found.check(subject)
            outcomes += [] if outcome is None else [outcome]
    except Failure as raised:
        failure = raised if lane is None else shrunk(pool.op, found, pool.profile, lane, raised)
        return refuted(pool, found, failure, sum(outcomes))
    proven = sum(outcomes)
    if advice := too_little(pool, found, outcomes):
        return PropertyResult(found.name, Verdict.UNDECIDED, proven, message=advice)
    verdict = Verdict.PROVEN if outcomes else Verdict.SKIPPED
    return PropertyResult(found.name, verdict, proven, message=found.remark())


def refuted(pool: Pool, found: Property, failure: Failure, proven: int) -> PropertyResult:
    """The result that a failure is, diagnosed and described; its case is kept where the profile says so."""
    failure.rows += diagnosis(failure)
    failure.block = block(pool.op, found.name, failure)
    if failure.case is not None and pool.profile.kept and pool.only is None:
        keep(pool.profile.kept, failure.case)
    text = failure.case.text if failure.case is not None else None
    return PropertyResult(found.name, Verdict.WRONG, proven, message=failure.block, case=text, failure=failure)


def too_little(pool: Pool, found: Property, outcomes: Iterable[bool]) -> str | None:
    """Why nothing can be said of a property; None where something can."""
    outcomes = list(outcomes)
    accepted = sum(len(pool.lanes.get(lane, ())) for lane in found.lanes)
    refused = pool.refused(found)
    if refused and accepted < FEWEST * (accepted + len(refused)):
        return advice(pool.op, refused, accepted)
    if outcomes and sum(outcomes) < FEWEST * len(outcomes):
        return (
            f"finite differences decided only {sum(outcomes)} of {len(outcomes)} cases: keep draws away from where the "
            "op is not smooth, with a domain, or draw tamer ones with @f.samples"
        )
    return None


def advice(op: Any, refused: list[str], accepted: int) -> str:
    """What to do about an op that refuses nearly every draw."""
    total = accepted + len(refused)
    said = f"the forward accepted {accepted} of {total} draws; the last refusal: {refused[-1].splitlines()[0]}"
    name = undrawable(op)
    what = f"nothing is known about the values of {name}" if name else "its operands must fit together in some way"
    return f"{said}. If {what}, declare it with @{op.short_name}.samples, or give a domain"
