"""`extremes`: far out, and at the ends of a domain, the rule gives the right number where the true cotangent is one."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from mutorch_core.domain import Multiple
from mutorch_core.gradcheck.failures import CotangentIsWrong, NotFinite
from mutorch_core.gradcheck.numerics.comparison import CRUMBS, Claim, Judgement, judge
from mutorch_core.gradcheck.numerics.finite_differences import noise
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.derivatives.first_order import claim_of, demonstrate, show
from mutorch_core.gradcheck.properties.derivatives.kinks import place_of
from mutorch_core.gradcheck.under_test.op_under_test import Subject, pack, unpack

__all__ = ["EXTREMES"]

SMALLEST, LARGEST = 1e-290, 1e300
"""Numbers between these have all their digits."""

SPAN = 1000.0
"""Numbers are compared where no entry is so many times another: in a matrix they would leave nothing of each other."""

FINER = 2.0 ** -np.arange(10, 101, 5)
"""Shares of a step at which those that found something wrong are tried again."""

SURE = 1e-2
"""The part of a number to which differences must know it to bear it out."""

ROUNDINGS = 16
"""A rule may be off by so many times what a few roundings of its operands make of it."""


def check_extremes(subject: Subject) -> bool | None:
    """Property 12 at one case: large and tiny operands."""
    if not subject.differentiable or not subject.finite or subject.point.size == 0:
        return None
    claim = claim_of(subject)
    found = judge(claim, single=True)
    lost = found.wrong & (np.abs(found.truth) < largest(claim)) & ~np.isfinite(claim.rule)
    if lost.any():
        raise not_finite(subject, claim, found, place_of(subject, int(np.argmax(lost))))
    if found.wrong.any() and alike(subject.point) and not on_multiples(subject) and off(subject, claim, found).any():
        raise demonstrate(claim, found, subject, subject.slots, subject.arrays, CotangentIsWrong, "cotangent")
    return True if found.decided.any() else None


def largest(claim: Claim) -> Any:
    """By entry, the change over a step from which on the slope has not all its digits, or the change itself has not."""
    return LARGEST * np.minimum(claim.steps, 1.0)


def alike(point: Any) -> bool:
    """Whether entries are of one magnitude, but for zeros."""
    size = np.abs(point[point != 0])
    return bool(size.max(initial=0.0) <= SPAN * size.min(initial=np.inf))


def on_multiples(subject: Subject) -> bool:
    """Whether an operand is a declared multiple: past 2⁵³ all numbers are whole, and the jumps between out of sight."""
    for kink in subject.op.kinks:
        if isinstance(kink, Multiple):
            unit: Any = subject.case.operands[kink.of] if isinstance(kink.of, str) else kink.of
            ratio: Any = np.real(subject.case.operands[kink.operand]) / np.real(unit)
            if bool((ratio == np.rint(ratio)).any()):
                return True
    return False


def off(subject: Subject, claim: Claim, found: Judgement) -> Any:
    """Where a finite cotangent is wrong by more than rounding; what is too small to have all its digits has no say."""

    def rule(point: Any) -> Any:
        return pack(
            subject.pulled(subject.forward, unpack(point, subject.arrays), tuple(subject.cotangents)), dual=True
        )

    size = np.abs(found.truth)
    known = (size == 0) | ((size > SMALLEST * claim.steps) & (size < largest(claim)))
    slack = found.tolerance + ROUNDINGS * noise(rule, subject.point) * claim.steps
    if subject.point.size > 1:
        slack += CRUMBS * np.abs(claim.cotangent).sum() * (np.abs(pack(subject.values)).max() + claim.steps)
    return found.wrong & known & (np.abs(found.rule - found.truth) > slack) & ~passed_over(subject, claim, found)


def passed_over(subject: Subject, claim: Claim, found: Judgement) -> Any:
    """Where wide steps may have passed over what tiny operands make, such as the middle of a distribution.

    Its width may be a product of theirs. So it is where differences bear the rule out by finer steps, or where nothing
    moves and what the rule says, over a length as tiny as such a product, is rounding.
    """
    still = (found.slopes.left == 0).all(axis=1) & (found.slopes.right == 0).all(axis=1)
    length = np.abs(subject.point[subject.point != 0]).min(initial=np.inf) ** 2
    whole = np.abs(claim.cotangent).sum() * np.abs(pack(subject.values)).max()
    passed = still & (np.abs(found.rule) * length <= CRUMBS * whole * claim.steps)
    for share in FINER:
        if (passed | ~found.wrong).all():
            break
        finer = judge(attrs.evolve(claim, steps=share * claim.steps), single=True)
        sure = (finer.tolerance <= SURE * np.abs(finer.rule)) & ~finer.wrong & finer.decided
        passed |= sure & (np.abs(finer.rule - finer.truth) <= finer.tolerance)
    return passed


def not_finite(subject: Subject, claim: Claim, found: Judgement, place: str) -> NotFinite:
    """The failure that a cotangent is infinite or nan, though there is a number."""
    rule = unpack(claim.rule, subject.arrays, dual=True)
    truth = unpack(found.truth / claim.steps, subject.arrays, dual=True)
    index = [str(slot) for slot in subject.slots].index(place.rpartition("[")[0] or place)
    return NotFinite(
        f"cotangent of {place} is not finite, though the true one is",
        ("rule says", show(rule[index])),
        ("it is", show(truth[index])),
        operand=subject.slots[index].operand,
        case=subject.case,
    )


EXTREMES = Property("extremes", NotFinite, ("extremes",), check_extremes)
