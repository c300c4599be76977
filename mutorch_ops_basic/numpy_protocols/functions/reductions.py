"""NumPy's reductions and cumulative functions, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core.errors import refused
from mutorch_ops_basic.numpy_protocols.arguments import array, as_dtype, masked, operand, refuse_given, store
from mutorch_ops_basic.numpy_protocols.registry import answers, implements

__all__ = ["REDUCTIONS", "flattened", "resized"]


def flattened(a: Any, axis: Any) -> tuple[Any, int]:
    """Return the array and the axis to work along: the flattened array and 0 if there is none."""
    return (xp.reshape(array(a), (-1,)), 0) if axis is None else (array(a), axis)


def resized(values: Any, count: int) -> Any:
    """Repeat values in order up to a count."""
    values = xp.reshape(array(values), (-1,))
    return xp.take(values, np.arange(count) % values.shape[0], axis=0)


def folding(name: str, reduce: Callable[..., Any], neutral: Any, combine: Callable[..., Any]) -> Callable[..., Any]:
    """Return NumPy's `sum` or `prod`, or their relatives that skip NaN."""

    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
                 initial: Any = None, where: Any = True) -> Any:  # fmt: skip
        total = reduce(masked(array(a), where, neutral), axis=axis, dtype=dtype, keepdims=bool(keepdims))
        return store(total if initial is None else combine(total, operand(initial)), out, f"np.{name}")

    return function


sum = implements("sum")(folding("sum", xp.sum, 0, xp.add))
prod = implements("prod")(folding("prod", xp.prod, 1, xp.multiply))
nansum = implements("nansum")(folding("nansum", xp.nansum, 0, xp.add))
nanprod = implements("nanprod")(folding("nanprod", xp.nanprod, 1, xp.multiply))


def extreme(name: str, reduce: Callable[..., Any], combine: Callable[..., Any]) -> Callable[..., Any]:
    """Return NumPy's `max` or `min`, or their relatives that skip NaN."""

    def function(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False,
                 initial: Any = None, where: Any = True) -> Any:  # fmt: skip
        if where is not True and initial is None:
            raise refused(f"np.{name}(where=…) needs initial=, the result where the mask holds nowhere", ValueError)
        largest = reduce(masked(array(a), where, initial), axis=axis, keepdims=bool(keepdims))
        return store(largest if initial is None else combine(largest, operand(initial)), out, f"np.{name}")

    return function


max = implements("max", "amax")(extreme("max", xp.max, xp.maximum))
min = implements("min", "amin")(extreme("min", xp.min, xp.minimum))
nanmax = implements("nanmax")(extreme("nanmax", xp.nanmax, xp.fmax))
nanmin = implements("nanmin")(extreme("nanmin", xp.nanmin, xp.fmin))


def quantifier(name: str, reduce: Callable[..., Any], neutral: bool) -> Callable[..., Any]:
    """Return NumPy's `all` or `any`."""

    def function(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
        if where is not True:
            a = xp.where(operand(where), xp.astype(array(a), np.dtype(bool)), neutral)
        return store(reduce(array(a), axis=axis, keepdims=bool(keepdims)), out, f"np.{name}")

    return function


all = answers("all")(quantifier("all", xp.all, True))
any = answers("any")(quantifier("any", xp.any, False))


def counted(a: Any, where: Any, axis: Any) -> Any:
    """Return how many entries the mask lets through along the axes."""
    return xp.sum(xp.broadcast_to(array(where), a.shape), axis=axis, keepdims=True)


@implements()
def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
         *, where: Any = True) -> Any:  # fmt: skip
    """Average over axes."""
    a = as_dtype(floating(array(a)), dtype)
    if where is True:
        return store(xp.mean(a, axis=axis, keepdims=bool(keepdims)), out, "np.mean")
    average = xp.sum(masked(a, where, 0), axis=axis, keepdims=True) / counted(a, where, axis)
    return store(without_axes(average, axis, keepdims), out, "np.mean")


def floating(a: Any) -> Any:
    """Convert integers and booleans to float64, as NumPy's statistics do."""
    return xp.astype(a, np.dtype(float)) if xp.isdtype(a.dtype, ("bool", "integral")) else a


def without_axes(a: Any, axis: Any, keepdims: Any) -> Any:
    """Remove the reduced axes, which have length 1, unless they are kept."""
    if keepdims:
        return a
    return xp.squeeze(a, axis=tuple(range(a.ndim)) if axis is None else axis)


@implements()
def var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False,
        *, where: Any = True, mean: Any = None, correction: Any = None) -> Any:  # fmt: skip
    """Return the variance over axes."""
    a = as_dtype(floating(array(a)), dtype)
    correction = ddof if correction is None else correction
    if where is True and mean is None:
        return store(xp.var(a, axis=axis, correction=correction, keepdims=bool(keepdims)), out, "np.var")
    count = counted(a, where, axis)
    centre = xp.sum(masked(a, where, 0), axis=axis, keepdims=True) / count if mean is None else operand(mean)
    squares = masked(xp.square(xp.abs(a - centre)), where, 0)
    return store(
        without_axes(xp.sum(squares, axis=axis, keepdims=True) / (count - correction), axis, keepdims), out, "np.var"
    )


@implements()
def std(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False,
        *, where: Any = True, mean: Any = None, correction: Any = None) -> Any:  # fmt: skip
    """Return the standard deviation over axes."""
    if where is True and mean is None:
        a = as_dtype(floating(array(a)), dtype)
        correction = ddof if correction is None else correction
        return store(xp.std(a, axis=axis, correction=correction, keepdims=bool(keepdims)), out, "np.std")
    square = var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction)
    return store(xp.sqrt(square), out, "np.std")


@implements()
def nanmean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
            *, where: Any = True) -> Any:  # fmt: skip
    """Average over axes, without NaN."""
    a = masked(array(a), where, np.nan)
    return store(xp.nanmean(a, axis=axis, dtype=dtype, keepdims=bool(keepdims)), out, "np.nanmean")


def nan_spread(name: str, reduce: Callable[..., Any]) -> Callable[..., Any]:
    """Return NumPy's `nanvar` or `nanstd`."""

    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False,
                 *, where: Any = True, mean: Any = None, correction: Any = None) -> Any:  # fmt: skip
        refuse_given(f"np.{name}", "leave it out: the mean is computed again", mean=mean)
        ddof = ddof if correction is None else correction
        a = as_dtype(masked(array(a), where, np.nan), dtype)
        return store(reduce(a, axis=axis, ddof=ddof, keepdims=bool(keepdims)), out, f"np.{name}")

    return function


nanvar = implements("nanvar")(nan_spread("nanvar", xp.nanvar))
nanstd = implements("nanstd")(nan_spread("nanstd", xp.nanstd))


def running(name: str, accumulate: Callable[..., Any]) -> Callable[..., Any]:
    """Return NumPy's `cumsum`, `cumprod`, or their relatives that skip NaN."""

    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        a, axis = flattened(a, axis)
        return store(accumulate(a, axis=axis, dtype=dtype), out, f"np.{name}")

    return function


cumsum = implements("cumsum")(running("cumsum", xp.cumulative_sum))
cumprod = implements("cumprod")(running("cumprod", xp.cumulative_prod))
nancumsum = implements("nancumsum")(running("nancumsum", xp.nancumsum))
nancumprod = implements("nancumprod")(running("nancumprod", xp.nancumprod))


def standard_running(name: str, accumulate: Callable[..., Any]) -> Callable[..., Any]:
    """Return NumPy's `cumulative_sum` or `cumulative_prod`."""

    def function(x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None,
                 include_initial: bool = False) -> Any:  # fmt: skip
        result = accumulate(array(x), axis=axis, dtype=dtype, include_initial=include_initial)
        return store(result, out, f"np.{name}")

    return function


cumulative_sum = implements("cumulative_sum")(standard_running("cumulative_sum", xp.cumulative_sum))
cumulative_prod = implements("cumulative_prod")(standard_running("cumulative_prod", xp.cumulative_prod))


def with_dtype(reduce: Callable[..., Any]) -> Callable[..., Any]:
    """Return `max` or `min` with the parameters of a ufunc's `reduce`, which has a dtype."""

    def function(a: Any, axis: Any, dtype: Any, *options: Any) -> Any:
        return reduce(as_dtype(a, dtype), axis, *options)

    return function


REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: sum,
    np.multiply: prod,
    np.maximum: with_dtype(max),
    np.minimum: with_dtype(min),
}
"""The functions that are a ufunc's `reduce`, with its parameters."""
