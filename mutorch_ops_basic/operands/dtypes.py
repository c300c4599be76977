"""Questions about the dtype of an operand, and conversions that keep its dtype where they can."""

from __future__ import annotations

from typing import Any

from mutorch_core import Var

__all__ = ["conjugate", "floating", "is_complex", "raw"]


def raw(x: Any) -> Any:
    """What a `Var` holds; anything else as it is."""
    return x.value if isinstance(x, Var) else x


def is_complex(x: Any) -> bool:
    """Whether an array or a number is complex; told by the dtype's name, which all libraries spell alike."""
    return "complex" in str(getattr(x, "dtype", type(x)))


def conjugate(x: Any, xp: Any) -> Any:
    """The complex conjugate; a real x itself, where `xp.conj` may copy it."""
    return xp.conj(x) if is_complex(x) else x


def floating(x: Any, xp: Any) -> Any:
    """An array with room for fractions: integers become the library's default floating-point numbers."""
    return x / 1 if xp.isdtype(x.dtype, "integral") else x
