"""The property `masks`: a cotangent does not depend on the other operands or outputs that take part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from mutorch_core.gradcheck.failures import DependsOnMask
from mutorch_core.gradcheck.properties.base import Property, has_gradient, has_several_slots
from mutorch_core.gradcheck.under_test import OpUnderTest

__all__ = ["MASKS", "equal_up_to_rounding"]


def check_masks(subject: OpUnderTest) -> bool | None:
    """Check `masks` at one case: every subset of the slots, and every output by itself."""
    if not subject.differentiable or not subject.finite:
        return None
    for subset in subsets(len(subject.slots)):
        cotangents = subject.pull_back(
            forward_of_slots(subject, subset), [subject.arrays[i] for i in subset], tuple(subject.cotangents)
        )
        for index, cotangent in zip(subset, cotangents, strict=True):
            require_equal(
                subject,
                index,
                cotangent,
                subject.result[index],
                "where only " + slot_names(subject, subset) + " need one",
            )
    if len(subject.values) > 1:
        check_outputs(subject)
    return True if len(subject.slots) > 1 or len(subject.values) > 1 else None


def subsets(count: int) -> Iterator[tuple[int, ...]]:
    """Yield all proper subsets of up to three slots; of more, each slot alone and all but each."""
    sizes = range(1, count) if count <= 3 else (1, count - 1)
    for size in sizes:
        yield from combinations(range(count), size)


def forward_of_slots(subject: OpUnderTest, subset: Sequence[int]) -> Callable[..., Any]:
    """Return the forward as a function of some slots, with the others constant."""

    def partial(*arrays: Any) -> Any:
        full = list(subject.arrays)
        for index, array in zip(subset, arrays, strict=True):
            full[index] = array
        return subject.forward(*full)

    return partial


def check_outputs(subject: OpUnderTest) -> None:
    """Raise DependsOnMask if one used output differs from zero cotangents for the others."""
    for index, g in enumerate(subject.cotangents):
        alone = subject.pull_back(forward_of_output(subject, index), subject.arrays, g)
        padded = [other if i == index else np.zeros_like(other) for i, other in enumerate(subject.cotangents)]
        for slot_index, (cotangent, expected) in enumerate(zip(alone, subject.rule(padded), strict=True)):
            require_equal(subject, slot_index, cotangent, expected, f"where only output {index} is used")


def forward_of_output(subject: OpUnderTest, index: int) -> Callable[..., Any]:
    """Return one output as a function of all slots."""
    return lambda *arrays: subject.forward(*arrays)[index]


def equal_up_to_rounding(array: Any, expected: Any, terms: float = 0.0) -> bool:
    """Return whether two arrays are equal up to rounding of values and of cancelled `terms`."""
    array, expected = np.asarray(array), np.asarray(expected)
    if array.shape != expected.shape:
        return False
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=terms)
    return bool(np.allclose(array, expected, rtol=1e-12, atol=1e-12 * scale, equal_nan=True))


def slot_names(subject: OpUnderTest, subset: Sequence[int]) -> str:
    """Return the slots' names, joined by "and"."""
    return " and ".join(str(subject.slots[index]) for index in subset)


def require_equal(subject: OpUnderTest, index: int, cotangent: Any, expected: Any, condition: str) -> None:
    """Raise DependsOnMask if two cotangents differ."""
    if not equal_up_to_rounding(cotangent, expected, subject.terms):
        raise DependsOnMask(
            f"cotangent of {subject.slots[index]} is another one {condition}",
            ("rule says", np.array2string(np.asarray(cotangent), separator=", ")),
            ("and else", np.array2string(np.asarray(expected), separator=", ")),
            operand=subject.slots[index].operand,
            case=subject.case,
        )


def has_masks(op: Any) -> bool:
    """Return whether there are subsets to check, of slots or of outputs."""
    return has_several_slots(op) or (len(op.outputs) > 1 and has_gradient(op))


MASKS = Property(
    "masks",
    DependsOnMask,
    ("smooth", "broadcast", "ones", "scalar", "parameters", "complex"),
    check_masks,
    has_masks,
    fraction=0.4,
)
