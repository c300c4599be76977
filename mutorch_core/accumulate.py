"""Fitting cotangents to operands, and adding them up.

A rule returns a cotangent as it falls out of its formula; here it is fitted, once for all ops: summed over
axes that were broadcast, its real part taken for a real operand, cast to the operand's dtype. In a recorded
sweep the same is done by four structural ops, so that it can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from mutorch_core.above import above
from mutorch_core.annotations import Array, Namespace, injected
from mutorch_core.declare import Op, op
from mutorch_core.errors import CotangentError
from mutorch_core.graph import Fields, Node, Var, constant
from mutorch_core.showing import show_array
from mutorch_core.values import Meta, discover, is_number, is_number_type, spaces

__all__ = [
    "STRUCTURAL",
    "accumulate",
    "add",
    "broadcast_to",
    "cast",
    "fit_raw",
    "fit_recorded",
    "is_broadcast",
    "raw_cast",
    "sum_to",
]


@op("core::sum_to")
def sum_to(x: Array, /, shape: tuple[int, ...], *, xp: Namespace = injected) -> Array:
    """Undo broadcasting: sum `x` over the axes along which `shape` was broadcast to its own.

    Shapes: x (...), result `shape`, to which x's shape must be a broadcast. Units: x's.
    Rule:   x̄ = ȳ broadcast to x's shape.
    Raises: ValueError where `shape` does not broadcast to x's shape.
    Source: Array API standard, broadcasting.
    """
    return sum_away(x, tuple(shape), xp)


@sum_to.vjp("x")
def _(g: Any, x: Meta) -> Any:
    return broadcast_to(g, x.shape, getattr(x, "chunks", None))


@op("core::broadcast_to")
def broadcast_to(x: Array, /, shape: tuple[int, ...], chunks: Any = None, *, xp: Namespace = injected) -> Array:
    """Repeat `x` along new and length-1 axes until it has `shape`; in `chunks`, where its library has any.

    Shapes: x broadcastable to `shape`, result `shape`. Units: x's.
    Rule:   x̄ = ȳ summed over the repeated axes.
    Raises: ValueError where the shapes do not broadcast.
    Source: Array API standard, broadcasting.
    """
    if is_number(x):
        x = xp.asarray(x)
    return xp.broadcast_to(x, tuple(shape))


@broadcast_to.forward("dask")
def _(x: Any, shape: tuple[int, ...], chunks: Any, *, xp: Any) -> Any:
    if chunks is None:
        return xp.broadcast_to(x, tuple(shape))
    # Chunk by chunk, for one that is the whole no worker may be able to hold; and by `blockwise`, which Dask fuses
    # into what comes next: tasks of their own would all wait for one another, and the data with them.
    da: Any = import_module("dask.array")
    axes = tuple(range(len(shape)))
    blank = da.empty(tuple(shape), chunks=chunks, dtype=x.dtype)
    return da.blockwise(filling, axes, x, axes[len(shape) - x.ndim :], blank, axes, dtype=x.dtype)


def filling(x: Any, blank: Any) -> Any:
    """A chunk broadcast to the shape of another."""
    return np.broadcast_to(x, blank.shape)


@broadcast_to.vjp("x")
def _(g: Any, x: Meta) -> Any:
    return sum_to(g, x.shape)


@op("core::cast")
def cast(x: Array, /, dtype: Any, *, xp: Namespace = injected) -> Array:
    """Convert `x` to a floating `dtype`, or to a Python number's type; complex to real takes the real part.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ, cast back by the engine.
    Raises: TypeError where a dtype has no room for a gradient.
    Source: Array API standard, `astype`.
    """
    return converted(x, dtype, xp)


@cast.vjp("x")
def _(g: Any) -> Any:
    return g


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
"""The core's own ops: registered like any other, and not to be switched off."""


def sum_away(x: Any, shape: tuple[int, ...], xp: Any) -> Any:
    """`x` summed over the axes along which an array of `shape` was broadcast to x's shape."""
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


def converted(x: Any, dtype: Any, xp: Any) -> Any:
    """`x` as `dtype`: a number type of Python, or a dtype of the library."""
    if is_number_type(dtype):
        number = x if is_number(x) else complex(x) if xp.isdtype(x.dtype, "complex floating") else float(x)
        return number.real if isinstance(number, complex) and dtype is not complex else number
    if is_number(x):
        x = xp.asarray(x)
    if xp.isdtype(x.dtype, "complex floating") and not xp.isdtype(dtype, "complex floating"):
        x = xp.real(x)
    return xp.astype(x, dtype, copy=False)


def fit_raw(cotangent: Any, parent: Node, node: Node, edge: int) -> Any:
    """A raw cotangent, made to fit the operand at the other end of its edge.

    Raises CotangentError where it is None or its shape can't be summed to the operand's, naming op and
    operand.
    """
    if type(cotangent) is np.ndarray and cotangent.dtype is parent.dtype:
        leading = cotangent.ndim - len(parent.shape)
        if leading > 0 and cotangent.shape[leading:] == parent.shape:  # a bias, say: no more need be asked
            return add_reduce(cotangent, tuple(range(leading)))
    elif hasattr(cotangent, "dtype") and cotangent.dtype is parent.dtype and cotangent.shape == parent.shape:
        return cotangent
    return fitted(cotangent, parent, node, edge, raw_sum, raw_cast)


def fit_recorded(cotangent: Any, parent: Node, node: Node, edge: int) -> Any:
    """The same on a `Var`, by structural ops; a raw cotangent becomes a constant."""
    value = constant(cotangent) if is_number(cotangent) or hasattr(cotangent, "dtype") else cotangent
    return fitted(cotangent if type(cotangent) is Var else value, parent, node, edge, sum_to, cast)


add_reduce = np.add.reduce
"""What NumPy's `sum` comes to; bias gradients go through here, and its wrappers cost more than small sums."""


def raw_sum(cotangent: Any, shape: tuple[int, ...]) -> Any:
    """`sum_to` without its wrapping."""
    return sum_away(cotangent, shape, spaces.get(type(cotangent)) or discover(cotangent))


def raw_cast(cotangent: Any, dtype: Any, like: Any = None) -> Any:
    """`cast` without its wrapping; a number becomes an array of the library of `like`."""
    like = cotangent if like is None or is_number(like) else like
    return converted(cotangent, dtype, spaces.get(type(like)) or discover(like))


def fitted(
    cotangent: Any,
    parent: Node,
    node: Node,
    edge: int,
    add_up: Callable[[Any, tuple[int, ...]], Any],
    turn: Callable[[Any, Any], Any],
) -> Any:
    """The shape first, then real part and dtype, each only where they differ."""
    if type(cotangent) is Fields:
        return cotangent
    value = cotangent.value if type(cotangent) is Var else cotangent
    if not is_number(value) and not hasattr(value, "dtype"):
        problem = "None" if value is None else f"a {type(value).__name__}"
        raise CotangentError(refusal(node, edge, f"{problem} instead of a cotangent", parent))
    number = isinstance(parent.dtype, type)
    shape, dtype = () if number else parent.shape, parent.dtype
    own = () if is_number(value) else tuple(value.shape)
    if own != shape:
        shape = tuple(shape)
        if not is_broadcast(shape, own):
            problem = f"a cotangent of shape {own}, which can't be summed to the operand's shape {shape}"
            raise CotangentError(refusal(node, edge, problem, parent))
        cotangent = add_up(cotangent, shape)
    if not number:
        return cotangent if not is_number(value) and value.dtype == dtype else turn(cotangent, dtype)
    real = not isinstance(value, complex) or dtype is complex
    return cotangent if is_number(value) and real else turn(cotangent, dtype)


def is_broadcast(shape: tuple[int, ...], own: tuple[int, ...]) -> bool:
    """Whether an array of `shape` broadcasts to `own`."""
    pairs = zip(reversed(shape), reversed(own), strict=False)
    return len(shape) <= len(own) and all(side in (1, other) for side, other in pairs)


def refusal(node: Node, edge: int, problem: str, parent: Node) -> str:
    """Which rule returned what, and what its operand is."""
    shape = () if isinstance(parent.dtype, type) else parent.shape
    return (
        f"{node.rule.named(node, edge)} returned {problem}; the operand is {show_array(shape, parent.dtype)}, and a "
        "cotangent has its shape or one that it broadcasts to"
    )


def add(first: Any, second: Any) -> Any:
    """The sum of two cotangents of one node, raw or recorded."""
    return accumulate(first, second) if type(first) is Var or type(second) is Var else first + second


above.accumulate = add
