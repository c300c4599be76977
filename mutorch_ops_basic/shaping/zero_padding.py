"""Zeros put around an array along an axis, or entries cut off."""

from __future__ import annotations

from typing import Any

from mutorch_ops_basic.operands.axes import axis_key

__all__ = ["pad_or_cut", "resize"]


def resize(x: Any, axis: int, side: int, xp: Any) -> Any:
    """Return the first `side` entries along an axis, followed by zeros if there are fewer."""
    return pad_or_cut(x, axis, 0, side - x.shape[axis], xp)


def pad_or_cut(x: Any, axis: int, before: int, after: int, xp: Any) -> Any:
    """Add `before` and `after` zeros around x along an axis; a negative number cuts entries off."""
    if before < 0 or after < 0:
        x = x[axis_key(axis, x.ndim, slice(max(0, -before), x.shape[axis] + min(0, after)))]
    parts = [zeros(x, axis, before, xp), x, zeros(x, axis, after, xp)]
    return x if before <= 0 and after <= 0 else xp.concat([part for part in parts if part is not None], axis=axis)


def zeros(x: Any, axis: int, side: int, xp: Any) -> Any:
    """Return `side` zeros along an axis in the shape and dtype of x, or None if `side` is not positive."""
    if side <= 0:
        return None
    shape = list(x.shape)
    shape[axis] = side
    return xp.zeros(tuple(shape), dtype=x.dtype, device=getattr(x, "device", None))  # tracers of JAX have none
