"""The property `shapes`: each cotangent has its operand's shape, dtype and precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from mutorch_core.gradcheck.failures import WrongShapeOrDtype
from mutorch_core.gradcheck.numerics import CANCELLATION
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.under_test import OpUnderTest, Slot

__all__ = ["SHAPES"]


def check_shapes(subject: OpUnderTest) -> bool | None:
    """Check `shapes` at one case, in double and in single precision."""
    if not subject.differentiable:
        return None
    cotangents = require_same_type(
        subject, subject.arrays, subject.rule([dense_cotangent(g) for g in subject.cotangents])
    )
    for slot, array, cotangent in zip(subject.slots, subject.arrays, cotangents, strict=True):
        require_full_precision(subject, slot, array, cotangent)
    check_single(subject)
    return True


def dense_cotangent(g: Any) -> Any:
    """Scale a cotangent so that its entries and their sums use all digits; even spacing would cancel in sums."""
    factors = np.geomspace(1 + np.pi / 16, 2, g.size, endpoint=False)
    return g * factors.reshape(g.shape)


def require_same_type(subject: OpUnderTest, arrays: list[Any], cotangents: list[Any]) -> list[Any]:
    """Return the cotangents as arrays. Raises WrongShapeOrDtype if one differs from its operand."""
    for slot, array, cotangent in zip(subject.slots, arrays, cotangents, strict=True):
        shape, dtype = np.shape(cotangent), str(getattr(cotangent, "dtype", type(cotangent).__name__))
        if shape != array.shape or dtype != str(array.dtype):
            raise WrongShapeOrDtype(
                f"cotangent of {slot} has another shape or dtype",
                ("rule says", f"{dtype}{list(shape)}"),
                ("operand", f"{array.dtype}{list(array.shape)}"),
                operand=slot.operand,
                case=subject.case,
            )
    return list(map(np.asarray, cotangents))


def require_full_precision(subject: OpUnderTest, slot: Slot, array: Any, cotangent: Any) -> None:
    """Raise WrongShapeOrDtype if a double-precision cotangent was computed in single precision.

    The engine casts what a rule returns, so the dtype does not show it. It shows if no entry of several has any of its
    last 29 bits. Small remainders of cancelled terms are ignored: they have few digits in any precision.
    """
    parts = (
        np.concatenate([cotangent.real.ravel(), cotangent.imag.ravel()])
        if cotangent.dtype.kind == "c"
        else cotangent.ravel()
    )
    parts = parts[np.isfinite(parts) & (np.abs(parts) > CANCELLATION * subject.terms)]
    wide = array.dtype in (np.float64, np.complex128)
    if wide and parts.size and bool((parts == parts.astype(np.float32)).all()):
        raise WrongShapeOrDtype(
            f"cotangent of {slot} is computed in less than its operand's precision",
            ("rule says", "numbers of single precision"),
            ("operand", str(array.dtype)),
            operand=slot.operand,
            case=subject.case,
        )


def check_single(subject: OpUnderTest) -> None:
    """Check shape and dtype in single precision, if the forward accepts it."""
    narrow = [array.astype(np.complex64 if array.dtype.kind == "c" else np.float32) for array in subject.arrays]
    try:
        values = list(map(np.asarray, subject.forward(*narrow)))
    except Exception:  # a forward may refuse single precision
        return
    if any(
        value.shape != double.shape or value.dtype.kind not in "fc"
        for value, double in zip(values, subject.values, strict=True)
    ):
        return
    cotangents = tuple(g.astype(value.dtype) for g, value in zip(subject.cotangents, values, strict=True))
    require_same_type(subject, narrow, subject.pull_back(subject.forward, narrow, cotangents))


SHAPES = Property(
    "shapes",
    WrongShapeOrDtype,
    ("smooth", "broadcast", "ones", "scalar", "empty", "parameters", "complex", "edges"),
    check_shapes,
    fraction=0.5,
)
