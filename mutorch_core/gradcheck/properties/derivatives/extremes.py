"""`extremes`: far out, and at the ends of a domain, the rule gives the right number where the true cotangent is one."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from mutorch_core.domain import Multiple
from mutorch_core.gradcheck.failures import CotangentIsWrong, NotFinite
from mutorch_core.gradcheck.numerics.comparison import CANCELLATION, Claim, Comparison, compare
from mutorch_core.gradcheck.numerics.finite_differences import rounding_noise
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.derivatives.first_order import claim_failure, claim_of, format_entries
from mutorch_core.gradcheck.properties.derivatives.kinks import entry_name
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest, pack, unpack

__all__ = ["EXTREMES"]

SMALLEST, LARGEST = 1e-290, 1e300
"""Numbers between these have all their digits."""

MAX_RATIO = 1000.0
"""Numbers are compared where no entry is so many times another: in a matrix they would leave nothing of each other."""

STEP_FRACTIONS = 2.0 ** -np.arange(10, 101, 5)
"""Shares of a step at which those that found something wrong are tried again."""

KNOWN_WELL = 1e-2
"""The part of a number to which differences must know it to bear it out."""

ROUNDINGS = 16
"""A rule may be off by so many times what a few roundings of its operands make of it."""


def check_extremes(subject: OpUnderTest) -> bool | None:
    """Property 12 at one case: large and tiny operands."""
    if not subject.differentiable or not subject.finite or subject.point.size == 0:
        return None
    claim = claim_of(subject)
    comparison = compare(claim, single=True)
    lost = comparison.wrong & (np.abs(comparison.truth) < largest_exact_change(claim)) & ~np.isfinite(claim.rule)
    if lost.any():
        raise not_finite_failure(subject, claim, comparison, entry_name(subject, int(np.argmax(lost))))
    if (
        comparison.wrong.any()
        and of_one_magnitude(subject.point)
        and not on_multiples(subject)
        and exceeds_rounding(subject, claim, comparison).any()
    ):
        raise claim_failure(claim, comparison, subject, subject.slots, subject.arrays, CotangentIsWrong, "cotangent")
    return True if comparison.decided.any() else None


def largest_exact_change(claim: Claim) -> Any:
    """By entry, the change over a step from which on the slope has not all its digits, or the change itself has not."""
    return LARGEST * np.minimum(claim.steps, 1.0)


def of_one_magnitude(point: Any) -> bool:
    """Whether entries are of one magnitude, but for zeros."""
    size = np.abs(point[point != 0])
    return bool(size.max(initial=0.0) <= MAX_RATIO * size.min(initial=np.inf))


def on_multiples(subject: OpUnderTest) -> bool:
    """Whether an operand is a declared multiple: past 2⁵³ all numbers are whole, and the jumps between out of sight."""
    for kink in subject.op.kinks:
        if isinstance(kink, Multiple):
            unit: Any = subject.case.operands[kink.of] if isinstance(kink.of, str) else kink.of
            ratio: Any = np.real(subject.case.operands[kink.operand]) / np.real(unit)
            if bool((ratio == np.rint(ratio)).any()):
                return True
    return False


def exceeds_rounding(subject: OpUnderTest, claim: Claim, comparison: Comparison) -> Any:
    """Where a finite cotangent is wrong by more than rounding; what is too small to have all its digits has no say."""

    def rule(point: Any) -> Any:
        return pack(
            subject.pull_back(subject.forward, unpack(point, subject.arrays), tuple(subject.cotangents)), dual=True
        )

    size = np.abs(comparison.truth)
    known = (size == 0) | ((size > SMALLEST * claim.steps) & (size < largest_exact_change(claim)))
    slack = comparison.tolerance + ROUNDINGS * rounding_noise(rule, subject.point) * claim.steps
    if subject.point.size > 1:
        slack += CANCELLATION * np.abs(claim.cotangent).sum() * (np.abs(pack(subject.values)).max() + claim.steps)
    return (
        comparison.wrong
        & known
        & (np.abs(comparison.rule - comparison.truth) > slack)
        & ~steps_too_wide(subject, claim, comparison)
    )


def steps_too_wide(subject: OpUnderTest, claim: Claim, comparison: Comparison) -> Any:
    """Where wide steps may have passed over what tiny operands make, such as the middle of a distribution.

    Its width may be a product of theirs. So it is where differences bear the rule out by finer steps, or where nothing
    moves and what the rule says, over a length as tiny as such a product, is rounding.
    """
    still = (comparison.slopes.left == 0).all(axis=1) & (comparison.slopes.right == 0).all(axis=1)
    length = np.abs(subject.point[subject.point != 0]).min(initial=np.inf) ** 2
    whole = np.abs(claim.cotangent).sum() * np.abs(pack(subject.values)).max()
    passed = still & (np.abs(comparison.rule) * length <= CANCELLATION * whole * claim.steps)
    for share in STEP_FRACTIONS:
        if (passed | ~comparison.wrong).all():
            break
        finer = compare(attrs.evolve(claim, steps=share * claim.steps), single=True)
        sure = (finer.tolerance <= KNOWN_WELL * np.abs(finer.rule)) & ~finer.wrong & finer.decided
        passed |= sure & (np.abs(finer.rule - finer.truth) <= finer.tolerance)
    return passed


def not_finite_failure(subject: OpUnderTest, claim: Claim, comparison: Comparison, entry: str) -> NotFinite:
    """The failure that a cotangent is infinite or nan, though there is a number."""
    rule = unpack(claim.rule, subject.arrays, dual=True)
    truth = unpack(comparison.truth / claim.steps, subject.arrays, dual=True)
    index = [str(slot) for slot in subject.slots].index(entry.rpartition("[")[0] or entry)
    return NotFinite(
        f"cotangent of {entry} is not finite, though the true one is",
        ("rule says", format_entries(rule[index])),
        ("it is", format_entries(truth[index])),
        operand=subject.slots[index].operand,
        case=subject.case,
    )


EXTREMES = Property("extremes", NotFinite, ("extremes",), check_extremes)
