"""Predicates of an operand's dtype, and conversions that keep the dtype if they can."""

from __future__ import annotations

from typing import Any

import numpy as np

from mutorch_core import Var

__all__ = ["conjugate", "is_complex", "require_integer", "to_floating", "unwrap"]


def unwrap(x: Any) -> Any:
    """Return the array of a `Var`, and anything else unchanged."""
    return x.value if isinstance(x, Var) else x


def is_complex(x: Any) -> bool:
    """Return whether an array or number is complex, by its dtype's name, which all libraries spell alike."""
    return "complex" in str(getattr(x, "dtype", type(x)))


def conjugate(x: Any, xp: Any) -> Any:
    """Return the complex conjugate, or a real x itself, which `xp.conj` may copy."""
    return xp.conj(x) if is_complex(x) else x


def require_integer(name: str, value: Any) -> None:
    """Raise TypeError for a number that is no integer: NumPy would cut it to one."""
    if isinstance(value, (float, complex, np.inexact)):
        raise TypeError(f"{name} is {value}; it must be an integer")


def to_floating(x: Any, xp: Any) -> Any:
    """Convert integers to the library's default floating dtype, and return other arrays unchanged."""
    return x / 1 if xp.isdtype(x.dtype, "integral") else x
