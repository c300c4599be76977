"""Padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import device_of, is_number, namespace_of
from mutorch_core.domain import Tie
from mutorch_ops_basic.indexing.keyed_access import kind_rank, setitem, take
from mutorch_ops_basic.operands.axes import axis_key
from mutorch_ops_basic.operands.dtypes import unwrap
from mutorch_ops_basic.shaping.numpy_shapes import copy

__all__ = ["pad"]

Mode = Literal[
    "constant", "edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "mean", "median", "minimum"
]
Widths = int | Sequence[int] | Sequence[Sequence[int]]


@op("basic::pad", composite=True, kinks=(Tie("x"),))
def pad(
    x: Array,
    pad_width: Widths,
    /,
    *,
    mode: Mode = "constant",
    constant_values: Any = 0,
    end_values: Any = 0,
    xp: Namespace = injected,
) -> Array:
    """The array x in a border, (before, after) along each axis, or one pair or number for all.

    "constant" puts `constant_values` there, "edge" the outermost entries; "reflect" what lies inside of these,
    mirrored, "symmetric" with these themselves; "wrap" what lies at the other end; "linear_ramp" steps from these
    to `end_values`; "maximum", "mean", "median" and "minimum" put those of each line there. Values go by axis and
    side as widths do. Axes come one after the other, so that corners are a border of the border.

    Shapes: x (n1, n2, …), result (before + n1 + after, …). Units: x's.
    Rule:   ȳ without the border, and the border's where its entries came from.
    At kinks: of equal largest or smallest entries of a line each gets an even share.
    Raises: OperandError where a width is negative, a mode unknown, or there is nothing to fill a border with.
    Source: `numpy.pad`.
    """
    x = xp.asarray(x) if is_number(x) else x
    widths = pairs(pad_width, x.ndim)
    if any(width < 0 for pair in widths for width in pair):
        raise ValueError(f"pad_width is {pad_width}: widths can't be negative")
    if mode == "constant":
        return frame_constants(x, widths, pairs(constant_values, x.ndim))
    if mode not in PLACES + STATISTICS:
        raise ValueError(f"mode is {mode!r}; it must be one of constant, {', '.join(PLACES + STATISTICS)}")
    if mode in AVERAGES and not kind_rank(str(x.dtype)):
        raise TypeError(f"mode {mode!r} has fractions, which an array of {x.dtype} can't hold")
    ends, padded = pairs(end_values, x.ndim), x
    for axis, (pair, end) in enumerate(zip(widths, ends, strict=True)):
        if any(pair) and not padded.shape[axis]:
            raise ValueError(f"axis {axis} has no entry to fill a border with")
        if any(pair):
            padded = extend_axis(padded, axis, pair, mode, end, xp)
    return copy(x) if padded is x else padded


PLACES = ("edge", "reflect", "symmetric", "wrap")
"""The modes whose border repeats entries of x."""

AVERAGES = ("linear_ramp", "mean", "median")
STATISTICS = (*AVERAGES, "maximum", "minimum")


def pairs(values: Any, ndim: int) -> list[list[Any]]:
    """Return a pair for each axis, from a number, one pair, or a pair per axis."""
    return np.broadcast_to(np.asarray(values), (ndim, 2)).tolist()


def frame_constants(x: Any, widths: list[list[int]], values: list[list[Any]]) -> Any:
    """Frame x with constants, by one assignment of x, which is all that can carry a gradient."""
    shape = tuple(before + side + after for side, (before, after) in zip(x.shape, widths, strict=True))
    flat = [value for pair in values for value in pair]
    frame = namespace_of(unwrap(x)).full(shape, flat[0] if flat else 0, dtype=x.dtype, device=device_of(x))
    if any(value != flat[0] for value in flat):
        for axis, ((before, after), (first, last)) in enumerate(zip(widths, values, strict=True)):
            frame = setitem(frame, axis_key(axis, x.ndim, slice(0, before)), first)
            frame = setitem(frame, axis_key(axis, x.ndim, slice(shape[axis] - after, None)), last)
    inside = tuple(slice(before, before + side) for side, (before, _) in zip(x.shape, widths, strict=True))
    return setitem(frame, inside, x)


def extend_axis(x: Any, axis: int, pair: list[int], mode: str, end: list[Any], xp: Any) -> Any:
    """Return x with a border along one axis, made of entries of x."""
    side = x.shape[axis]
    if mode in PLACES:  # padded indices name the source of each border entry
        origin = np.pad(np.arange(side), pair, mode=mode)
        return take(x, xp.asarray(origin, device=device_of(x)), axis=axis)
    if mode == "linear_ramp":
        edges = [x[axis_key(axis, x.ndim, slice(position, position + 1))] for position in (0, side - 1)]
        before, after = (
            ramp(edge, axis, width, value, xp) for edge, width, value in zip(edges, pair, end, strict=True)
        )
        return xp.concat([before, x, xp.flip(after, axis=axis)], axis=axis)
    line = statistic(x, axis, mode, xp)
    before, after = (xp.broadcast_to(line, (*x.shape[:axis], width, *x.shape[axis + 1 :])) for width in pair)
    return xp.concat([before, x, after], axis=axis)


def ramp(edge: Any, axis: int, width: int, end: Any, xp: Any) -> Any:
    """Return `width` steps from `end` up to just before `edge`."""
    shares = np.arange(width) / max(width, 1)
    shares = shares.reshape([width if each == axis else 1 for each in range(edge.ndim)])
    share = xp.asarray(shares, dtype=edge.dtype, device=device_of(edge))
    return end * (1 - share) + edge * share


def statistic(x: Any, axis: int, mode: str, xp: Any) -> Any:
    """Return the statistic of each line along an axis, as an axis of length 1."""
    if mode == "median":
        ordered, side = xp.sort(x, axis=axis), x.shape[axis]
        low, high = (
            ordered[axis_key(axis, x.ndim, slice(position, position + 1))] for position in ((side - 1) // 2, side // 2)
        )
        return low + (high - low) / 2
    return getattr(xp, {"maximum": "max", "minimum": "min"}.get(mode, mode))(x, axis=axis, keepdims=True)


@pad.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 2))
    widths = draw(strategies.sampled_from([2, (0, 1), ((3, 1),) if len(shape) == 1 else ((1, 0), (2, 4))]))
    values = draw(strategies.sampled_from([0, 1.5, (2.0, -1.0)]))
    mode = draw(strategies.sampled_from(("constant", *PLACES, *STATISTICS)))
    return Sample(draw(strategies.array(shape)), widths, mode=mode, constant_values=values, end_values=values)
