"""Reordering of axes and entries under NumPy's and PyTorch's names; and copies.

Most are made of ops of the standard, so their rules are those.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_basic.operands.axes import shape_of
from mutorch_ops_basic.shaping.shapes import flip, moveaxis, permute_dims, reshape

__all__ = [
    "broadcast_shapes",
    "clone",
    "copy",
    "flatten",
    "fliplr",
    "flipud",
    "ravel",
    "rollaxis",
    "rot90",
    "swapaxes",
    "swapdims",
    "transpose",
]

broadcast_shapes = np.broadcast_shapes
"""The shape that shapes broadcast to: a plain function, since it takes no array."""


@op("basic::copy")
def copy(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The array x in memory of its own.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ.
    Raises: nothing.
    Source: `numpy.copy`.
    """
    return xp.asarray(x, copy=True)


@copy.vjp("x")
def _(g):
    return g


clone = copy


@op("basic::ravel", composite=True)
def ravel(x: Array, /) -> Array:
    """All entries in one row, the last axis running fastest.

    Shapes: x (...), result (number of entries,). Units: x's.
    Rule:   that of reshape.
    Raises: nothing.
    Source: `numpy.ravel`.
    """
    return reshape(x, (-1,))


@op("basic::flatten", composite=True)
def flatten(x: Array, /, start_dim: int = 0, end_dim: int = -1) -> Array:
    """The axes from `start_dim` to `end_dim`, that one too, made one; of a 0-d x a row of one entry.

    Shapes: x (..., m, …, n, ...), result (..., m … n, ...). Units: x's.
    Rule:   that of reshape.
    Raises: OperandError where x has no such axes, or they come in the wrong order.
    Source: `torch.flatten`.
    """
    shape = shape_of(x) or (1,)
    first, last = (normalize_axis_index(axis, len(shape)) for axis in (start_dim, end_dim))
    if first > last:
        raise ValueError(f"axis {start_dim} comes after axis {end_dim}")
    return reshape(x, (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))


@op("basic::transpose", composite=True)
def transpose(a: Array, /, axes: Sequence[int] | None = None) -> Array:
    """The axes in reverse, or in another order: axis i of the result is axis axes[i] of a.

    Shapes: a (...), result has its lengths in that order. Units: a's.
    Rule:   that of permute_dims.
    Raises: OperandError where `axes` is no permutation of a's axes.
    Source: `numpy.transpose`.
    """
    return permute_dims(a, tuple(range(len(shape_of(a))))[::-1] if axes is None else tuple(axes))


@op("basic::swapaxes", composite=True)
def swapaxes(x: Array, axis1: int, axis2: int, /) -> Array:
    """Two axes exchanged.

    Shapes: x (..., m, ..., n, ...), result (..., n, ..., m, ...). Units: x's.
    Rule:   that of permute_dims.
    Raises: OperandError where x has no such axis.
    Source: `numpy.swapaxes`.
    """
    order = list(range(x.ndim))
    axis1, axis2 = (normalize_axis_index(axis, x.ndim) for axis in (axis1, axis2))
    order[axis1], order[axis2] = axis2, axis1
    return permute_dims(x, tuple(order))


swapdims = swapaxes


@op("basic::rollaxis", composite=True)
def rollaxis(a: Array, axis: int, start: int = 0) -> Array:
    """One axis moved to just before `start`, counted before the move.

    Shapes: a (..., n, ...), result has the same lengths in that order. Units: a's.
    Rule:   that of moveaxis.
    Raises: OperandError where a has no such axis.
    Source: `numpy.rollaxis`.
    """
    start = normalize_axis_index(start + a.ndim if start < 0 else start, a.ndim + 1)
    axis = normalize_axis_index(axis, a.ndim)
    return moveaxis(a, axis, start - (axis < start))


@op("basic::fliplr", composite=True)
def fliplr(m: Array, /) -> Array:
    """The columns in reverse order: the second axis.

    Shapes: m (m, n, ...), result (m, n, ...). Units: m's.
    Rule:   that of flip.
    Raises: OperandError where m has fewer than two axes.
    Source: `numpy.fliplr`.
    """
    return flip(m, axis=1)


@op("basic::flipud", composite=True)
def flipud(m: Array, /) -> Array:
    """The rows in reverse order: the first axis.

    Shapes: m (m, ...), result (m, ...). Units: m's.
    Rule:   that of flip.
    Raises: OperandError where m is 0-d.
    Source: `numpy.flipud`.
    """
    return flip(m, axis=0)


@op("basic::rot90", composite=True)
def rot90(m: Array, /, k: int = 1, *, axes: tuple[int, int] = (0, 1), xp: Namespace = injected) -> Array:
    """A quarter turn, `k` times, from the first of two axes towards the second.

    Shapes: m (..., m, ..., n, ...), result alike, or with the two lengths exchanged. Units: m's.
    Rule:   those of flip and permute_dims.
    Raises: OperandError where m has no such axes, or they are one.
    Source: `numpy.rot90`.
    """
    first, second = (normalize_axis_index(axis, m.ndim) for axis in axes)
    if first == second:
        raise ValueError(f"axes {axes} of {m.ndim} are one: a turn needs two")
    if k % 2 == 0:
        return flip(m, axis=(first, second)) if k % 4 else copy(m)
    turned = swapaxes(m, first, second)
    return flip(turned, axis=first if k % 4 == 1 else second)


@rollaxis.samples
def _(draw, strategies, Sample):
    axis, start = draw(strategies.sampled_from([(0, 3), (-1, 0), (1, 1), (2, -2), (0, 2)]))
    return Sample(draw(strategies.array(draw(strategies.shape(3, 3)))), axis, start)


@swapaxes.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 3))
    one, other = (draw(strategies.axis(len(shape))) for _ in range(2))
    return Sample(draw(strategies.array(shape)), one, other)


@flatten.samples
def _(draw, strategies, Sample):
    first, last = draw(strategies.sampled_from([(0, 1), (1, -1), (-2, -2), (0, 2)]))
    return Sample(draw(strategies.array(draw(strategies.shape(3, 3)))), first, last)


@rot90.samples
def _(draw, strategies, Sample):
    k, axes = draw(strategies.sampled_from([(1, (0, 1)), (-1, (1, 0)), (2, (0, -1)), (5, (-2, -1)), (0, (0, 1))]))
    return Sample(draw(strategies.array(draw(strategies.shape(2, 3)))), k, axes=axes)
