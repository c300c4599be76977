"""The core's four ops: `sum_to`, `broadcast_to`, `cast` and `accumulate`.

A recorded backward pass uses them to reduce and add cotangents, so that it can be differentiated again. They are
registered and checked like any other op, and cannot be disabled.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from mutorch_core.arrays.meta import Meta
from mutorch_core.arrays.namespaces import is_number, is_number_type
from mutorch_core.arrays.values import zeros_of
from mutorch_core.declaration.annotations import Array, Namespace, injected
from mutorch_core.declaration.op import Op, op
from mutorch_core.graph.var import Var, unwrap

__all__ = [
    "STRUCTURAL",
    "accumulate",
    "array_of_number",
    "broadcast_to",
    "cast",
    "convert",
    "is_broadcast",
    "reduce_to",
    "sum_to",
]

add_reduce = np.add.reduce
"""NumPy's `sum` without its wrappers, which cost more than small sums. Bias gradients use it."""


@op("core::sum_to")
def sum_to(x: Array, /, shape: tuple[int, ...], *, xp: Namespace = injected) -> Array:
    """Undo broadcasting: sum `x` over the axes along which `shape` was broadcast to its own.

    Shapes: x (...), result `shape`, to which x's shape must be a broadcast. Units: x's.
    Rule:   x̄ = ȳ broadcast to x's shape.
    Raises: ValueError if `shape` does not broadcast to x's shape.
    Source: Array API standard, broadcasting.
    """
    return reduce_to(x, tuple(shape), xp)


@sum_to.vjp("x")
def _(g: Any, x: Meta) -> Any:
    return broadcast_to(g, x.shape, getattr(x, "chunks", None))


@op("core::broadcast_to")
def broadcast_to(x: Array, /, shape: tuple[int, ...], chunks: Any = None, *, xp: Namespace = injected) -> Array:
    """Repeat `x` along new and length-1 axes until it has `shape`; in `chunks`, if its library has chunks.

    Shapes: x broadcastable to `shape`, result `shape`. Units: x's.
    Rule:   x̄ = ȳ summed over the repeated axes.
    Raises: ValueError if the shapes do not broadcast.
    Source: Array API standard, broadcasting.
    """
    if is_number(x):
        x = xp.asarray(x)
    return xp.broadcast_to(x, tuple(shape))


@broadcast_to.forward("dask")
def _(x: Any, shape: tuple[int, ...], chunks: Any, *, xp: Any) -> Any:
    if chunks is None:
        return xp.broadcast_to(x, tuple(shape))
    # Chunk by chunk, since no worker may be able to hold the whole. `blockwise`, since Dask fuses it into the next
    # tasks; separate tasks would wait for one another and keep the data alive.
    da: Any = import_module("dask.array")
    axes = tuple(range(len(shape)))
    blank = da.empty(tuple(shape), chunks=chunks, dtype=x.dtype)
    return da.blockwise(broadcast_chunk, axes, x, axes[len(shape) - x.ndim :], blank, axes, dtype=x.dtype)


def broadcast_chunk(x: Any, blank: Any) -> Any:
    """Broadcast one chunk to the shape of another."""
    return np.broadcast_to(x, blank.shape)


@broadcast_to.vjp("x")
def _(g: Any, x: Meta) -> Any:
    return sum_to(g, x.shape)


@op("core::cast")
def cast(x: Array, /, dtype: Any, *, xp: Namespace = injected) -> Array:
    """Convert `x` to a floating `dtype`, or to a Python number's type; complex to real takes the real part.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ, cast back by the engine.
    Raises: TypeError if a dtype cannot represent a gradient.
    Source: Array API standard, `astype`.
    """
    return convert(x, dtype, xp)


@cast.vjp("x")
def _(g: Any, x: Meta) -> Any:
    return array_of_number(g, x) if x.space is not None and is_number(unwrap(g)) else g


@op("core::accumulate", symbol="+")
def accumulate(x1: Array, x2: Array, /) -> Array:
    """Add two cotangents of one node.

    Shapes: x1 and x2 alike, and the result. Units: theirs.
    Rule:   x̄₁ = x̄₂ = ȳ.
    Raises: nothing.
    Source: the multivariate chain rule.
    """
    return x1 + x2


@accumulate.vjp("x1")
def _(g: Any) -> Any:
    return g


@accumulate.vjp("x2")
def _(g: Any) -> Any:
    return g


STRUCTURAL: tuple[Op[Any, Any], ...] = (sum_to, broadcast_to, cast, accumulate)
"""All of them."""


def reduce_to(x: Any, shape: tuple[int, ...], xp: Any) -> Any:
    """Sum `x` over the axes along which an array of `shape` was broadcast to x's shape."""
    own = () if is_number(x) else tuple(x.shape)
    if own == shape:
        return x
    if not is_broadcast(shape, own):
        raise ValueError(f"{shape} does not broadcast to {own}")
    leading = len(own) - len(shape)
    axes = tuple(range(leading))
    if own[leading:] == shape:
        return add_reduce(x, axes) if type(x) is np.ndarray else xp.sum(x, axis=axes, dtype=x.dtype)
    axes += tuple(axis for axis in range(leading, len(own)) if shape[axis - leading] == 1 != own[axis])
    return xp.reshape(xp.sum(x, axis=axes, dtype=x.dtype, keepdims=True), shape)


def convert(x: Any, dtype: Any, xp: Any) -> Any:
    """Convert `x` to `dtype`: a Python number type, or a dtype of the library."""
    if is_number_type(dtype):
        number = x if is_number(x) else complex(x) if xp.isdtype(x.dtype, "complex floating") else float(x)
        if dtype is complex:
            return complex(number)
        return number.real if isinstance(number, complex) else number
    if is_number(x):
        x = xp.asarray(x)
    if xp.isdtype(x.dtype, "complex floating") and not xp.isdtype(dtype, "complex floating"):
        x = xp.real(x)
    return xp.astype(x, dtype, copy=False)


def array_of_number(number: Any, like: Meta) -> Any:
    """Return a number, raw or recorded, as an array without axes, of a described library, device and dtype.

    A recorded number is added to a zero, since the result of an op that has no other operand would be a number again.
    """
    if not like.space.isdtype(like.dtype, "complex floating"):
        number = cast(number, float)
    if type(number) is Var:
        return accumulate(zeros_of(like), number)
    return like.space.asarray(number, dtype=like.dtype, device=like.device)


def is_broadcast(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Return whether an array of `shape` broadcasts to `target`."""
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(side in (1, other) for side, other in pairs)
