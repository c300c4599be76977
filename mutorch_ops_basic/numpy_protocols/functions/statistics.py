"""NumPy's statistics beside mean and variance: averages with weights, quantiles, covariances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core.errors import refused
from mutorch_ops_basic.numpy_protocols.arguments import array, as_dtype, operand, plain, refuse_given, store
from mutorch_ops_basic.numpy_protocols.functions.reductions import floating
from mutorch_ops_basic.numpy_protocols.registry import describe, implements
from mutorch_ops_basic.operands.axes import normalize_axes
from mutorch_ops_basic.statistics.covariance import unwrap_single

__all__: list[str] = []


@implements()
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Return the range of the entries."""
    a, options = array(a), {"axis": axis, "keepdims": bool(keepdims)}
    return store(xp.max(a, **options) - xp.min(a, **options), out, "np.ptp")


@implements()
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Average over axes, with weights."""
    a = floating(array(a))
    if weights is None:
        centre = xp.mean(a, axis=axis, keepdims=bool(keepdims))
        total = xp.full_like(centre, a.size / centre.size)
    else:
        weights = fitted_weights(array(weights), a, axis)
        total = xp.sum(weights, axis=axis, keepdims=bool(keepdims))
        centre = xp.sum(a * weights, axis=axis, keepdims=bool(keepdims)) / total
    return (centre, xp.broadcast_to(total, centre.shape)) if returned else centre


def fitted_weights(weights: Any, a: Any, axis: Any) -> Any:
    """Return weights of the array's shape: weights of another shape belong to the given axes."""
    if weights.shape == a.shape:
        return weights
    if axis is None:
        raise refused("np.average: axis= is needed if weights and array differ in shape", TypeError)
    axes = normalize_axes(axis, a.ndim)
    if weights.shape != tuple(a.shape[each] for each in axes):
        raise refused(f"np.average: weights of shape {weights.shape} don't fit axis={axis} of {a.shape}", ValueError)
    order = sorted(range(len(axes)), key=axes.__getitem__)
    shape = tuple(side if each in axes else 1 for each, side in enumerate(a.shape))
    return xp.broadcast_to(xp.reshape(xp.permute_dims(weights, tuple(order)), shape), a.shape)


def quantile_function(name: str, reduce: Callable[..., Any], scale: float) -> Callable[..., Any]:
    """Return NumPy's `quantile`, `percentile`, or their relatives that skip NaN."""

    def function(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
                 method: Any = "linear", keepdims: bool = False, *, weights: Any = None) -> Any:  # fmt: skip
        refuse_given(f"np.{name}", "sort, and interpolate the cumulative weights with np.interp", weights=weights)
        if np.any((np.asarray(plain(q)) < 0) | (np.asarray(plain(q)) > scale)):
            raise refused(f"np.{name}(q={describe(q)}): it must be in the range from 0 to {scale}", ValueError)
        q = operand(q) / scale
        return store(
            reduce(floating(array(a)), q, axis=axis, method=method, keepdims=bool(keepdims)), out, f"np.{name}"
        )

    return function


quantile = implements("quantile")(quantile_function("quantile", xp.quantile, 1))
percentile = implements("percentile")(quantile_function("percentile", xp.quantile, 100))
nanquantile = implements("nanquantile")(quantile_function("nanquantile", xp.nanquantile, 1))
nanpercentile = implements("nanpercentile")(quantile_function("nanpercentile", xp.nanquantile, 100))


def middle(name: str, reduce: Callable[..., Any]) -> Callable[..., Any]:
    """Return NumPy's `median` or `nanmedian`."""

    def function(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
                 keepdims: bool = False) -> Any:  # fmt: skip
        return store(reduce(floating(array(a)), axis=axis, keepdims=bool(keepdims)), out, f"np.{name}")

    return function


median = implements("median")(middle("median", xp.median))
nanmedian = implements("nanmedian")(middle("nanmedian", xp.nanmedian))


@implements()
def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None,
        aweights: Any = None, *, dtype: Any = None) -> Any:  # fmt: skip
    """Return the covariance matrix of variables."""
    m = as_dtype(variables(m, y, rowvar), dtype)
    ddof = int(not bias) if ddof is None else ddof
    if fweights is None and aweights is None:
        return xp.cov(m, correction=ddof)
    weights = xp.ones(m.shape[-1])
    for given in (fweights, aweights):
        weights = weights if given is None else weights * operand(given)
    total = xp.sum(weights)
    degrees = total - ddof
    if aweights is not None and ddof:
        degrees = total - ddof * xp.sum(weights * operand(aweights)) / total
    m = xp.reshape(m, (-1, m.shape[-1]))
    centred = m - (xp.sum(m * weights, axis=-1, keepdims=True) / total)
    return unwrap_single(xp.matmul(centred * weights, xp.conj(centred).T) / degrees, xp)


def variables(m: Any, y: Any, rowvar: bool) -> Any:
    """Return the variables of one or two arrays as rows; a single variable stays without a second axis."""
    rows = [xp.atleast_2d(floating(array(each))) for each in (m, y) if each is not None]
    rows = [each if rowvar or each.shape[0] == 1 else each.T for each in rows]
    return xp.concat(rows, axis=0) if len(rows) > 1 else rows[0] if rows[0].shape[0] > 1 else rows[0][0]


@implements()
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Return the matrix of correlation coefficients of variables."""
    return xp.corrcoef(as_dtype(variables(x, y, rowvar), dtype))
