"""NumPy's differences, integrals, interpolation, convolution, rounding and numpy.fft, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core.errors import refused
from mutorch_ops_basic.numpy_protocols.arguments import (
    array,
    as_dtype,
    of_one_array,
    operand,
    plain,
    raw,
    special_functions,
    store,
)  # fmt: skip
from mutorch_ops_basic.numpy_protocols.functions.reductions import floating
from mutorch_ops_basic.numpy_protocols.registry import answers, implements
from mutorch_ops_basic.operands.axes import reduced_shape

__all__: list[str] = []


@implements()
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Return differences of neighbours."""
    a = array(a)
    side = reduced_shape(a, axis, keepdims=True)
    ends = [
        None if each is None else xp.broadcast_to(array(each), side) if array(each).ndim == 0 else array(each)
        for each in (prepend, append)
    ]
    return xp.diff(a, n=n, axis=axis, prepend=ends[0], append=ends[1])


@implements()
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Return differences of neighbours of the flattened array, between given ends."""
    parts = [to_begin, xp.diff(xp.reshape(array(ary), (-1,))), to_end]
    return xp.concat([xp.reshape(array(each), (-1,)) for each in parts if each is not None])


@implements()
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Return the finite-difference gradient."""
    return xp.gradient(array(f), *map(operand, varargs), axis=axis, edge_order=edge_order)


@implements("trapezoid", "trapz")
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integrate by the trapezoidal rule."""
    y = array(y)
    if x is None:
        return operand(dx) * xp.trapezoid(y, None, axis=axis)
    return xp.trapezoid(y, array(x), axis=axis)


@implements()
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Interpolate linearly between the values `fp` at the increasing points `xp`."""
    return interpolate(array(x), array(xp), array(fp), left, right, period)


def interpolate(x: Any, points: Any, values: Any, left: Any, right: Any, period: Any) -> Any:
    """Interpolate linearly; outside, the value is that of the nearest end unless another is given."""
    if points.shape != values.shape:
        raise refused(f"np.interp: xp has the shape {points.shape} and fp the shape {values.shape}", ValueError)
    if period is not None:
        x, points = xp.remainder(x, abs(period)), xp.remainder(points, abs(period))
        order = np.argsort(np.asarray(raw(points)))
        points, values = xp.take(points, order, axis=0), xp.take(values, order, axis=0)
        points = xp.concat([points[-1:] - period, points, points[:1] + period])
        values = xp.concat([values[-1:], values, values[:1]])
        left = right = None
    where, last = np.asarray(raw(x)), points.shape[0] - 1
    if last == 0:
        inside = xp.zeros_like(x) + values[0]
    else:
        flat = np.reshape(where, (-1,))
        upper = np.clip(np.searchsorted(np.asarray(raw(points)), flat, side="right"), 1, last)
        x0, x1 = (xp.reshape(xp.take(points, each, axis=0), where.shape) for each in (upper - 1, upper))
        y0, y1 = (xp.reshape(xp.take(values, each, axis=0), where.shape) for each in (upper - 1, upper))
        inside = y0 + (y1 - y0) / (x1 - x0) * (x - x0)
    low, high = where < np.asarray(raw(points))[0], where > np.asarray(raw(points))[-1]
    inside = xp.where(low, values[0] if left is None else operand(left), inside)
    return xp.where(high, values[-1] if right is None else operand(right), inside)


@implements()
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """Convolve two vectors."""
    if mode not in ("full", "same", "valid"):
        raise refused(f"np.convolve(mode={mode!r}): it is 'full', 'same' or 'valid'", ValueError)
    a, v = xp.atleast_1d(array(a)), xp.atleast_1d(array(v))
    if v.shape[0] > a.shape[0]:
        a, v = v, a
    return xp.signal.convolve(a, v, mode=mode)


@implements()
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """Correlate two vectors."""
    a, v = array(a), array(v)
    mirrored = xp.flip(xp.conj(v))
    if v.shape[0] <= a.shape[0]:
        return convolve(a, mirrored, mode)
    # The shorter one is the kernel: NumPy exchanges the two, and reverses what comes out.
    return xp.flip(convolve(xp.conj(v), xp.flip(a), mode))


@implements()
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """Add multiples of the period, so that neighbours differ by at most half of it."""
    p = array(p)
    values = np.asarray(raw(p))
    return p + (np.unwrap(values, plain(discont), axis, period=plain(period)) - values)


@answers("round", "around")
def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Round to a number of decimals."""
    a = array(a)
    rounded = xp.round(a * 10.0**decimals) / 10.0**decimals if decimals else xp.round(a)
    return store(rounded, out, "np.round")


@answers()
def fix(x: Any, out: Any = None) -> Any:
    """Round towards zero."""
    return store(xp.trunc(array(x)), out, "np.fix")


@implements()
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Replace NaN and infinities."""
    return xp.nan_to_num(array(x), nan=nan, posinf=posinf, neginf=neginf)


for each in ("real", "imag", "sinc"):
    implements(each)(of_one_array(each))


@implements()
def angle(z: Any, deg: bool = False) -> Any:
    """Return the argument of complex numbers."""
    return xp.angle(array(z), deg=deg)


@implements()
def real_if_close(a: Any, tol: Any = 100) -> Any:
    """Return the real part if all imaginary parts are close to zero."""
    return xp.real_if_close(array(a), tol=tol)


@implements()
def i0(x: Any) -> Any:
    """Return the modified Bessel function of order 0."""
    return special_functions("np.i0").i0(array(x))


@implements()
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None,
             axis: int = 0, *, device: Any = None) -> Any:  # fmt: skip
    """Return evenly spaced numbers between two ends."""
    start, stop = floating(array(start)), floating(array(stop))
    parts = max(num - 1 if endpoint else num, 1)
    shape = (num, *(1,) * max(start.ndim, stop.ndim))
    fractions = np.reshape(np.arange(num) / parts, shape)
    step = (stop - start) / parts
    points = xp.moveaxis(as_dtype(start * (1 - fractions) + stop * fractions, dtype), 0, axis)
    return (points, step) if retstep else points


@implements()
def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None,
             axis: int = 0) -> Any:  # fmt: skip
    """Return powers of the base with evenly spaced exponents."""
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    return as_dtype(xp.pow(operand(base), exponents), dtype)


@implements()
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """Return numbers with a constant ratio between two ends."""
    ends = [floating(array(each)) for each in (start, stop)]
    ratio = linspace(xp.zeros_like(ends[0]), xp.log(ends[1] / ends[0]), num, endpoint, axis=axis)
    return as_dtype(ends[0] * xp.exp(ratio), dtype)


@implements()
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """Count integers, or sum their weights."""
    return xp.bincount(array(x), weights=None if weights is None else array(weights), minlength=minlength)


@implements()
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """Count entries in bins, or sum their weights."""
    counts, edges = xp.histogram(
        array(a), operand(bins), range=range, density=density, weights=None if weights is None else array(weights)
    )
    return counts, edges


def along_one_axis(name: str) -> Callable[..., Any]:
    """Return a transform along one axis."""
    transform = getattr(xp.fft, name)

    def call(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
        return store(transform(array(a), n=n, axis=axis, norm=norm or "backward"), out, f"np.fft.{name}")

    return implements(f"fft.{name}")(call)


def along_axes(name: str, default: Any) -> Callable[..., Any]:
    """Return a transform along several axes."""
    transform = getattr(xp.fft, name)

    def call(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Any:
        return store(transform(array(a), s=s, axes=axes, norm=norm or "backward"), out, f"np.fft.{name}")

    return implements(f"fft.{name}")(call)


def shifting(name: str) -> Callable[..., Any]:
    """Return `fftshift` or `ifftshift`."""
    shift = getattr(xp.fft, name)
    return implements(f"fft.{name}")(lambda x, axes=None: shift(array(x), axes=axes))


for each in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    along_one_axis(each)
for each in ("fft2", "ifft2", "rfft2", "irfft2"):
    along_axes(each, (-2, -1))
for each in ("fftn", "ifftn", "rfftn", "irfftn"):
    along_axes(each, None)
for each in ("fftshift", "ifftshift"):
    shifting(each)
