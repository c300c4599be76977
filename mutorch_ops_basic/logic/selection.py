"""Choosing between operands: maximum, minimum, clipping, and `where`."""

from __future__ import annotations

from typing import Any

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import carries_gradient, is_number
from mutorch_core.domain import Tie

__all__ = ["clip", "maximum", "minimum", "where"]


@op("basic::maximum", kinks=(Tie("x1", "x2", shares=(0.5, 0.5)),), symbol="max")
def maximum(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The larger of x1 and x2, element by element; NaN where one is NaN.

    Shapes: x1 and x2 broadcast to the result. Units: all alike.
    Rule:   ȳ to the larger, 0 to the other; to both where one is NaN.
    At kinks: half of ȳ each where they are equal.
    Raises: OperandError where the shapes do not broadcast, or a dtype is complex.
    Source: Array API standard 2024.12.
    """
    return xp.maximum(x1, x2)


@maximum.vjp("x1")
def _(g, x1, x2, xp):
    return xp.where(x1 < x2, 0, xp.where(x1 == x2, 0.5 * g, g))


@maximum.vjp("x2")
def _(g, x1, x2, xp):
    return xp.where(x2 < x1, 0, xp.where(x1 == x2, 0.5 * g, g))


@op("basic::minimum", kinks=(Tie("x1", "x2", shares=(0.5, 0.5)),), symbol="min")
def minimum(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The smaller of x1 and x2, element by element; NaN where one is NaN.

    Shapes: x1 and x2 broadcast to the result. Units: all alike.
    Rule:   ȳ to the smaller, 0 to the other; to both where one is NaN.
    At kinks: half of ȳ each where they are equal.
    Raises: OperandError where the shapes do not broadcast, or a dtype is complex.
    Source: Array API standard 2024.12.
    """
    return xp.minimum(x1, x2)


@minimum.vjp("x1")
def _(g, x1, x2, xp):
    return xp.where(x1 > x2, 0, xp.where(x1 == x2, 0.5 * g, g))


@minimum.vjp("x2")
def _(g, x1, x2, xp):
    return xp.where(x2 > x1, 0, xp.where(x1 == x2, 0.5 * g, g))


@op(
    "basic::clip",
    kinks=(Tie("x", "min"), Tie("x", "max"), Tie("min", "max")),
)
def clip(x: Array, /, min: Array | None = None, max: Array | None = None, *, xp: Namespace = injected) -> Array:
    """x, but not below `min` and not above `max`, element by element; `max` wins where `min` is above it.

    Shapes: x, min and max broadcast to the result, of x's dtype unless that has no room for them. Units: all alike.
    Rule:   ȳ to x within the bounds, to `min` below, to `max` above.
    At kinks: ȳ to x on the bounds; at equal bounds to the one that x is beyond.
    Raises: OperandError where the shapes do not broadcast, or a dtype is complex.
    Source: Array API standard 2024.12.
    """
    if min is not None:
        x = xp.maximum(x, fit_bound(min, x, True, xp))
    return x if max is None else xp.minimum(x, fit_bound(max, x, False, xp))


def fit_bound(bound: Any, x: Any, least: bool, xp: Any) -> Any:
    """Return a bound in x's dtype; an integer outside of that dtype's range is clamped to it."""
    if is_number(x):
        return bound
    if is_number(bound):
        if type(bound) is not int or carries_gradient(x) or not xp.isdtype(x.dtype, "integral"):
            return bound
        limits = xp.iinfo(x.dtype)
        return max(bound, int(limits.min)) if least else min(bound, int(limits.max))
    if bound.dtype == x.dtype or carries_gradient(bound) > carries_gradient(x):
        return bound
    return xp.astype(bound, x.dtype)


@clip.vjp("x")
def _(g, x, min, max, xp):
    if min is not None:
        g = xp.where(x < min, 0, g)
    return g if max is None else xp.where(x > max, 0, g)


@clip.vjp("min")
def _(g, x, min, max, xp):
    g = xp.where(x < min, g, 0)
    return g if max is None else xp.where(min > max, 0, g)


@clip.vjp("max")
def _(g, x, min, max, xp):
    clipped = x > max if min is None else (x > max) | (min > max)
    return xp.where(clipped, g, 0)


@op("basic::where", nondiff=("condition",))
def where(condition: Array, x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """x1 where `condition` is true, x2 where it is not.

    Shapes: condition, x1 and x2 broadcast to the result. Units: x1's and x2's alike.
    Rule:   ȳ to the one chosen, 0 to the other. The other was computed too: if its derivative is infinite,
        0 · inf is NaN, so choose its input as well.
    Raises: OperandError where the shapes do not broadcast.
    Source: Array API standard 2024.12.
    """
    return xp.where(condition, x1, x2)


@where.vjp("x1")
def _(g, condition, xp):
    return xp.where(condition, g, 0)


@where.vjp("x2")
def _(g, condition, xp):
    return xp.where(condition, 0, g)
