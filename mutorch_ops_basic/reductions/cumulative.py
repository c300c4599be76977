"""Running sums and products along an axis, and their opposite, differences."""

from __future__ import annotations

from typing import Any

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_ops_basic.operands.axes import axis_key, require_axis

__all__ = ["cumulative_prod", "cumulative_sum", "diff"]


@op("basic::cumulative_sum")
def cumulative_sum(
    x: Array,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    include_initial: bool = False,
    xp: Namespace = injected,
) -> Array:
    """The sums of all entries up to each, along an axis, which a 1-d x need not name.

    Shapes: x (..., n, ...), result alike; n + 1 with `include_initial`, which puts a 0 first. Units: x's.
    Rule:   x̄ᵢ = Σₖ≥ᵢ ȳₖ, the same from the other end.
    Raises: OperandError where x is 0-d, or has several axes and none is given.
    Source: Array API standard 2024.12.
    """
    require_axis(x)
    return xp.cumulative_sum(x, axis=axis, dtype=dtype, include_initial=include_initial)


@cumulative_sum.vjp("x")
def _(g, x: Meta, axis, include_initial, xp):
    axis = axis or 0
    if include_initial:
        g = g[axis_key(axis, x.ndim, slice(1, None))]
    return xp.flip(xp.cumulative_sum(xp.flip(g, axis=axis), axis=axis), axis=axis)


@op("basic::cumulative_prod")
def cumulative_prod(
    x: Array,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    include_initial: bool = False,
    xp: Namespace = injected,
) -> Array:
    """The products of all entries up to each, along an axis, which a 1-d x need not name.

    Shapes: x (..., n, ...), result alike; n + 1 with `include_initial`, which puts a 1 first. Units: none.
    Rule:   x̄ᵢ = (Πⱼ<ᵢ xⱼ) rᵢ with rᵢ = ȳᵢ + xᵢ₊₁ rᵢ₊₁: exact where entries are 0, since nothing is divided.
    Raises: OperandError where x is 0-d, or has several axes and none is given.
    Source: Array API standard 2024.12.
    """
    require_axis(x)
    return xp.cumulative_prod(x, axis=axis, dtype=dtype, include_initial=include_initial)


@cumulative_prod.vjp("x")
def _(g, x, axis, include_initial, xp):
    axis = axis or 0
    if include_initial:
        g = g[axis_key(axis, x.ndim, slice(1, None))]
    rows, g = xp.moveaxis(x, axis, -1), xp.moveaxis(g, axis, -1)
    return xp.moveaxis(products_before(rows, xp) * backward_recurrence(rows[..., 1:], g, xp), -1, axis)


def products_before(rows, xp):
    """Return for each entry of the last axis the product of those before it."""
    if rows.shape[-1] == 0:
        return rows
    ahead = xp.concat([xp.ones_like(rows[..., :1]), rows[..., :-1]], axis=-1)
    return xp.cumulative_prod(ahead, axis=-1)


def products_of_others(rows, xp):
    """Return for each entry of the last axis the product of all others."""
    return products_before(rows, xp) * xp.flip(products_before(xp.flip(rows, axis=-1), xp), axis=-1)


def backward_recurrence(factor, g, xp):
    """Solve rᵢ = gᵢ + fᵢ rᵢ₊₁ along the last axis, where g has one entry more than f.

    It solves pairs, then fours, …: log₂ n steps over whole arrays instead of n over entries.
    """
    step, count = 1, g.shape[-1]
    while step < count:
        g = xp.concat([g[..., :-step] + factor * g[..., step:], g[..., -step:]], axis=-1)
        if 2 * step < count:
            factor = factor[..., :-step] * factor[..., step:]
        step *= 2
    return g


@op("basic::diff", composite=True)
def diff(
    x: Array,
    /,
    *,
    axis: int = -1,
    n: int = 1,
    prepend: Array | None = None,
    append: Array | None = None,
    xp: Namespace = injected,
) -> Array:
    """The differences of neighbours along an axis, `n` times, with `prepend` and `append` put around x first.

    Shapes: x (..., m, ...), result m - n there. Units: x's.
    Rule:   made of differentiable ops: x̄ᵢ = ȳᵢ₋₁ - ȳᵢ for n = 1.
    Raises: OperandError where x has no such axis, or n is negative.
    Source: Array API standard 2024.12.
    """
    if n < 0:
        raise ValueError(f"n is {n}; it can't be negative")
    if n == 0:  # like NumPy, which then ignores prepend and append
        return xp.asarray(x, copy=True)
    parts = [part for part in (prepend, x, append) if part is not None]
    x = xp.concat(parts, axis=axis) if len(parts) > 1 else x
    later, earlier = axis_key(axis, x.ndim, slice(1, None)), axis_key(axis, x.ndim, slice(None, -1))
    for _ in range(min(n, x.shape[axis])):  # further differences are empty
        x = x[later] - x[earlier]
    return x
