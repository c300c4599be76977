"""The properties `value`, `broadcast` and `parameters`: the rule against finite differences."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from mutorch_core.gradcheck.failures import BroadcastIsWrong, CotangentIsWrong, Failure, ParameterIsWrong
from mutorch_core.gradcheck.numerics import MAX_SINGLE_DIRECTIONS, Claim, Comparison, compare, slopes
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.under_test import OpUnderTest, Slot, pack, unpack

__all__ = [
    "BROADCAST",
    "PARAMETERS",
    "VALUE",
    "Evidence",
    "check_claim",
    "check_derivative",
    "claim_failure",
    "claim_of",
    "is_complex_function",
]

MAX_SHOWN = 64
"""The largest number of entries of a cotangent that a failure shows."""


@attrs.frozen
class Evidence:
    """The rule's cotangents, the true ones and their errors: one array per slot each."""

    slots: list[Slot]
    rule: list[Any]
    truth: list[Any]
    error: list[Any]


def claim_of(subject: OpUnderTest) -> Claim:
    """Return the claim of an op's rule at a case."""
    return Claim(
        subject.packed_forward,
        subject.point,
        subject.steps,
        pack(subject.cotangents, dual=True),
        pack(subject.result, dual=True),
    )


def check_derivative(subject: OpUnderTest, failure: type[Failure]) -> bool | None:
    """Compare the rule with finite differences at one case, and raise `failure` if it is wrong."""
    if not subject.differentiable or not subject.finite:
        return None
    if subject.point.size == 0:
        return len(subject.result) == len(subject.slots)  # no entries to compare, but the rule must not raise
    try:
        return check_claim(claim_of(subject), subject, subject.slots, subject.arrays, failure)
    except failure:
        if is_complex_function(subject):
            raise
        return None


def is_complex_function(subject: OpUnderTest) -> bool:
    """Return whether a forward is meant for complex operands, if it has any.

    NumPy orders complex numbers, so a formula for real ones that compares or takes a remainder may accept them
    silently, and return no function of a complex variable. A function that is meant for them is analytic, is analytic
    after a conjugation, or returns real numbers.
    """
    if all(array.dtype.kind != "c" for array in subject.arrays) or any(v.dtype.kind != "c" for v in subject.values):
        return True
    return all(map(is_analytic, [subject] * len(subject.arrays), range(len(subject.arrays))))


def is_analytic(subject: OpUnderTest, index: int) -> bool:
    """Return whether the forward is an analytic function of one of its arrays, or of its conjugate."""
    real = [np.zeros_like(array) for array in subject.arrays]
    real[index] = np.full_like(subject.arrays[index], 2.0**-12)
    if real[index].dtype.kind != "c":
        return True
    estimates = slopes(
        subject.packed_forward, subject.point, np.array([pack(real), pack([1j * array for array in real])])
    )
    along_real, along_imaginary = (pack_complex(row, subject.values) for row in estimates.central)
    return nearly_equal(along_imaginary, 1j * along_real) or nearly_equal(along_imaginary, -1j * along_real)


def pack_complex(row: Any, like: list[Any]) -> Any:
    """Return a packed row of outputs as one complex vector."""
    return np.concatenate([array.ravel() for array in unpack(row, like)])


def nearly_equal(a: Any, b: Any) -> bool:
    """Return whether two vectors are equal to within the accuracy of finite differences."""
    return bool(np.abs(a - b).max(initial=0.0) <= 1e-6 * np.abs(b).max(initial=0.0))


def check_claim(
    claim: Claim,
    subject: OpUnderTest,
    slots: list[Slot],
    arrays: list[Any],
    failure: type[Failure],
    description: str = "cotangent",
) -> bool:
    """Return True if differences confirm a claim, False if they can't decide. Raises `failure` if they refute it."""
    comparison = compare(claim)
    if comparison.wrong.any():
        raise claim_failure(claim, comparison, subject, slots, arrays, failure, description)
    return bool(comparison.decided.any())


def claim_failure(
    claim: Claim,
    comparison: Comparison,
    subject: OpUnderTest,
    slots: list[Slot],
    arrays: list[Any],
    failure: type[Failure],
    description: str,
) -> Failure:
    """Return the failure that shows a wrong claim, entry by entry if there are few entries."""
    if claim.point.size > MAX_SHOWN:
        worst = comparison.worst
        return failure(
            f"{description} is wrong in at least one of {claim.point.size} entries",
            ("rule says", f"{comparison.rule[worst]:.10g} along a random direction"),
            ("it is", f"{comparison.truth[worst]:.10g} ± {comparison.tolerance[worst]:.0e}"),
            case=subject.case,
        )
    if claim.point.size > MAX_SINGLE_DIRECTIONS or len(comparison.rule) != claim.point.size:
        comparison = compare(claim, single=True)
    evidence = Evidence(
        slots,
        unpack(claim.rule, arrays, dual=True),
        unpack(comparison.truth / claim.steps, arrays, dual=True),
        [
            np.abs(error)
            for error in unpack(np.where(comparison.decided, comparison.tolerance, np.inf) / claim.steps, arrays)
        ],
    )
    off = [
        not np.all(np.abs(r - t) <= e) for r, t, e in zip(evidence.rule, evidence.truth, evidence.error, strict=True)
    ]
    index = off.index(True) if True in off else 0
    return failure(
        f"{description} of {slots[index]} is wrong",
        ("rule says", format_entries(evidence.rule[index])),
        ("it is", format_entries(evidence.truth[index], evidence.error[index])),
        operand=slots[index].operand,
        evidence=evidence,
        case=subject.case,
    )


def format_entries(array: Any, error: Any = None) -> str:
    """Return an array on one line, with errors: `[0.5 ± 3e-13, 0]`; an unknown entry as `?`."""
    if array.ndim:
        parts = [format_entries(item, None if error is None else error[i]) for i, item in enumerate(array)]
        return f"[{', '.join(parts)}]"
    if error is not None and not np.isfinite(error):
        return "?"
    text = f"{array[()]:.10g}"
    return text if error is None or error <= 1e-9 * abs(array) else f"{text} ± {error:.0e}"


def check_value(subject: OpUnderTest) -> bool | None:
    return check_derivative(subject, CotangentIsWrong)


def check_broadcast(subject: OpUnderTest) -> bool | None:
    shapes = {array.shape for array in subject.arrays}
    special = len(shapes) > 1 or any(not shape or min(shape) < 2 for shape in shapes)
    return check_derivative(subject, BroadcastIsWrong) if special else None


def check_parameters(subject: OpUnderTest) -> bool | None:
    return check_derivative(subject, ParameterIsWrong) if subject.case.parameters else None


VALUE = Property("value", CotangentIsWrong, ("smooth", "complex", "large", "wide"), check_value)
BROADCAST = Property("broadcast", BroadcastIsWrong, ("broadcast", "ones", "scalar", "empty"), check_broadcast)
PARAMETERS = Property(
    "parameters", ParameterIsWrong, ("parameters",), check_parameters, applies=lambda op: bool(op.parameters)
)
