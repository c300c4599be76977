"""What a value in a case may be: questions that keep a type checker's `Any` what it is."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["HALF_PRECISION", "is_array", "is_dtype", "is_floating", "is_scalar", "is_several"]

HALF_PRECISION = ("float16", "bfloat16")
"""Three digits, or two: of the difference of two such numbers none is left, so that nothing can be decided."""


def is_array(value: Any) -> bool:
    """Whether it is a NumPy array."""
    return isinstance(value, np.ndarray)


def is_scalar(value: Any) -> bool:
    """Whether it is a scalar of NumPy's own."""
    return isinstance(value, np.generic)


def is_several(value: Any) -> bool:
    """Whether it is a tuple (a named one, too) or a list."""
    return isinstance(value, (tuple, list))


def is_dtype(value: Any) -> bool:
    """Whether it is a dtype, or a scalar type of NumPy's that stands for one."""
    return isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic))


def is_floating(value: Any) -> bool:
    """Whether a raw value has room for a derivative."""
    return np.asarray(value).dtype.kind in "fc"
