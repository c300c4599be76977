"""Medians and quantiles, with and without NaN."""

from __future__ import annotations

from math import inf, nan
from typing import Any, Literal

import numpy as np

from mutorch_core import Array, Namespace, injected, op, stop_gradient
from mutorch_core.authoring import as_arrays, cast, device_of, is_number
from mutorch_core.domain import Interval, Tie
from mutorch_ops_basic.operands.axes import Axis, flatten_axes, reduced_shape, restore_axes, shape_of
from mutorch_ops_basic.operands.dtypes import to_floating, unwrap
from mutorch_ops_basic.reductions.standard_reductions import split_evenly

__all__ = ["median", "nanmedian", "nanquantile", "quantile"]


@op("basic::median", kinks=(Tie("x"),))
def median(x: Array, /, *, axis: Axis = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
    """The middle of the sorted entries over axes, over all by default; the mean of two; NaN where one is NaN.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   x̄ = half of ȳ at the lower middle entry and half at the upper, which may be one, 0 elsewhere; NaN
            throughout a slice that has one.
    At kinks: split evenly over entries equal to a middle one.
    Raises: OperandError where x has no such axis, or nothing to choose from.
    Source: `numpy.median`.
    """
    ordered = xp.sort(flatten_axes(x, axis, xp), axis=-1)
    count, last = ordered.shape[-1], ordered[..., -1]
    middle = mean_of_two(ordered[..., (count - 1) // 2], ordered[..., count // 2])
    return xp.reshape(xp.where(xp.isnan(last), last, middle), reduced_shape(x, axis, keepdims))


@median.vjp("x")
def _(g, x, out, axis, keepdims, xp):
    middle = restore_axes(out, x, axis, keepdims, xp)
    return xp.where(xp.isnan(middle), middle, split_over_medians(g, x, middle, axis, keepdims, xp))


@op("basic::nanmedian", kinks=(Tie("x"),))
def nanmedian(x: Array, /, *, axis: Axis = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
    """The median over axes of the entries that are not NaN, over all axes by default; NaN where all are.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   as that of median, with 0 to NaN.
    At kinks: split evenly over entries equal to a middle one.
    Raises: OperandError where x has no such axis, or nothing to choose from.
    Source: `numpy.nanmedian`.
    """
    ordered = xp.sort(flatten_axes(x, axis, xp), axis=-1)  # NaN last
    present = xp.count_nonzero(xp.logical_not(xp.isnan(ordered)), axis=-1, keepdims=True)
    last = xp.where(present == 0, 0, present - 1)
    low, high = (xp.take_along_axis(ordered, position, axis=-1) for position in (last // 2, (last + 1) // 2))
    return xp.reshape(mean_of_two(low, high), reduced_shape(x, axis, keepdims))


@nanmedian.vjp("x")
def _(g, x, out, axis, keepdims, xp):
    middle = restore_axes(out, x, axis, keepdims, xp)
    return xp.where(xp.isnan(middle), 0, split_over_medians(g, x, middle, axis, keepdims, xp))


def mean_of_two(low, high):
    """Return the mean of two numbers, halved before they are added, since their sum may overflow."""
    return low / 2 + high / 2


def split_over_medians(g, x, middle, axis, keepdims, xp):
    """Split each slice's cotangent between the entries next to the median on either side, or equal to it."""
    low = xp.max(xp.where(x <= middle, x, -inf), axis=axis, keepdims=True)
    high = xp.min(xp.where(x >= middle, x, inf), axis=axis, keepdims=True)
    half = restore_axes(g, x, axis, keepdims, xp) / 2
    return split_evenly(half, x == low, axis, xp) + split_evenly(half, x == high, axis, xp)


Method = Literal[
    "linear", "lower", "higher", "nearest", "midpoint",
    "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased",
]  # fmt: skip

ROUNDED = {
    "lower": ("floor", "floor"),
    "higher": ("ceil", "ceil"),
    "nearest": ("round", "round"),
    "midpoint": ("floor", "ceil"),
}
"""The two neighbours whose mean a quantile is."""

OFFSETS = {
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (1 / 2, 1 / 2),
    "weibull": (0, 0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
"""Hyndman and Fan's α and β: of n entries the quantile q lies at n q + α + q (1 - α - β), counted from 1."""


@op("basic::quantile", composite=True, domain={"q": Interval(0, 1)}, kinks=(Tie("x"),))
def quantile(
    x: Array,
    /,
    q: Array,
    *,
    axis: Axis = None,
    keepdims: bool = False,
    method: Method = "linear",
    xp: Namespace = injected,
) -> Array:
    """The value below which a share q of the entries lies, over axes, over all by default; NaN where an entry is NaN.

    "linear" interpolates between neighbours in order. "lower", "higher", "nearest" (to the even place) and "midpoint"
    choose from them. The others place the quantiles as Hyndman and Fan do.

    Shapes: x (...), q (s...), result (s...) and then x's without the axes, or with them as length 1. Units: x's.
    Rule:   made of differentiable ops: ȳ to the two neighbours by their shares, q̄ = ȳ times their distance times n - 1;
            NaN to both in a slice that has one.
    At kinks: equal entries in their order; where q is at an entry's place, the slope of q is that to the next one.
    Raises: OperandError where x has no such axis, or nothing to choose from, or q is outside of [0, 1]; NaN for such
            a q in libraries that may not have computed it yet.
    Source: Hyndman & Fan, The American Statistician 50 (1996) 361; `numpy.quantile`.
    """
    refuse_outside(q)
    x, _ = as_arrays(xp, x, q)
    rows = to_floating(flatten_axes(x, axis, xp), xp)
    order = xp.argsort(rows, axis=-1)
    last = xp.take_along_axis(stop_gradient(rows), order[..., -1:], axis=-1)
    value = interpolate_quantiles(rows, order, q, rows.shape[-1], method, xp) * xp.where(xp.isnan(last), last, 1)
    return xp.reshape(xp.moveaxis(value, -1, 0), (*shape_of(q), *reduced_shape(x, axis, keepdims)))


@op("basic::nanquantile", composite=True, domain={"q": Interval(0, 1)}, kinks=(Tie("x"),))
def nanquantile(
    x: Array,
    /,
    q: Array,
    *,
    axis: Axis = None,
    keepdims: bool = False,
    method: Method = "linear",
    xp: Namespace = injected,
) -> Array:
    """The value below which a share q of the entries that are not NaN lies, by `quantile`'s methods; NaN where all are.

    Shapes: x (...), q (s...), result (s...) and then x's without the axes, or with them as length 1. Units: x's.
    Rule:   as that of quantile, with 0 to NaN.
    At kinks: as at those of quantile.
    Raises: OperandError where x has no such axis, or nothing to choose from, or q is outside of [0, 1], as quantile.
    Source: `numpy.nanquantile`.
    """
    refuse_outside(q)
    x, _ = as_arrays(xp, x, q)
    rows = to_floating(flatten_axes(x, axis, xp), xp)
    missing = xp.isnan(rows)
    present = xp.count_nonzero(xp.logical_not(missing), axis=-1, keepdims=True)
    rows = xp.where(missing, nan, rows)
    value = interpolate_quantiles(rows, xp.argsort(rows, axis=-1), q, cast(present, rows.dtype), method, xp)
    return xp.reshape(xp.moveaxis(value, -1, 0), (*shape_of(q), *reduced_shape(x, axis, keepdims)))


def refuse_outside(q):
    """Raise ValueError if a share is outside of [0, 1], for numbers and NumPy's arrays, whose entries are known."""
    raw = unwrap(q)
    if isinstance(raw, (np.ndarray, np.generic)) or is_number(raw):
        shares: Any = np.asarray(raw)
        if np.iscomplexobj(shares) or np.any((shares < 0) | (shares > 1)):
            raise ValueError(f"q is {raw!r}; shares are from 0 to 1")


def interpolate_quantiles(rows, order, q, count, method, xp):
    """Return a quantile for each q along the last axis, of lines whose first `count` entries in order are not NaN."""
    q = xp.reshape(xp.asarray(q, dtype=rows.dtype, device=device_of(rows)), (1,) * (rows.ndim - 1) + (-1,))
    inside = (q >= 0) & (q <= 1)
    low, high, share = neighbour_positions(xp.where(inside, q, 0), count, method, xp)
    low, high = (
        xp.take_along_axis(rows, xp.take_along_axis(order, xp.astype(position, order.dtype), axis=-1), axis=-1)
        for position in (low, high)
    )
    return xp.where(inside, weighted_entry(1 - share, low, xp) + weighted_entry(share, high, xp), nan)


def neighbour_positions(q, count, method, xp):
    """Return the positions below and above each quantile, and the weight of the upper one."""
    last = xp.maximum(count - 1, 0) if shape_of(count) else count - 1
    if method in OFFSETS:
        alpha, beta = OFFSETS[method]
        position = xp.clip(q * (count + (1 - alpha - beta)) + (alpha - 1), 0, last)
    else:
        position = q * last
    if method in ROUNDED:
        low, high = (getattr(xp, rounded)(position) for rounded in ROUNDED[method])
        return low, high, 0.5
    if method != "linear" and method not in OFFSETS:
        raise ValueError(f"the method {method!r} is none of {', '.join(['linear', *ROUNDED, *OFFSETS])}")
    low = xp.floor(position)
    low = xp.where((low == last) & (low > 0), low - 1, low)  # so that the last place too lies between two
    return low, xp.where(low < last, low + 1, low), position - low


def weighted_entry(share, entry, xp):
    """Return an entry times its weight, but 0 for an infinite entry of weight 0."""
    return share * xp.where((share == 0) & xp.isinf(entry), 0, entry)
