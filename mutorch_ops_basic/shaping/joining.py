"""Joining arrays, taking them apart, and repeating them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_ops_basic.indexing.keyed_access import add_at
from mutorch_ops_basic.operands.axes import axis_key, require_axis
from mutorch_ops_basic.operands.dtypes import require_integer

__all__ = ["concat", "repeat", "stack", "tile", "unstack"]


@op("basic::concat")
def concat(arrays: Sequence[Array], /, *, axis: int | None = 0, xp: Namespace = injected) -> Array:
    """Arrays one after the other along an axis; None flattens them first.

    Shapes: arrays (..., nᵢ, ...), result (..., Σ nᵢ, ...). Units: all alike.
    Rule:   each array gets its own part of ȳ.
    Raises: OperandError where other lengths differ, or an array has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.concat(arrays, axis=axis)


@concat.vjp("arrays")
def _(g, arrays: Sequence[Meta], needs, axis, xp):
    parts, start = [], 0
    for array, needed in zip(arrays, needs.arrays, strict=True):
        stop = start + (array.size if axis is None else array.shape[axis])
        part = g[axis_key(axis or 0, g.ndim, slice(start, stop))] if needed else None
        parts.append(xp.reshape(part, array.shape) if needed and axis is None else part)
        start = stop
    return parts


@op("basic::stack")
def stack(arrays: Sequence[Array], /, *, axis: int = 0, xp: Namespace = injected) -> Array:
    """Arrays of one shape beside each other along a new axis.

    Shapes: arrays all (...), result (..., number of arrays, ...). Units: all alike.
    Rule:   each array gets its own slice of ȳ.
    Raises: OperandError where shapes differ, or the result has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.stack(arrays, axis=axis)


@stack.vjp("arrays")
def _(g, needs, axis):
    return [g[axis_key(axis, g.ndim, i)] if needed else None for i, needed in enumerate(needs.arrays)]


@op("basic::unstack", composite=True)
def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The slices of x along an axis.

    Shapes: x (..., n, ...), n results (...). Units: x's.
    Rule:   that of indexing.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return tuple(x[axis_key(axis, x.ndim, i)] for i in range(x.shape[axis]))


@op("basic::repeat", nondiff=("repeats",))
def repeat(x: Array, repeats: Array, /, *, axis: int | None = None, xp: Namespace = injected) -> Array:
    """Each entry `repeats` times in a row along an axis, flattened by default; an array has a count for each.

    Shapes: x (..., n, ...), result (..., Σ repeats, ...). Units: x's.
    Rule:   x̄ = ȳ summed over the repetitions of each entry.
    Raises: OperandError where x has no such axis, or counts do not fit its length.
    Source: Array API standard 2024.12.
    """
    require_integer("repeats", repeats)
    if axis is not None:
        require_axis(x)
    return xp.repeat(x, repeats, axis=axis)


@repeat.forward("dask")
def _(x, repeats, *, axis, xp):
    require_integer("repeats", repeats)
    if axis is None:
        x = xp.reshape(x, (-1,))
    if isinstance(repeats, (np.ndarray, list)) and np.ndim(repeats):  # known counts, so the result's length is known
        require_axis(x)
        return xp.take(x, np.repeat(np.arange(x.shape[axis or 0]), repeats), axis=axis or 0)
    return xp.repeat(x, repeats, axis=axis or 0)


@repeat.vjp("x")
def _(g, x: Meta, repeats, axis, xp):
    side = x.size if axis is None else x.shape[axis]
    origin = xp.repeat(xp.arange(side, device=x.device), repeats, axis=0)  # where each entry of the result came from
    shape = (x.size,) if axis is None else x.shape
    return xp.reshape(add_at(g, axis_key(axis or 0, len(shape), origin), shape), x.shape)


@repeat.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 3))
    axis = draw(strategies.axis(len(shape)))
    counts = strategies.labels((shape[axis],), 4) if draw(strategies.booleans()) else strategies.integers(0, 3)
    return Sample(draw(strategies.array(shape)), draw(counts), axis=axis)


@op("basic::tile")
def tile(x: Array, repetitions: tuple[int, ...], /, *, xp: Namespace = injected) -> Array:
    """Copies of x side by side, `repetitions[i]` along axis i; missing numbers and axes in front count as 1.

    Shapes: x (n1, n2, …), result (r1 n1, r2 n2, …). Units: x's.
    Rule:   x̄ = ȳ summed over the tiles.
    Raises: OperandError where a number is negative.
    Source: Array API standard 2024.12.
    """
    return xp.tile(x, repetitions)


@tile.vjp("x")
def _(g, x: Meta, repetitions, xp):
    ndim = max(x.ndim, len(repetitions))
    sides = (1,) * (ndim - x.ndim) + x.shape
    counts = (1,) * (ndim - len(repetitions)) + tuple(repetitions)
    pairs = tuple(length for pair in zip(counts, sides, strict=True) for length in pair)
    return xp.reshape(xp.sum(xp.reshape(g, pairs), axis=tuple(range(0, 2 * ndim, 2))), x.shape)


@tile.samples
def _(draw, strategies, Sample):
    repetitions = draw(strategies.sampled_from([(2,), (), (1, 3), (2, 1, 2), (0, 1)]))
    return Sample(draw(strategies.array(draw(strategies.shape()))), repetitions)
