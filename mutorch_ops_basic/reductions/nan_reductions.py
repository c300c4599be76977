"""Reductions that ignore NaN. Ignored entries get no cotangent."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.authoring import cast, dtype_of
from mutorch_core.domain import Tie
from mutorch_ops_basic.operands.axes import Axis, require_axis
from mutorch_ops_basic.reductions.standard_reductions import count_nonzero

__all__ = [
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


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
def nanmean(
    x: Array, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False, xp: Namespace = injected
) -> Array:
    """The mean over axes of the entries that are not NaN, over all axes by default; NaN where all are.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   made of differentiable ops: x̄ = ȳ over their number, broadcast back, and 0 to NaN.
    Raises: OperandError where x has no such axis.
    Source: `numpy.nanmean`.
    """
    missing = xp.isnan(x)
    total = xp.sum(xp.where(missing, 0, x), axis=axis, dtype=dtype, keepdims=keepdims)
    count = count_nonzero(xp.logical_not(missing), axis=axis, keepdims=keepdims)
    return total / cast(count, dtype_of(total))


@op("basic::nanvar", composite=True)
def nanvar(
    x: Array,
    /,
    *,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0.0,
    correction: float = 0.0,
    keepdims: bool = False,
    xp: Namespace = injected,
) -> Array:
    """The variance over axes of the n entries that are not NaN: squared deviations over n - correction.

    Shapes: x (...), result without the axes, or with them as length 1. Units: the square of x's.
    Rule:   made of differentiable ops: that of var, and 0 to NaN. NumPy calls the correction `ddof`.
    At kinks: 0 on a constant slice; NaN where n ≤ correction.
    Raises: OperandError where x has no such axis.
    Source: `numpy.nanvar`.
    """
    missing = xp.isnan(x)
    deviations = xp.where(missing, 0, x - nanmean(x, axis=axis, dtype=dtype, keepdims=True))
    total = xp.sum(xp.real(deviations * xp.conj(deviations)), axis=axis, keepdims=keepdims)
    count = count_nonzero(xp.logical_not(missing), axis=axis, keepdims=keepdims)
    freedom = cast(count, dtype_of(total)) - (correction or ddof)
    return total / xp.where(freedom > 0, freedom, nan)


@op("basic::nanstd", composite=True)
def nanstd(
    x: Array,
    /,
    *,
    axis: Axis = None,
    dtype: Any = None,
    ddof: float = 0.0,
    correction: float = 0.0,
    keepdims: bool = False,
    xp: Namespace = injected,
) -> Array:
    """The standard deviation over axes of the entries that are not NaN: the root of `nanvar`.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   made of differentiable ops: that of std, and 0 to NaN.
    At kinks: 0 on a constant slice.
    Raises: OperandError where x has no such axis.
    Source: `numpy.nanstd`.
    """
    variance = nanvar(x, axis=axis, dtype=dtype, correction=correction or ddof, keepdims=keepdims)
    spread = variance > 0
    return xp.where(spread, xp.sqrt(xp.where(spread, variance, 1)), variance)


def extreme(name: str, plain: str, last: float, meaning: str) -> Op[..., Array]:
    """Declare the largest or smallest of the entries that are not NaN."""

    def forward(x: Array, /, *, axis: Axis = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
        choose = getattr(xp, plain)
        if xp.isdtype(xp.asarray(x).dtype, "integral"):
            return choose(x, axis=axis, keepdims=keepdims)
        missing = xp.isnan(x)
        chosen = choose(xp.where(missing, last, x), axis=axis, keepdims=keepdims)
        return xp.where(xp.all(missing, axis=axis, keepdims=keepdims), nan, chosen)

    forward.__name__ = name
    forward.__doc__ = f"""The {meaning} entry over axes that is not NaN, over all axes by default; NaN where all are.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   made of differentiable ops: that of {plain}, and 0 to NaN.
    At kinks: split evenly over equal {meaning} entries.
    Raises: OperandError where x has no such axis, or nothing to choose from.
    Source: `numpy.{name}`.
    """
    return op(f"basic::{name}", composite=True, kinks=(Tie("x"),))(forward)


nanmax = extreme("nanmax", "max", -inf, "largest")
nanmin = extreme("nanmin", "min", inf, "smallest")


@op("basic::nanprod", composite=True)
def nanprod(
    x: Array, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False, xp: Namespace = injected
) -> Array:
    """The product over axes of the entries that are not NaN, over all axes by default; 1 where all are.

    Shapes: x (...), result without the axes, or with them as length 1. Units: a power of x's.
    Rule:   made of differentiable ops: that of prod, and 0 to NaN.
    Raises: OperandError where x has no such axis.
    Source: `numpy.nanprod`.
    """
    if axis is not None:
        require_axis(x)
    return xp.prod(xp.where(xp.isnan(x), 1, x), axis=axis, dtype=dtype, keepdims=keepdims)


def running(name: str, plain: str, neutral: float, meaning: str) -> Op[..., Array]:
    """Declare the running sums or products of the entries that are not NaN."""

    def forward(x: Array, /, *, axis: int | None = None, dtype: Any = None, xp: Namespace = injected) -> Array:
        if axis is not None:
            require_axis(x)
        filled = xp.where(xp.isnan(x), neutral, x)
        lying = xp.reshape(filled, (-1,)) if axis is None else filled
        return getattr(xp, plain)(lying, axis=axis, dtype=dtype)

    forward.__name__ = name
    forward.__doc__ = f"""The {meaning} of all entries up to each that are not NaN, along an axis or flattened.

    Shapes: x (..., n, ...), result alike; (size,) without an axis. Units: as {plain}'s.
    Rule:   made of differentiable ops: that of {plain}, and 0 to NaN.
    Raises: OperandError where x has no such axis.
    Source: `numpy.{name}`.
    """
    return op(f"basic::{name}", composite=True)(forward)


nancumsum = running("nancumsum", "cumulative_sum", 0, "sums")
nancumprod = running("nancumprod", "cumulative_prod", 1, "products")


def position(name: str, plain: str, reduction: str, last: float, meaning: str) -> Op[..., Array]:
    """Declare the position of an extreme among the entries that are not NaN."""

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
