"""Axes and shapes of operands: normalisation, checks, and the shapes before and after a reduction."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from mutorch_core.authoring import broadcast_to

__all__ = [
    "Axis",
    "axis_key",
    "axis_shape",
    "broadcast_cotangent",
    "default_axis",
    "flatten_axes",
    "normalize_axes",
    "reduced_shape",
    "reduction_length",
    "require_axis",
    "require_matrices",
    "restore_axes",
    "shape_of",
]  # fmt: skip

Axis = int | Sequence[int] | None


def normalize_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return axes as a tuple of numbers from 0; None means all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, Sequence) else (axis,)
    return tuple(each % max(ndim, 1) for each in axes)


def require_axis(x: Any) -> None:
    """Raise ValueError if x is 0-d: NumPy would add an axis, and the result would have it."""
    if not shape_of(x):
        raise ValueError("x is 0-d: it has no axis")


def require_matrices(x: Any) -> None:
    """Raise ValueError if x holds no matrix: NumPy would repeat a vector to make one."""
    if len(shape_of(x)) < 2:
        raise ValueError(f"x has shape {shape_of(x)}: it holds no matrices")


def default_axis(x: Any, axis: int | None) -> int:
    """Return `axis`, by default 0 for a 1-d x. Raises ValueError if x is 0-d, or has several axes and none is named."""
    require_axis(x)
    if axis is None and x.ndim > 1:
        raise ValueError(f"x has {x.ndim} axes: say which one is meant")
    return axis or 0


def reduction_length(x: Any, axis: Axis) -> int:
    """Return the number of entries of x that a reduction over `axis` combines."""
    shape = shape_of(x)
    return prod(shape[each] for each in normalize_axes(axis, len(shape)))


def restore_axes(g: Any, x: Any, axis: Axis, keepdims: bool, xp: Any) -> Any:
    """Restore the axes that a reduction of x over `axis` removed, as axes of length 1."""
    if keepdims or axis is None:  # one number broadcasts to any shape
        return g
    shape = shape_of(x)
    axes = normalize_axes(axis, len(shape))
    return xp.reshape(g, tuple(1 if each in axes else side for each, side in enumerate(shape)))


def flatten_axes(x: Any, axis: Axis, xp: Any) -> Any:
    """Return an array whose last axis is all axes of a reduction, flattened."""
    shape = shape_of(x)
    axes = normalize_axes(axis, len(shape))
    kept = tuple(each for each in range(len(shape)) if each not in axes)
    rows = xp.permute_dims(xp.asarray(x), (*kept, *axes))
    return xp.reshape(rows, (*(shape[each] for each in kept), reduction_length(x, axis)))


def reduced_shape(x: Any, axis: Axis, keepdims: bool) -> tuple[int, ...]:
    """Return the shape of a reduction of x over `axis`."""
    shape = shape_of(x)
    axes = normalize_axes(axis, len(shape))
    return tuple(1 if each in axes else side for each, side in enumerate(shape) if keepdims or each not in axes)


def broadcast_cotangent(g: Any, x: Any, xp: Any) -> Any:
    """Broadcast a cotangent to the shape and chunks of an operand or its `Meta`."""
    chunks = getattr(x, "chunks", None)
    return xp.broadcast_to(g, x.shape) if chunks is None else broadcast_to(g, x.shape, chunks)


def axis_key(axis: int, ndim: int, entry: Any) -> tuple[Any, ...]:
    """Return the key that indexes one axis with `entry` and takes all of the others."""
    return (*(slice(None),) * (axis % ndim), entry, ...)


def axis_shape(axis: int, ndim: int) -> tuple[int, ...]:
    """Return the shape of a 1-d array laid along one axis of `ndim`."""
    return tuple(-1 if each == axis % ndim else 1 for each in range(ndim))


def shape_of(x: Any) -> tuple[int, ...]:
    """Return the shape of an array or its `Meta`; a number's is ()."""
    return tuple(getattr(x, "shape", ()))
