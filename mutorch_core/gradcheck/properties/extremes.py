"""`extremes`: where the forward is finite and smooth, and the true cotangent a number, the rule gives a number too."""

from __future__ import annotations

import numpy as np

from mutorch_core.gradcheck.claims import judge
from mutorch_core.gradcheck.failures import NotFinite
from mutorch_core.gradcheck.properties.derivative import claim_of, show
from mutorch_core.gradcheck.properties.kinks import place_of
from mutorch_core.gradcheck.properties.property import Property
from mutorch_core.gradcheck.subject import Subject, unpack

__all__ = ["EXTREMES"]

LARGEST = 1e300


def check_extremes(subject: Subject) -> bool | None:
    """Property 12 at one case: large and tiny operands."""
    if not subject.differentiable or not subject.finite or subject.point.size == 0:
        return None
    claim = claim_of(subject)
    found = judge(claim, single=True)
    representable = np.abs(found.truth) < LARGEST * np.minimum(claim.steps, 1.0)
    lost = found.wrong & representable & ~np.isfinite(claim.rule)
    if lost.any():
        place = place_of(subject, int(np.argmax(lost)))
        rule = unpack(claim.rule, subject.arrays, dual=True)
        truth = unpack(found.truth / claim.steps, subject.arrays, dual=True)
        index = [str(slot) for slot in subject.slots].index(place.rpartition("[")[0] or place)
        raise NotFinite(
            f"cotangent of {place} is not finite, though the true one is",
            ("rule says", show(rule[index])),
            ("it is", show(truth[index])),
            operand=subject.slots[index].operand,
            case=subject.case,
        )
    return True if found.decided.any() else None


EXTREMES = Property("extremes", NotFinite, ("extremes",), check_extremes)
