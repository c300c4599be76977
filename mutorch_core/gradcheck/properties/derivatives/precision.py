"""The property `precision`: in single precision the rule returns the same to three digits."""

from __future__ import annotations

import attrs
import numpy as np

from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.failures import LosesPrecision
from mutorch_core.gradcheck.numerics import compare
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.derivatives.first_order import claim_of, format_entries
from mutorch_core.gradcheck.under_test import OpUnderTest

__all__ = ["PRECISION"]

SINGLE = {"f": np.float32, "c": np.complex64}
DIGITS = 1e-3


def check_precision(subject: OpUnderTest) -> bool | None:
    """Check `precision` at one case. Lattice points are exact in single precision too."""
    if not subject.differentiable or not subject.finite:
        return None
    narrow = [array.astype(SINGLE[array.dtype.kind]) for array in subject.arrays]
    cotangents = tuple(None if g is None else g.astype(SINGLE[g.dtype.kind]) for g in subject.case.cotangents)
    try:
        single = OpUnderTest(attrs.evolve(subject.case, operands=subject.operands(narrow), cotangents=cotangents))
    except OperandError:  # a forward may refuse single precision
        return None
    if not single.finite or [value.shape for value in single.values] != [value.shape for value in subject.values]:
        return None
    sources = 1 + max((np.abs(g).max(initial=0.0) for g in subject.cotangents), default=0.0)
    for slot, cotangent, expected in zip(subject.slots, single.result, subject.result, strict=True):
        usual = np.abs(np.asarray(expected)).max(initial=0.0)
        if np.isfinite(usual) and not np.all(
            np.abs(np.asarray(cotangent) - expected) <= DIGITS * usual + 1e-6 * sources
        ):
            if not compare(claim_of(subject)).decided.all():  # no derivative exists, as at a double eigenvalue
                return None
            raise LosesPrecision(
                f"cotangent of {slot} is another one in single precision",
                ("rule says", f"{format_entries(np.asarray(cotangent, dtype=np.asarray(expected).dtype))} in single"),
                ("and", f"{format_entries(np.asarray(expected))} in double"),
                operand=slot.operand,
                case=subject.case,
            )
    return True


PRECISION = Property("precision", LosesPrecision, ("smooth", "parameters", "complex"), check_precision, fraction=0.4)
