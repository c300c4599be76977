"""The property `repeat`: for one array in two slots, f(x, x), the cotangent is the sum of both slots'."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from mutorch_core.gradcheck.failures import RepeatIsWrong
from mutorch_core.gradcheck.numerics import inside
from mutorch_core.gradcheck.properties.base import Property, has_several_slots
from mutorch_core.gradcheck.properties.conduct.masks import equal_up_to_rounding
from mutorch_core.gradcheck.under_test import OpUnderTest

__all__ = ["REPEAT"]


def check_repeat(subject: OpUnderTest) -> bool | None:
    """Check `repeat` at one case; None if no two slots accept the same array."""
    if not subject.differentiable:
        return None
    checked = [check_pair(subject, i, j) for i, j in combinations(range(len(subject.slots)), 2)]
    return True if any(checked) else None


def check_pair(subject: OpUnderTest, first: int, second: int) -> bool:
    """Return whether two slots accept one array. Raises RepeatIsWrong if its cotangent is not the sum."""
    shared, replaced = subject.arrays[first], subject.arrays[second]
    if shared.shape != replaced.shape or shared.dtype != replaced.dtype:
        return False
    if not inside(shared, subject.op.domain.get(subject.slots[second].operand)).all():
        return False
    separate = list(subject.arrays)
    separate[second] = shared.copy()
    values = list(map(np.asarray, subject.forward(*separate)))
    if [value.shape for value in values] != [g.shape for g in subject.cotangents]:
        return False

    def together(x: Any) -> Any:
        arrays = list(separate)
        arrays[first] = arrays[second] = x
        return subject.forward(*arrays)

    cotangents = tuple(subject.cotangents)
    (cotangent,) = subject.pull_back(together, [shared], cotangents)
    pulled = subject.pull_back(subject.forward, separate, cotangents)
    parts: Any = np.array([pulled[first], pulled[second]])
    expected, size = parts.sum(axis=0), np.abs(parts)
    if not equal_up_to_rounding(cotangent, expected, size[np.isfinite(size)].max(initial=subject.terms)):
        raise RepeatIsWrong(
            f"one array as {subject.slots[first]} and {subject.slots[second]} does not get the sum of both cotangents",
            ("rule says", np.array2string(np.asarray(cotangent), separator=", ")),
            ("the sum is", np.array2string(expected, separator=", ")),
            case=subject.case,
        )
    return True


REPEAT = Property(
    "repeat",
    RepeatIsWrong,
    ("smooth", "ones", "scalar", "parameters", "complex"),
    check_repeat,
    has_several_slots,
    fraction=0.4,
)
