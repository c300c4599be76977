"""What several families need to know of axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from mutorch_core.accumulate import broadcast_to

__all__ = ["Axis", "along", "length", "normalised", "refuse_0d", "refuse_vectors", "restored", "shape_of", "spread"]

Axis = int | Sequence[int] | None


def normalised(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Axes as a tuple of numbers from 0; None means all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, Sequence) else (axis,)
    return tuple(each % max(ndim, 1) for each in axes)


def refuse_0d(x: Any) -> None:
    """Raise ValueError where x has no axis: NumPy would make one up, and the result would have it."""
    if not shape_of(x):
        raise ValueError("x is 0-d: it has no axis")


def refuse_vectors(x: Any) -> None:
    """Raise ValueError where x holds no matrix: NumPy would repeat a vector to make one."""
    if len(shape_of(x)) < 2:
        raise ValueError(f"x has shape {shape_of(x)}: it holds no matrices")


def length(x: Any, axis: Axis) -> int:
    """How many entries of x a reduction over `axis` brings together."""
    shape = shape_of(x)
    return prod(shape[each] for each in normalised(axis, len(shape)))


def restored(g: Any, x: Any, axis: Axis, keepdims: bool, xp: Any) -> Any:
    """What a reduction of x over `axis` returned, with the reduced axes back as axes of length 1."""
    if keepdims or axis is None:  # one number broadcasts to any shape
        return g
    shape = shape_of(x)
    axes = normalised(axis, len(shape))
    return xp.reshape(g, tuple(1 if each in axes else side for each, side in enumerate(shape)))


def spread(g: Any, x: Any, xp: Any) -> Any:
    """A cotangent broadcast to the shape of an operand or its `Meta`, and divided into chunks as that is."""
    chunks = getattr(x, "chunks", None)
    return xp.broadcast_to(g, x.shape) if chunks is None else broadcast_to(g, x.shape, chunks)


def along(axis: int, ndim: int, entry: Any) -> tuple[Any, ...]:
    """The key that indexes one axis and leaves the others alone."""
    return (*(slice(None),) * (axis % ndim), entry, ...)


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array or its `Meta`; a number's is ()."""
    return tuple(getattr(x, "shape", ()))
