"""Bins, histograms, membership, and the positions of nonzero entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import as_arrays, device_of, is_number
from mutorch_ops_basic.indexing.segments import segment_sum
from mutorch_ops_basic.operands.dtypes import to_floating, unwrap

__all__ = ["argwhere", "bucketize", "digitize", "flatnonzero", "histogram", "isin"]


@op("basic::argwhere", nondiff=("x",))
def argwhere(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The positions of the entries that are not 0, a row of indices each.

    Shapes: x (...), result (number of such entries, number of axes), integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x is 0-d.
    Source: `numpy.argwhere`.
    """
    return xp.stack(xp.nonzero(x), axis=-1)


@op("basic::flatnonzero", nondiff=("x",))
def flatnonzero(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The positions of the entries that are not 0, in the flattened x.

    Shapes: x (...), result (number of such entries,), integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: nothing.
    Source: `numpy.flatnonzero`.
    """
    return xp.nonzero(xp.reshape(xp.asarray(x), (-1,)))[0]


@op("basic::digitize", nondiff=("x", "bins"))
def digitize(x: Array, bins: Array, /, *, right: bool = False, xp: Namespace = injected) -> Array:
    """The bin of each entry: the number of edges in the sorted `bins` that it has passed.

    An entry on an edge has passed it, unless `right` assigns edges to the bin before them. For edges in descending
    order, "passed" means "not reached yet".

    Shapes: x (...), bins (n,), result (...), integer. Units: x and bins alike, the result none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where bins is not 1-d.
    Source: `numpy.digitize`.
    """
    x, count = xp.asarray(x), bins.shape[0]
    up = xp.searchsorted(bins, x, side="left" if right else "right")
    if count < 2:
        return up
    down = count - xp.searchsorted(xp.flip(bins), x, side="left" if right else "right")
    return xp.where(bins[0] <= bins[-1], up, down)


bucketize = digitize


@op("basic::isin", nondiff=("x1", "x2"))
def isin(x1: Array, x2: Array, /, *, invert: bool = False, xp: Namespace = injected) -> Array:
    """True for each entry of x1 that is among those of x2, or is not if `invert`; NaN is among none.

    Shapes: x1 (...), x2 (...), result like x1, boolean. Units: x1 and x2 alike, the result none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x1 or x2 is complex.
    Source: Array API standard 2025.12.
    """
    x1, x2 = as_arrays(xp, x1, x2)
    x2 = xp.sort(xp.reshape(x2, (-1,)))
    if not x2.shape[0]:
        return xp.full(x1.shape, invert, dtype=xp.bool, device=device_of(x1))
    positions = xp.reshape(xp.searchsorted(x2, xp.reshape(x1, (-1,))), x1.shape)
    positions = xp.where(positions == x2.shape[0], 0, positions)
    nearest = xp.reshape(xp.take(x2, xp.reshape(positions, (-1,))), x1.shape)
    return nearest != x1 if invert else nearest == x1


class Histogram(NamedTuple):
    """The count or weight of each bin, and the edges between them."""

    histogram: Array
    bin_edges: Array


@op("basic::histogram", composite=True, nondiff=("x", "bins"))
def histogram(
    x: Array,
    /,
    bins: Array = 10,
    *,
    range: Sequence[float] | None = None,
    density: bool | None = None,
    weights: Array | None = None,
    xp: Namespace = injected,
) -> Histogram:
    """The number of entries in each bin, or the sum of their weights; with `density` over bin widths and their sum.

    `bins` are the edges, in order, or a number of equal ones over `range`, which is from the least entry to the
    largest by default. An entry on an edge is in the bin after it; the last edge belongs to the last bin.

    Shapes: x (...), weights likewise, histogram (number of bins,), bin_edges one more. Units: those of weights.
    Rule:   made of differentiable ops: each weight gets the entry of ȳ that it was added to; bins jump, and have none.
    Raises: OperandError where weights have another shape than x.
    Source: `numpy.histogram`.
    """
    if weights is not None and tuple(weights.shape) != tuple(x.shape):
        raise ValueError(f"weights of shape {tuple(weights.shape)} for x of shape {tuple(x.shape)}: give one for each")
    x = xp.reshape(xp.asarray(unwrap(x)), (-1,))
    if is_number(bins):
        x = to_floating(x, xp)
        edges = even_edges(x, bins, range, xp)
    else:
        edges = xp.asarray(unwrap(bins), device=device_of(x))
    dtype = xp.result_type(x, edges)
    x, ends = xp.astype(x, dtype, copy=False), xp.astype(edges, dtype, copy=False)
    last = edges.shape[0] - 1
    positions = xp.where(x == ends[-1], last - 1, xp.searchsorted(ends, x, side="right") - 1)
    amounts = xp.reshape(weights, (-1,)) if weights is not None else xp.ones_like(x if density else positions)
    counts = segment_sum(amounts, positions, num_segments=last)
    return Histogram(counts / xp.sum(counts) / xp.diff(edges) if density else counts, edges)


def even_edges(x, bins, range, xp):
    """Return the edges of equal bins; for a single value they reach half a unit to either side."""
    if bins < 1:
        raise ValueError(f"bins is {bins}: give a number from 1 on, or their edges")
    ends = range or ((xp.min(x), xp.max(x)) if x.shape[0] else (0, 1))
    low, high = (xp.asarray(end, dtype=x.dtype, device=device_of(x)) for end in ends)
    half = xp.where(low == high, xp.ones_like(low) / 2, 0)
    low, high = low - half, high + half
    steps = xp.arange(bins + 1, dtype=x.dtype, device=device_of(x))
    return xp.where(steps == bins, high, low + steps * ((high - low) / bins))


EDGES = (-2.0, -0.5, 0.25, 3.0)


@histogram.samples
def _(draw, strategies, Sample):
    x = draw(strategies.array(draw(strategies.shape(1, 2))))
    bins, range = draw(strategies.sampled_from([(3, None), (1, None), (3, (-2.0, 2.0)), (EDGES, None)]))
    return Sample(x, bins, weights=draw(strategies.array(x.shape)), range=range)


@histogram.samples
def _(draw, strategies, Sample):
    bins = draw(strategies.sampled_from([2, 1]))
    return Sample(draw(strategies.array((3,))), bins, weights=draw(strategies.array((3,), 1, 3)), density=True)
