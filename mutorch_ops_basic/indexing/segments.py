"""Reductions of rows by segment, and counts.

    x         a  b  c  d  e
    ids       0  2  2  0  1      in any order
    result    a+d  e  b+c        a row for each id up to the largest, or for `num_segments`

A row whose id is below 0 or not below `num_segments` is ignored, and gets no cotangent.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_core.authoring import cast, device_of, library_name
from mutorch_core.domain import Tie
from mutorch_ops_basic.indexing.keyed_access import add_at
from mutorch_ops_basic.operands.axes import axis_key

__all__ = ["bincount", "segment_max", "segment_prod", "segment_sum"]


@op("basic::segment_sum", nondiff=("segment_ids",))
def segment_sum(x: Array, segment_ids: Array, /, *, num_segments: int | None = None, xp: Namespace = injected) -> Array:
    """The sum of the rows of each segment, 0 for an empty one.

    Shapes: x (n, ...), segment_ids (n,) of integers, result (num_segments, ...). Units: x's.
    Rule:   x̄ = for each row, that row of ȳ which it went to.
    Raises: OperandError where there is not one id for each row.
    Source: `jax.ops.segment_sum`.
    """
    ids, count = normalize_ids(x, segment_ids, num_segments, xp)
    return add_at(x, axis_key(0, x.ndim, ids), (count + 1, *x.shape[1:]))[:count, ...]


@segment_sum.vjp("x")
def _(g, x: Meta, segment_ids, xp):
    ids, _ = normalize_ids(x, segment_ids, g.shape[0], xp)
    return gather_rows(g, ids, xp)


def gather_rows(rows, ids, xp):
    """Return the row of each id, and zeros for rows in no segment."""
    none = xp.zeros((1, *rows.shape[1:]), dtype=rows.dtype, device=device_of(rows))
    return xp.take(xp.concat([rows, none]), ids, axis=0)


def normalize_ids(x, segment_ids, num_segments, xp):
    """Return the ids, with ids of no segment set to the number of segments, and that number."""
    ids = xp.asarray(segment_ids)
    if tuple(ids.shape) != tuple(x.shape[:1]) or not ids.ndim:
        raise ValueError(f"segment_ids of shape {tuple(ids.shape)}: give one for each of the rows of {tuple(x.shape)}")
    count = num_segments
    if count is None:
        count = max(0, int(xp.max(ids)) + 1) if ids.shape[0] else 0
    return xp.where((ids >= 0) & (ids < count), ids, count), count


class Fold(NamedTuple):
    """The name of a segment reduction in each library, and its value for an empty segment."""

    numpy: str
    torch: str
    jax: str
    standard: str
    empty: float


MAX = Fold("maximum", "amax", "max", "max", -inf)
PROD = Fold("multiply", "prod", "multiply", "prod", 1)


def reduce_segments(x, segment_ids, num_segments, fold, xp):
    """Reduce the rows of each segment. With the standard's functions alone, each segment scans all rows."""
    ids, count = normalize_ids(x, segment_ids, num_segments, xp)
    lowest = fold.empty == -inf and xp.isdtype(x.dtype, "integral")
    empty = xp.iinfo(x.dtype).min if lowest else fold.empty
    shape, column = (count + 1, *x.shape[1:]), (x.shape[0], *(1 for _ in x.shape[1:]))
    start, library = xp.full(shape, empty, dtype=x.dtype, device=device_of(x)), library_name(xp)
    if library == "numpy":
        with xp.errstate(invalid="ignore"):  # NumPy's `at` warns of NaN, unlike its maximum
            getattr(xp, fold.numpy).at(start, ids, x)
    elif library == "torch":
        positions = xp.broadcast_to(xp.reshape(ids, column), x.shape)
        start = start.scatter_reduce(0, positions, x, fold.torch)
    elif library == "jax":
        start = getattr(start.at[ids], fold.jax)(x)
    else:
        members = xp.expand_dims(xp.arange(count, dtype=ids.dtype, device=device_of(x)), axis=1) == ids
        rows = xp.where(xp.reshape(members, (count, *column)), x, empty)
        return getattr(xp, fold.standard)(xp.concat([rows, start[:count, None, ...]], axis=1), axis=1)
    return start[:count, ...]


@op("basic::segment_max", nondiff=("segment_ids",), kinks=(Tie("x"),))
def segment_max(x: Array, segment_ids: Array, /, *, num_segments: int | None = None, xp: Namespace = injected) -> Array:
    """The largest of the rows of each segment, entry by entry; -inf for an empty one, NaN where one is NaN.

    Shapes: x (n, ...), segment_ids (n,) of integers, result (num_segments, ...). Units: x's.
    Rule:   x̄ = ȳ at the largest entry of a segment, 0 elsewhere; NaN throughout a segment that has one.
    At kinks: split evenly over equal largest entries.
    Raises: OperandError where there is not one id for each row.
    Source: `jax.ops.segment_max`.
    """
    return reduce_segments(x, segment_ids, num_segments, MAX, xp)


@segment_max.vjp("x")
def _(g, x, segment_ids, out, xp):
    ids, count = normalize_ids(x, segment_ids, g.shape[0], xp)
    extreme = gather_rows(out, ids, xp)
    chosen = x == extreme
    ties = segment_sum(cast(chosen, g.dtype), ids, num_segments=count)
    share = gather_rows(g / xp.where(ties == 0, 1, ties), ids, xp)
    return xp.where(chosen, share, xp.where(xp.isnan(extreme), extreme, 0))


@op("basic::segment_prod", nondiff=("segment_ids",))
def segment_prod(
    x: Array, segment_ids: Array, /, *, num_segments: int | None = None, xp: Namespace = injected
) -> Array:
    """The product of the rows of each segment, 1 for an empty one.

    Shapes: x (n, ...), segment_ids (n,) of integers, result (num_segments, ...). Units: x's to the power of counts.
    Rule:   x̄ = ȳ times the rows of the segment before it and after it: right at 0, unlike ȳ y / x.
    Raises: OperandError where there is not one id for each row.
    Source: `jax.ops.segment_prod`.
    """
    return reduce_segments(x, segment_ids, num_segments, PROD, xp)


@segment_prod.vjp("x")
def _(g, x, segment_ids, xp):
    ids, _ = normalize_ids(x, segment_ids, g.shape[0], xp)
    order = xp.argsort(ids)
    rows, sorted_ids = xp.take(x, order, axis=0), xp.take(ids, order)
    after = products_before(xp.flip(rows, axis=0), xp.flip(sorted_ids), xp)
    others = products_before(rows, sorted_ids, xp) * xp.flip(after, axis=0)
    return gather_rows(g, ids, xp) * xp.take(others, xp.argsort(order), axis=0)


def products_before(rows, ids, xp):
    """Return for each row the product of earlier rows with its id, in log₂ n steps of doubling length."""
    result = xp.concat([xp.ones_like(rows[:1, ...]), earlier_rows(rows, ids, 1, xp)])
    step = 1
    while step < rows.shape[0]:
        result = xp.concat([result[:step, ...], result[step:, ...] * earlier_rows(result, ids, step, xp)])
        step *= 2
    return result


def earlier_rows(rows, ids, step, xp):
    """Return for each row the row `step` before it if both have the same id, else ones."""
    same = xp.reshape(ids[step:] == ids[:-step], (-1, *(1 for _ in rows.shape[1:])))
    return xp.where(same, rows[:-step, ...], 1)


@segment_sum.samples
@segment_max.samples
@segment_prod.samples
def _(draw, strategies, Sample):
    x = draw(strategies.array(draw(strategies.shape(1, 2))))
    count = draw(strategies.sampled_from([None, 2, 4]))
    classes = draw(strategies.sampled_from([1, 2, 3]))  # so few that none is empty: the maximum of nothing is -inf
    return Sample(x, draw(strategies.labels(x.shape[:1], classes)), num_segments=count)


@op("basic::bincount", composite=True, nondiff=("x",))
def bincount(x: Array, /, *, weights: Array | None = None, minlength: int = 0, xp: Namespace = injected) -> Array:
    """Counts of the integers from 0 to the largest, or to `minlength` - 1; or the sums of their weights.

    Shapes: x (n,) of integers from 0, weights (n,), result (max(largest + 1, minlength),). Units: those of weights.
    Rule:   made of differentiable ops: each weight gets the entry of ȳ that it was added to.
    Raises: OperandError where x is not 1-d or has an entry below 0, or weights are not as many.
    Source: `numpy.bincount`.
    """
    if x.ndim != 1 or (x.shape[0] and int(xp.min(x)) < 0):
        raise ValueError("x has to be 1-d, of integers from 0")
    count = max(minlength, int(xp.max(x)) + 1 if x.shape[0] else 0)
    return segment_sum(xp.ones_like(x) if weights is None else weights, x, num_segments=count)


@bincount.samples
def _(draw, strategies, Sample):
    count = draw(strategies.sides())
    weights = draw(strategies.array((count,)))
    return Sample(
        draw(strategies.labels((count,), 3)), weights=weights, minlength=draw(strategies.sampled_from([0, 4]))
    )
