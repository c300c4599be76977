"""Predicates on the types of values in a case. Unlike `isinstance`, they keep `Any` for the type checker."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["HALF_PRECISION", "is_array", "is_dtype", "is_floating", "is_scalar", "is_several"]

HALF_PRECISION = ("float16", "bfloat16")
"""Dtypes of two or three digits: a difference of two such numbers has none left, so nothing is decided."""


def is_array(value: Any) -> bool:
    """Return whether a value is a NumPy array."""
    return isinstance(value, np.ndarray)


def is_scalar(value: Any) -> bool:
    """Return whether a value is a NumPy scalar."""
    return isinstance(value, np.generic)


def is_several(value: Any) -> bool:
    """Return whether a value is a list or a tuple, which includes named tuples."""
    return isinstance(value, (tuple, list))


def is_dtype(value: Any) -> bool:
    """Return whether a value is a dtype, or a NumPy scalar type."""
    return isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic))


def is_floating(value: Any) -> bool:
    """Return whether a raw value is floating-point, real or complex."""
    return np.asarray(value).dtype.kind in "fc"
