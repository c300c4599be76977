"""Reductions: sums, products, extremes and spreads over axes."""

from __future__ import annotations

from math import nan
from typing import Any

from mutorch_core import Array, Meta, Namespace, Op, injected, op
from mutorch_core.authoring import cast
from mutorch_core.domain import Tie
from mutorch_ops_basic.operands.axes import (
    Axis,
    broadcast_cotangent,
    flatten_axes,
    normalize_axes,
    reduction_length,
    require_axis,
    restore_axes,
    shape_of,
)
from mutorch_ops_basic.operands.dtypes import conjugate
from mutorch_ops_basic.reductions.cumulative import products_of_others

__all__ = ["all", "any", "count_nonzero", "max", "mean", "min", "prod", "std", "sum", "var"]


@op("basic::sum")
def sum(
    x: Array, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False, xp: Namespace = injected
) -> Array:
    """The sum over axes, over all of them by default.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   x̄ = ȳ, broadcast back.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.sum(x, axis=axis, dtype=dtype, keepdims=keepdims)


@sum.vjp("x")
def _(g, x: Meta, axis, keepdims, xp):
    return broadcast_cotangent(restore_axes(g, x, axis, keepdims, xp), x, xp)


@op("basic::mean")
def mean(x: Array, /, *, axis: Axis = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
    """The arithmetic mean over axes, over all of them by default.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   x̄ = ȳ / n, broadcast back.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.mean(x, axis=axis, keepdims=keepdims)


@mean.vjp("x")
def _(g, x: Meta, axis, keepdims, xp):
    share = g / (reduction_length(x, axis) or 1)  # an empty reduction has no weights
    return broadcast_cotangent(restore_axes(share, x, axis, keepdims, xp), x, xp)


@op("basic::prod")
def prod(
    x: Array, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False, xp: Namespace = injected
) -> Array:
    """The product over axes, over all of them by default.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's to the power n.
    Rule:   x̄ᵢ = ȳ Πⱼ≠ᵢ xⱼ, the product of those before times that of those after: right at 0, unlike y / xᵢ.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    if axis is not None:
        require_axis(x)
    return xp.prod(x, axis=axis, dtype=dtype, keepdims=keepdims)


@prod.vjp("x")
def _(g, x, axis, keepdims, xp):
    shape = shape_of(x)
    axes = normalize_axes(axis, len(shape))
    order = tuple(each for each in range(len(shape)) if each not in axes) + axes
    rows = flatten_axes(x, axis, xp)
    others = products_of_others(rows, xp)
    others = xp.reshape(others, tuple(shape[each] for each in order))
    back = tuple(order.index(each) for each in range(len(shape)))
    return restore_axes(g, x, axis, keepdims, xp) * xp.permute_dims(others, back)


@op("basic::max", kinks=(Tie("x"),))
def max(x: Array, /, *, axis: Axis = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
    """The largest entry over axes, over all of them by default; NaN where one is NaN.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   x̄ = ȳ at the largest entry, 0 elsewhere; NaN throughout a slice that has one.
    At kinks: split evenly over equal largest entries.
    Raises: OperandError where x has no such axis, or nothing to choose from.
    Source: Array API standard 2024.12.
    """
    return xp.max(x, axis=axis, keepdims=keepdims)


@max.vjp("x")
def _(g, x, out, *, axis, keepdims, xp):
    return split_over_extremes(g, x, out, axis=axis, keepdims=keepdims, xp=xp)


@op("basic::min", kinks=(Tie("x"),))
def min(x: Array, /, *, axis: Axis = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
    """The smallest entry over axes, over all of them by default; NaN where one is NaN.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   x̄ = ȳ at the smallest entry, 0 elsewhere; NaN throughout a slice that has one.
    At kinks: split evenly over equal smallest entries.
    Raises: OperandError where x has no such axis, or nothing to choose from.
    Source: Array API standard 2024.12.
    """
    return xp.min(x, axis=axis, keepdims=keepdims)


@min.vjp("x")
def _(g, x, out, *, axis, keepdims, xp):
    return split_over_extremes(g, x, out, axis=axis, keepdims=keepdims, xp=xp)


def split_over_extremes(g, x, out, *, axis, keepdims, xp):
    """Split each slice's cotangent evenly over the entries that equal its extreme."""
    extreme = restore_axes(out, x, axis, keepdims, xp)
    elsewhere = xp.where(xp.isnan(extreme), extreme, 0)
    return split_evenly(restore_axes(g, x, axis, keepdims, xp), x == extreme, axis, xp, elsewhere)


def split_evenly(g, chosen, axis, xp, elsewhere=0):
    """Split each slice's cotangent evenly over its chosen entries."""
    if axis == ():
        return xp.where(chosen, g, elsewhere)
    ties = xp.count_nonzero(chosen, axis=axis, keepdims=True)
    ties = cast(xp.where(ties == 0, 1, ties), getattr(g, "dtype", type(g)))  # as integers they would widen g
    return xp.where(chosen, g / ties, elsewhere)


@op("basic::var")
def var(
    x: Array,
    /,
    *,
    axis: Axis = None,
    correction: float = 0.0,
    keepdims: bool = False,
    xp: Namespace = injected,
) -> Array:
    """The variance over axes, over all of them by default: squared deviations over n - correction.

    Shapes: x (...), result without the axes, or with them as length 1. Units: the square of x's.
    Rule:   x̄ = 2 ȳ (x - mean) / (n - correction), the deviation conjugated where x is complex.
    At kinks: 0 on a constant slice; NaN where n ≤ correction.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.var(x, axis=axis, correction=correction, keepdims=keepdims)


@var.forward("torch")
def _(x, *, axis, correction, keepdims, xp):
    if correction == int(correction):
        return xp.var(x, axis=axis, correction=int(correction), keepdims=keepdims)
    return xp.var(x, axis=axis, keepdims=keepdims) * (
        reduction_length(x, axis) / degrees_of_freedom(x, axis, correction)
    )


@var.vjp("x")
def _(g, x, *, axis, correction, keepdims, xp):
    share = restore_axes(g, x, axis, keepdims, xp) * (2 / degrees_of_freedom(x, axis, correction))
    return share * conjugate(x - xp.mean(x, axis=axis, keepdims=True), xp)


@op("basic::std")
def std(
    x: Array,
    /,
    *,
    axis: Axis = None,
    correction: float = 0.0,
    keepdims: bool = False,
    xp: Namespace = injected,
) -> Array:
    """The standard deviation over axes, over all of them by default: the root of the variance.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   x̄ = ȳ (x - mean) / ((n - correction) y), the deviation conjugated where x is complex.
    At kinks: 0 on a constant slice, also where rounding of its mean leaves y a little above 0.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.std(x, axis=axis, correction=correction, keepdims=keepdims)


@std.forward("torch")
def _(x, *, axis, correction, keepdims, xp):
    return xp.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


@std.vjp("x")
def _(g, x, out, *, axis, correction, keepdims, xp):
    x = xp.asarray(x)
    deviation = conjugate(x - xp.mean(x, axis=axis, keepdims=True), xp)
    spread = restore_axes(out, x, axis, keepdims, xp)
    axes = normalize_axes(axis, x.ndim)
    first = x[tuple(slice(0, 1) if each in axes else slice(None) for each in range(x.ndim))]
    level = (spread == 0) | xp.all(x == first, axis=axis, keepdims=True)
    share = restore_axes(g, x, axis, keepdims, xp) / (
        degrees_of_freedom(x, axis, correction) * xp.where(level, 1, spread)
    )
    return xp.where(level, 0, share) * deviation


def degrees_of_freedom(x, axis, correction):
    """Return the divisor of the squared deviations, or NaN if there are too few entries."""
    left = reduction_length(x, axis) - correction
    return left if left > 0 else nan


def undifferentiable_reduction(name: str, meaning: str, result: str) -> Op[..., Array]:
    """Declare a reduction whose result has no derivative."""

    def forward(x: Array, /, *, axis: Axis = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
        return getattr(xp, name)(x, axis=axis, keepdims=keepdims)

    forward.__name__ = name
    forward.__doc__ = f"""{meaning}, over all axes by default.

    Shapes: x (...), result without the axes, or with them as length 1; {result}. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return op(f"basic::{name}", nondiff=("x",))(forward)


all = undifferentiable_reduction("all", "True where all entries over axes are true", "boolean")
any = undifferentiable_reduction("any", "True where an entry over axes is true", "boolean")
count_nonzero = undifferentiable_reduction("count_nonzero", "The number of entries over axes that are not 0", "integer")


@count_nonzero.forward("torch")
def _(x, *, axis, keepdims, xp):
    if axis == ():  # which array-api-compat takes for all axes
        return xp.astype(x != 0, xp.int64)
    return xp.count_nonzero(x, axis=axis, keepdims=keepdims)
