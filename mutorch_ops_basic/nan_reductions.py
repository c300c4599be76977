"""Reductions that pass NaN over. What is passed over gets no cotangent."""

from __future__ import annotations

from math import inf
from typing import Any

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.accumulate import cast
from mutorch_core.values import dtype_of
from mutorch_ops_basic.axes import Axis

__all__ = ["nanargmax", "nanargmin", "nanmean", "nansum"]


@op("basic::nansum", composite=True)
def nansum(
    x: Array, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False, xp: Namespace = injected
) -> Array:
    """The sum over axes of the entries that are not NaN, over all axes by default; 0 where all are.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   made of differentiable ops: x̄ = ȳ, broadcast back, and 0 to NaN.
    Raises: OperandError where x has no such axis.
    Source: `numpy.nansum`.
    """
    return xp.sum(xp.where(xp.isnan(x), 0, x), axis=axis, dtype=dtype, keepdims=keepdims)


@op("basic::nanmean", composite=True)
def nanmean(x: Array, /, *, axis: Axis = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
    """The mean over axes of the entries that are not NaN, over all axes by default; NaN where all are.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   made of differentiable ops: x̄ = ȳ over their number, broadcast back, and 0 to NaN.
    Raises: OperandError where x has no such axis.
    Source: `numpy.nanmean`.
    """
    missing = xp.isnan(x)
    total = xp.sum(xp.where(missing, 0, x), axis=axis, keepdims=keepdims)
    count = xp.count_nonzero(xp.logical_not(missing), axis=axis, keepdims=keepdims)
    return total / cast(count, dtype_of(total))


def position(name: str, plain: str, reduction: str, last: float, meaning: str) -> Op[..., Array]:
    """The place of an extreme among the entries that are not NaN."""

    def forward(x: Array, /, *, axis: int | None = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
        missing = xp.isnan(x)
        if xp.any(xp.all(missing, axis=axis)):
            raise ValueError("a slice is NaN throughout, or empty")
        return first_of(x, missing, axis, keepdims, xp)

    def first_of(x, missing, axis, keepdims, xp):
        extreme = getattr(xp, reduction)(xp.where(missing, last, x), axis=axis, keepdims=True)
        return xp.argmax(xp.astype(x == extreme, xp.int8), axis=axis, keepdims=keepdims)

    forward.__name__ = name
    forward.__doc__ = f"""The position of the {meaning} entry that is not NaN, along an axis, or in the flattened array.

    Shapes: x (...), result without the axis, or with it as length 1; integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x has no such axis, or a slice is NaN throughout; in JAX, whose arrays may have no
            values yet, the position is -1 there.
    Source: `numpy.{name}`.
    """
    made = op(f"basic::{name}", nondiff=("x",))(forward)

    @made.forward("jax")
    def _(x, *, axis, keepdims, xp):
        missing = xp.isnan(x)
        none = xp.all(missing, axis=axis, keepdims=keepdims)
        return xp.where(none, -1, first_of(x, missing, axis, keepdims, xp))

    return made


nanargmax = position("nanargmax", "argmax", "max", -inf, "first largest")
nanargmin = position("nanargmin", "argmin", "min", inf, "first smallest")
