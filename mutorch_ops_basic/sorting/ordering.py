"""Entries chosen by their order: the largest, a part sorted, the most frequent. Each keeps its derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_core.domain import Tie
from mutorch_ops_basic.operands.axes import axis_key, axis_shape, require_axis
from mutorch_ops_basic.reductions.cumulative_extremes import cumulative_max

__all__ = ["argpartition", "lexsort", "mode", "partition", "top_k", "topk"]

Places = int | Sequence[int]


@op("basic::argpartition", nondiff=("x",))
def argpartition(x: Array, kth: Places, /, *, axis: int = -1, xp: Namespace = injected) -> Array:
    """The positions that partition x along an axis: see `partition`.

    Shapes: x (...), result (...), integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x has no such axis, or a `kth` lies outside of it.
    Source: `numpy.argpartition`.
    """
    check_positions(x, kth, axis)
    return xp.argsort(x, axis=axis)


@argpartition.forward("numpy")
def _(x, kth, *, axis, xp):
    check_positions(x, kth, axis)
    return xp.argpartition(x, kth, axis=axis)


def check_positions(x, kth, axis):
    """Raise IndexError for a position outside of the axis, which a sort would not notice."""
    require_axis(x)
    side = x.shape[axis]
    for position in (kth,) if isinstance(kth, int) else kth:
        if not -side <= position < side:
            raise IndexError(f"kth is {position}, outside of the {side} entries along axis {axis}")


@op("basic::partition", composite=True, kinks=(Tie("x"),))
def partition(x: Array, kth: Places, /, *, axis: int = -1, xp: Namespace = injected) -> Array:
    """The entries ordered as far as each `kth` entry along an axis is where sorting puts it, smaller ones before it.

    The order in each part is the library's.

    Shapes: x (...), result (...). Units: x's.
    Rule:   made of differentiable ops: x̄ = ȳ by the inverse permutation.
    At kinks: equal entries each keep their own cotangent.
    Raises: OperandError where x has no such axis, or a `kth` lies outside of it.
    Source: `numpy.partition`.
    """
    return xp.take_along_axis(x, argpartition(x, kth, axis=axis), axis=axis)


class TopK(NamedTuple):
    """The chosen entries and their positions."""

    values: Array
    indices: Array


@op("basic::top_k", composite=True, kinks=(Tie("x"),))
def top_k(x: Array, k: int, /, *, axis: int = -1, largest: bool = True, xp: Namespace = injected) -> TopK:
    """The k largest entries along an axis, the largest first; or the k smallest, the smallest first.

    Shapes: x (..., n, ...), values and indices (..., k, ...). Units: those of values are x's.
    Rule:   made of differentiable ops: x̄ = ȳ where the values came from, 0 elsewhere.
    At kinks: of equal entries the first ones are chosen.
    Raises: OperandError where x has no such axis, or fewer than k entries along it.
    Source: `torch.topk`, `jax.lax.top_k`.
    """
    require_axis(x)
    if not 0 <= k <= x.shape[axis]:
        raise ValueError(f"k is {k}, of {x.shape[axis]} entries along axis {axis}")
    indices = xp.argsort(x, axis=axis, descending=largest)[axis_key(axis, x.ndim, slice(None, k))]
    return TopK(xp.take_along_axis(x, indices, axis=axis), indices)


topk = top_k


class Mode(NamedTuple):
    """The most frequent entries, and the last position of each."""

    values: Array
    indices: Array


@op("basic::mode", composite=True, kinks=(Tie("x"),))
def mode(x: Array, /, *, axis: int = -1, keepdims: bool = False, xp: Namespace = injected) -> Mode:
    """The most frequent entry along an axis, the smallest of several.

    Shapes: x (...), values and indices without the axis, or with it as length 1. Units: those of values are x's.
    Rule:   made of differentiable ops: x̄ = ȳ where the value was found, 0 elsewhere.
    At kinks: all to the last of the equal entries.
    Raises: OperandError where x has no such axis, or nothing along it.
    Source: `torch.mode`.
    """
    require_axis(x)
    order = xp.argsort(x, axis=axis)
    ordered = xp.take_along_axis(x, order, axis=axis)
    early, late = (axis_key(axis, x.ndim, each) for each in (slice(None, -1), slice(1, None)))
    positions = xp.reshape(xp.arange(x.shape[axis], device=device_of(x)), axis_shape(axis, x.ndim))
    starts = xp.where(ordered[late] != ordered[early], positions[late], 0)
    starts = xp.concat([xp.zeros_like(order[axis_key(axis, x.ndim, slice(None, 1))]), starts], axis=axis)
    longest = xp.argmax(positions - cumulative_max(starts, axis=axis), axis=axis, keepdims=True)
    indices = xp.take_along_axis(order, longest, axis=axis)
    values = xp.take_along_axis(x, indices, axis=axis)
    return Mode(values, indices) if keepdims else Mode(xp.squeeze(values, axis), xp.squeeze(indices, axis))


@partition.samples
@top_k.samples
def _(draw, strategies, Sample):
    x = draw(strategies.array(draw(strategies.shape(1, 2))))
    axis = draw(strategies.axis(x.ndim))
    return Sample(x, draw(strategies.sampled_from(range(max(1, x.shape[axis])))), axis=axis)


@op("basic::lexsort", nondiff=("keys",))
def lexsort(keys: Sequence[Array], /, *, axis: int = -1, xp: Namespace = injected) -> Array:
    """The positions that sort by several keys along an axis: by the last, of equal ones by the last but one, ….

    Shapes: keys all (...), result (...), integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where shapes differ, there is no key, or no such axis.
    Source: `numpy.lexsort`.
    """
    if not keys[0].ndim:
        raise ValueError("the keys have no axis to sort along: give arrays of one axis or more")
    order = xp.argsort(keys[0], axis=axis)
    for key in keys[1:]:
        again = xp.argsort(xp.take_along_axis(key, order, axis=axis), axis=axis)
        order = xp.take_along_axis(order, again, axis=axis)
    return order
