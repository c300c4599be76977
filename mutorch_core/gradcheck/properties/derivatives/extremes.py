"""The property `extremes`: for large and tiny operands, and at a domain's ends, finite cotangents are right."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from mutorch_core.domain import Multiple
from mutorch_core.gradcheck.failures import CotangentIsWrong, NotFinite
from mutorch_core.gradcheck.numerics import CANCELLATION, Claim, Comparison, compare, rounding_noise
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.derivatives.first_order import claim_failure, claim_of, format_entries
from mutorch_core.gradcheck.properties.derivatives.kinks import entry_name
from mutorch_core.gradcheck.under_test import OpUnderTest, pack, unpack

__all__ = ["EXTREMES"]

SMALLEST, LARGEST = 1e-290, 1e300
"""Numbers between these have all their digits."""

MAX_RATIO = 1000.0
"""Points with a larger ratio of entries are not compared: in a matrix such entries absorb each other."""

STEP_FRACTIONS = 2.0 ** -np.arange(10, 101, 5)
"""Fractions of a step at which a difference is checked again."""

KNOWN_WELL = 1e-2
"""The largest relative tolerance with which differences confirm a number."""

ROUNDINGS = 16
"""The factor on the rounding noise by which a rule may be off."""


def check_extremes(subject: OpUnderTest) -> bool | None:
    """Check `extremes` at one case."""
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
    """Return by entry the largest change over a step for which change and slope have all their digits."""
    return LARGEST * np.minimum(claim.steps, 1.0)


def of_one_magnitude(point: Any) -> bool:
    """Return whether the nonzero entries are of one magnitude."""
    size = np.abs(point[point != 0])
    return bool(size.max(initial=0.0) <= MAX_RATIO * size.min(initial=np.inf))


def on_multiples(subject: OpUnderTest) -> bool:
    """Return whether an operand is a declared multiple. Past 2⁵³ all numbers are, and jumps are invisible."""
    for kink in subject.op.kinks:
        if isinstance(kink, Multiple):
            unit: Any = subject.case.operands[kink.of] if isinstance(kink.of, str) else kink.of
            ratio: Any = np.real(subject.case.operands[kink.operand]) / np.real(unit)
            if bool((ratio == np.rint(ratio)).any()):
                return True
    return False


def exceeds_rounding(subject: OpUnderTest, claim: Claim, comparison: Comparison) -> Any:
    """Return a mask of finite cotangents that are wrong by more than rounding. Denormal values are ignored."""

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
    """Return a mask of entries whose steps may have missed a narrow feature, as of a distribution.

    The feature's width may be a product of tiny operands. The steps were too wide if finer steps confirm the rule, or
    if no value changes and the rule's value, over so small a length, is rounding.
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
    """Return the failure for a cotangent that is infinite or nan while the true one is finite."""
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
