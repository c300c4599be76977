"""Preconditions of a check: results that are arrays or numbers, with enough digits for differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from mutorch_core.gradcheck.failures import ReturnsNonsense
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest
from mutorch_core.gradcheck.value_types import HALF_PRECISION, is_array, is_dtype, is_several

__all__ = ["check_result", "half_precision"]


def check_result(subject: OpUnderTest) -> None:
    """Raise ReturnsNonsense if a forward returns no arrays, or not the declared ones."""
    op, returned = subject.op, subject.returned
    if len(op.outputs) > 1:
        expected = f"a named tuple of {', '.join(op.outputs)}"
        fits = isinstance(returned, tuple) and len(subject.fields) == len(op.outputs)
    else:
        expected = "arrays" if op.composite else "an array or a number"
        fits = op.composite or not is_several(returned)
    fits = fits and all(map(is_numeric, subject.fields))
    if fits and lacks_derivative(subject):
        fits, expected = False, "floating-point numbers, which alone its rules can be about"
    if not fits:
        raise ReturnsNonsense(
            f"the forward returns {describe_value(returned)} instead of {expected}", case=subject.case
        )


def is_numeric(value: Any) -> bool:
    """Return whether a value is a number or boolean, or an array of them."""
    return not is_several(value) and np.asarray(value).dtype.kind in "biufc"


def lacks_derivative(subject: OpUnderTest) -> bool:
    """Return whether the op has rules but no floating output, though no other dtype was requested."""
    dtype_requested = any(map(is_dtype, subject.case.parameters.values()))
    return bool(subject.op.rules and subject.slots and subject.fields and not subject.floating and not dtype_requested)


def describe_value(value: Any) -> str:
    """Describe a value in a few words: None, a str, a list of float and str."""
    if is_several(value):
        kinds = sorted({type(item).__name__ for item in value})
        return f"a {type(value).__name__} of {' and '.join(kinds) or 'nothing'}"
    if is_array(value):
        return f"an array of {value.dtype}"
    return "None" if value is None else f"a {type(value).__name__}"


def half_precision(subject: OpUnderTest) -> str | None:
    """Return a description of a half-precision value of a case, `x is float16`, or None."""
    named = [*subject.case.operands.items(), *(("the result", field) for field in subject.fields)]
    for name, value in named:
        for item in value if is_several(value) else (value,):
            dtype = getattr(item, "dtype", None)
            if getattr(dtype, "itemsize", 0) == 2 and str(dtype) in HALF_PRECISION:
                return f"{name} is {dtype}"
    return None
