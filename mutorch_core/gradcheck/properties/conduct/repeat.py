"""`repeat`: one array in two places, f(x, x), gets the sum of what f(x, copy of x) gives to both."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from mutorch_core.gradcheck.failures import RepeatIsWrong
from mutorch_core.gradcheck.numerics.step_bounds import inside
from mutorch_core.gradcheck.properties.base import Property, has_several_slots
from mutorch_core.gradcheck.properties.conduct.masks import equal_up_to_rounding
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest

__all__ = ["REPEAT"]


def check_repeat(subject: OpUnderTest) -> bool | None:
    """Property 9 at one case; None where no two places take the same array."""
    if not subject.differentiable:
        return None
    done = [check_pair(subject, i, j) for i, j in combinations(range(len(subject.slots)), 2)]
    return True if any(done) else None


def check_pair(subject: OpUnderTest, first: int, second: int) -> bool:
    """Whether two places could be given one array. Raises RepeatIsWrong where they then don't get the sum."""
    shared, other = subject.arrays[first], subject.arrays[second]
    if shared.shape != other.shape or shared.dtype != other.dtype:
        return False
    if not inside(shared, subject.op.domain.get(subject.slots[second].operand)).all():
        return False
    apart = list(subject.arrays)
    apart[second] = shared.copy()
    values = list(map(np.asarray, subject.forward(*apart)))
    if [value.shape for value in values] != [g.shape for g in subject.cotangents]:
        return False

    def together(x: Any) -> Any:
        arrays = list(apart)
        arrays[first] = arrays[second] = x
        return subject.forward(*arrays)

    cotangents = tuple(subject.cotangents)
    (found,) = subject.pulled(together, [shared], cotangents)
    pulled = subject.pulled(subject.forward, apart, cotangents)
    parts: Any = np.array([pulled[first], pulled[second]])
    wanted, size = parts.sum(axis=0), np.abs(parts)
    if not equal_up_to_rounding(found, wanted, size[np.isfinite(size)].max(initial=subject.terms)):
        raise RepeatIsWrong(
            f"one array as {subject.slots[first]} and {subject.slots[second]} does not get the sum of both cotangents",
            ("rule says", np.array2string(np.asarray(found), separator=", ")),
            ("the sum is", np.array2string(wanted, separator=", ")),
            case=subject.case,
        )
    return True


REPEAT = Property(
    "repeat",
    RepeatIsWrong,
    ("smooth", "ones", "scalar", "parameters", "complex"),
    check_repeat,
    has_several_slots,
    share=0.4,
)
