"""Functional writes by index under PyTorch's and NumPy's names: copies, sums and reductions.

All are `setitem`, `add_at` or an op of `accumulating` with a key made for it, so their rules are those.
"""

from __future__ import annotations

from typing import Any, Literal

from numpy.lib.array_utils import normalize_axis_index

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_core.domain import Tie
from mutorch_ops_basic.indexing.keyed_access import add_at, getitem, key_along, setitem
from mutorch_ops_basic.logic.selection import where
from mutorch_ops_basic.operands.axes import axis_key, shape_of
from mutorch_ops_basic.scattering.ufunc_at import maximum_at, minimum_at, multiply_at
from mutorch_ops_basic.shaping.shapes import reshape

__all__ = [
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "put",
    "put_along_axis",
    "scatter_add",
    "scatter_reduce",
    "select_scatter",
    "slice_scatter",
]


@op("basic::index_add", nondiff=("index",), composite=True)
def index_add(x: Array, axis: int, index: Array, source: Array, /, *, alpha: float = 1) -> Array:
    """A copy of x with `alpha` times the slices of `source` added to those at `index` along an axis.

    Shapes: x (..., n, ...), index (m,), source (..., m, ...), result like x. Units: all alike.
    Rule:   x̄ = ȳ, source's is alpha ȳ at `index`.
    Raises: OperandError where an index points outside of x, or source does not fit.
    Source: `torch.index_add`.
    """
    key = axis_key(normalize_axis_index(axis, x.ndim), x.ndim, index)
    return x + add_at(source if alpha == 1 else alpha * source, key, x.shape)


@op("basic::index_copy", nondiff=("index",), composite=True)
def index_copy(x: Array, axis: int, index: Array, source: Array, /) -> Array:
    """A copy of x with the slices of `source` at `index` along an axis; of several for one place the last stays.

    Shapes: x (..., n, ...), index (m,), source (..., m, ...), result like x. Units: all alike.
    Rule:   x̄ = ȳ with 0 at `index`, source's is ȳ there, with 0 where a later slice has replaced an earlier one.
    Raises: OperandError where an index points outside of x, or source does not fit.
    Source: `torch.index_copy`.
    """
    return setitem(x, axis_key(normalize_axis_index(axis, x.ndim), x.ndim, index), source)


@op("basic::index_fill", nondiff=("index",), composite=True)
def index_fill(x: Array, axis: int, index: Array, value: Array, /) -> Array:
    """A copy of x with one `value` throughout the slices at `index` along an axis.

    Shapes: x (..., n, ...), index (m,), value (), result like x. Units: all alike.
    Rule:   x̄ = ȳ with 0 at `index`, value's is the sum of ȳ there, each entry once.
    Raises: OperandError where an index points outside of x.
    Source: `torch.index_fill`.
    """
    return setitem(x, axis_key(normalize_axis_index(axis, x.ndim), x.ndim, index), value)


@op("basic::index_put", nondiff=("indices",), composite=True)
def index_put(x: Array, indices: Array, values: Array, /, *, accumulate: bool = False) -> Array:
    """A copy of x with `values` where a tuple of index arrays points, or with them added there.

    Shapes: x (...), indices as x[indices] takes them, values broadcastable to that, result like x. Units: all alike.
    Rule:   that of setitem; or x̄ = ȳ, and ȳ[indices] for values.
    Raises: OperandError where an index points outside of x.
    Source: `torch.index_put`.
    """
    key = tuple(indices) if isinstance(indices, list) else indices
    return x + add_at(values, key, x.shape) if accumulate else setitem(x, key, values)


@op("basic::put", nondiff=("indices",), composite=True)
def put(x: Array, indices: Array, values: Array, /, *, accumulate: bool = False, xp: Namespace = injected) -> Array:
    """A copy of x with `values` at `indices` of its flattened entries, or with them added there.

    Values are taken in a circle where there are fewer than indices; further ones are left out.

    Shapes: x (...), indices (...), values (...), result like x. Units: all alike.
    Rule:   that of setitem; or x̄ = ȳ, and ȳ at `indices` for values.
    Raises: OperandError where an index points outside of x, or there is no value for one.
    Source: `numpy.put`.
    """
    key = reshape(indices, (-1,))
    entries, count = reshape(values, (-1,)), key.shape[0]
    if entries.shape[0] != count and count:
        entries = getitem(entries, xp.arange(count, device=device_of(x)) % entries.shape[0])
    return reshape(index_put(reshape(x, (-1,)), key, entries[:count], accumulate=accumulate), shape_of(x))


@op("basic::put_along_axis", nondiff=("indices",), composite=True)
def put_along_axis(x: Array, indices: Array, values: Array, /, *, axis: int | None, xp: Namespace = injected) -> Array:
    """A copy of x with `values` at `indices` along an axis, other ones for each line; None takes x flattened.

    Shapes: x (..., n, ...), indices (..., m, ...), the others broadcast, values broadcastable to both, result like x.
    Units:  all alike.
    Rule:   x̄ = ȳ with 0 at `indices`, that of values is ȳ there, or 0 where a later value came on top.
    Raises: OperandError where an index points outside of x, or shapes do not broadcast.
    Source: `numpy.put_along_axis`.
    """
    if axis is None:
        return reshape(put_along_axis(reshape(x, (-1,)), indices, values, axis=0), shape_of(x))
    axis = normalize_axis_index(axis, x.ndim)
    return setitem(x, key_along(indices, axis, x.shape, xp), values)


Reduction = Literal["sum", "prod", "mean", "amax", "amin"]


@op("basic::scatter_add", nondiff=("index",), composite=True)
def scatter_add(x: Array, axis: int, index: Array, src: Array, /, *, xp: Namespace = injected) -> Array:
    """A copy of x with each entry of `src` added at its own `index` along an axis.

    Shapes: index of x's number of axes, no longer than src, nor than x along the others; result like x.
    Units:  all alike.
    Rule:   x̄ = ȳ, src's is ȳ at `index`.
    Raises: OperandError where an index points outside of x, or it is longer than src or x.
    Source: `torch.scatter_add`.
    """
    key, src = scattered(x, axis, index, src, xp)
    return x + add_at(src, key, x.shape)


@op("basic::scatter_reduce", nondiff=("index",), composite=True, kinks=(Tie("x", "src"), Tie("src")))
def scatter_reduce(
    x: Array,
    axis: int,
    index: Array,
    src: Array,
    reduce: Reduction,
    /,
    *,
    include_self: bool = True,
    xp: Namespace = injected,
) -> Array:
    """A copy of x with each entry reduced together with those of `src` whose `index` along an axis it is.

    Without `include_self` x's own entry is left out, where there is another.

    Shapes: index of x's number of axes, no longer than src, nor than x along the others; result like x.
    Units:  all alike; for "prod" the product.
    Rule:   that of the reduction.
    At kinks: "amax" and "amin" split ȳ evenly over equal extremes.
    Raises: OperandError where an index points outside of x, or it is longer than src or x, or `reduce` is unknown.
    Source: `torch.scatter_reduce`.
    """
    key, src = scattered(x, axis, index, src, xp)
    if reduce in FOLDED:
        return FOLDED[reduce](x, key, src, include_self=include_self)
    if reduce not in ("sum", "mean"):
        raise ValueError(f"reduce is {reduce!r}; it must be one of sum, mean, {', '.join(FOLDED)}")
    total = (x if include_self else setitem(x, key, 0)) + add_at(src, key, x.shape)
    if reduce == "sum":
        return total
    count = add_at(xp.ones_like(src), key, x.shape)
    return total / (count + 1 if include_self else where(count == 0, 1, count))


FOLDED = {"prod": multiply_at, "amax": maximum_at, "amin": minimum_at}


def scattered(x: Any, axis: int, index: Any, src: Any, xp: Any) -> tuple[tuple[Any, ...], Any]:
    """Return the key for `index`, and the part of `src` that it covers."""
    axis, ndim = normalize_axis_index(axis, x.ndim), len(shape_of(index))
    if ndim != x.ndim or len(shape_of(src)) != ndim:
        raise ValueError(f"x has {x.ndim} axes, index {ndim} and src {len(shape_of(src))}: they must have as many")
    for each, side in enumerate(index.shape):
        most = src.shape[each] if each == axis else min(src.shape[each], x.shape[each])
        if side > most:
            raise ValueError(f"index has {side} entries along axis {each}, where there is room for {most}")
    return key_along(index, axis, index.shape, xp), src[tuple(slice(0, side) for side in index.shape)]


@op("basic::select_scatter", composite=True)
def select_scatter(x: Array, src: Array, axis: int, index: int, /) -> Array:
    """A copy of x with `src` as its slice at `index` along an axis.

    Shapes: x (..., n, ...), src (...), result like x. Units: all alike.
    Rule:   x̄ = ȳ with 0 there, src's is ȳ there.
    Raises: OperandError where `index` points outside of x, or src does not fit.
    Source: `torch.select_scatter`.
    """
    return setitem(x, axis_key(normalize_axis_index(axis, x.ndim), x.ndim, index), src)


@op("basic::slice_scatter", composite=True)
def slice_scatter(
    x: Array, src: Array, /, *, axis: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Array:
    """A copy of x with `src` as its slices from `start` to before `end` along an axis, `step` apart.

    Shapes: x (..., n, ...), src (..., number of slices, ...), result like x. Units: all alike.
    Rule:   x̄ = ȳ with 0 there, src's is ȳ there.
    Raises: OperandError where x has no such axis, or src does not fit.
    Source: `torch.slice_scatter`.
    """
    return setitem(x, axis_key(normalize_axis_index(axis, x.ndim), x.ndim, slice(start, end, step)), src)


@index_add.samples
@index_copy.samples
def _(draw, strategies, Sample):
    axis, shape = draw(strategies.sampled_from([(0, (3, 2)), (1, (2, 3)), (-1, (2, 3))]))
    return Sample(draw(strategies.array((2, 2))), axis, draw(strategies.labels((3,), 2)), draw(strategies.array(shape)))


@index_fill.samples
def _(draw, strategies, Sample):
    axis, index = draw(strategies.axis(2)), draw(strategies.labels((2,), 2))
    return Sample(draw(strategies.array((2, 2))), axis, index, draw(strategies.array(())))


@index_put.samples
def _(draw, strategies, Sample):
    rows, columns = draw(strategies.labels((3,), 2)), draw(strategies.labels((3,), 2))
    accumulate, shape = draw(strategies.booleans()), draw(strategies.sampled_from([(3,), (1,), ()]))
    return Sample(draw(strategies.array((2, 2))), (rows, columns), draw(strategies.array(shape)), accumulate=accumulate)


@put.samples
def _(draw, strategies, Sample):
    accumulate, shape = draw(strategies.booleans()), draw(strategies.sampled_from([(4,), (2,), (2, 3), ()]))
    indices = draw(strategies.labels((2, 2), 4))
    return Sample(draw(strategies.array((2, 2))), indices, draw(strategies.array(shape)), accumulate=accumulate)


@put_along_axis.samples
def _(draw, strategies, Sample):
    axis, shape = draw(strategies.sampled_from([(0, (3, 2)), (1, (2, 3)), (-1, (1, 2)), (None, (3,))]))
    values = draw(strategies.sampled_from([shape, shape[1:]]))
    return Sample(
        draw(strategies.array((2, 2))), draw(strategies.labels(shape, 2)), draw(strategies.array(values)), axis=axis
    )


@scatter_add.samples
def _(draw, strategies, Sample):
    axis, shape = draw(strategies.sampled_from([(0, (3, 2)), (1, (2, 3)), (-1, (1, 2))]))
    return Sample(
        draw(strategies.array((2, 2))), axis, draw(strategies.labels(shape, 2)), draw(strategies.array((3, 3)))
    )


@scatter_reduce.samples
def _(draw, strategies, Sample):
    axis, shape = draw(strategies.sampled_from([(0, (3, 2)), (1, (2, 3)), (-1, (1, 2))]))
    index, included = draw(strategies.labels(shape, 2)), draw(strategies.booleans())
    reduce = draw(strategies.sampled_from(("sum", "mean", *FOLDED)))
    x, src = draw(strategies.array((2, 2))), draw(strategies.array((3, 3)))
    return Sample(x, axis, index, src, reduce, include_self=included)


@select_scatter.samples
def _(draw, strategies, Sample):
    axis, shape = draw(strategies.sampled_from([(0, (3,)), (-1, (2,)), (1, ())]))
    return Sample(draw(strategies.array((2, 3))), draw(strategies.array(shape)), axis, draw(strategies.axis(2)))


@slice_scatter.samples
def _(draw, strategies, Sample):
    start, end, step, count = draw(strategies.sampled_from([(None, None, 2, 2), (1, -1, 1, 1), (-2, None, 1, 2)]))
    src = draw(strategies.array((2, count)))
    return Sample(draw(strategies.array((2, 3))), src, axis=1, start=start, end=end, step=step)
