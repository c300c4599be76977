"""NumPy's functions of polynomials, whose coefficients begin with the highest power."""

from __future__ import annotations

from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_ops_basic.numpy_protocols.arguments import array, operand, plain, raw, refuse_given
from mutorch_ops_basic.numpy_protocols.functions.numerics import convolve
from mutorch_ops_basic.numpy_protocols.functions.reductions import floating
from mutorch_ops_basic.numpy_protocols.registry import implements

__all__: list[str] = []


@implements()
def polyval(p: Any, x: Any) -> Any:
    """Evaluate a polynomial, the highest power first."""
    p, x = array(p), operand(x)
    value: Any = xp.zeros_like(array(x))
    for each in xp.unstack(p):
        value = value * x + each
    return value


def aligned(a1: Any, a2: Any) -> list[Any]:
    """Return the coefficients of two polynomials, the shorter one with leading zeros."""
    both = [xp.atleast_1d(array(each)) for each in (a1, a2)]
    length = max(each.shape[0] for each in both)
    return [xp.concat([xp.zeros(length - each.shape[0], dtype=each.dtype), each]) for each in both]


@implements()
def polyadd(a1: Any, a2: Any) -> Any:
    """Add polynomials."""
    a1, a2 = aligned(a1, a2)
    return a1 + a2


@implements()
def polysub(a1: Any, a2: Any) -> Any:
    """Subtract polynomials."""
    a1, a2 = aligned(a1, a2)
    return a1 - a2


@implements()
def polymul(a1: Any, a2: Any) -> Any:
    """Multiply polynomials."""
    return convolve(a1, a2)


@implements()
def polyder(p: Any, m: int = 1) -> Any:
    """Differentiate a polynomial m times."""
    p = array(p)
    for _ in range(m):
        p = p[:-1] * np.arange(p.shape[0] - 1, 0, -1)
    return p


@implements()
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """Integrate a polynomial m times, with constants of integration."""
    p = floating(array(p))
    constants = [0.0] * m if k is None else [k] * m if np.ndim(plain(k)) == 0 else list(k)
    for constant in constants[:m]:
        p = xp.concat([p / np.arange(p.shape[0], 0, -1), xp.reshape(array(constant), (1,))])
    return p


@implements()
def poly(seq_of_zeros: Any) -> Any:
    """Return the coefficients of the polynomial with these zeros, or of a matrix's characteristic polynomial."""
    zeros = array(seq_of_zeros)
    zeros = xp.linalg.eigvals(zeros) if zeros.ndim == 2 else xp.atleast_1d(zeros)
    coefficients = xp.ones(1, dtype=zeros.dtype)
    for zero in xp.unstack(zeros):
        coefficients = convolve(coefficients, xp.stack([xp.ones_like(zero), -zero]))
    return xp.real(coefficients) if real_polynomial(raw(zeros)) else coefficients


def real_polynomial(zeros: Any) -> bool:
    """Return whether complex zeros come in conjugated pairs."""
    if not np.iscomplexobj(zeros):
        return False
    return bool(np.all(np.sort(zeros) == np.sort(np.conj(zeros))))


@implements()
def polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> Any:
    """Fit a polynomial by least squares."""
    refuse_given("np.polyfit", "leave it out", full=full or None, cov=cov or None)
    x, y = floating(array(x)), floating(array(y))
    powers = xp.vander(x, deg + 1)
    if w is not None:
        weights = array(w)
        powers, y = powers * xp.expand_dims(weights, axis=1), y * (weights if y.ndim == 1 else weights[:, None])
    scale = xp.sqrt(xp.sum(powers * powers, axis=0))
    solution = xp.linalg.lstsq(powers / scale, y, rcond=rcond)[0]
    return (solution.T / scale).T


@implements()
def roots(p: Any) -> Any:
    """Return the zeros of a polynomial: the eigenvalues of its companion matrix."""
    p = array(p)
    found = np.nonzero(np.asarray(raw(p)))[0]
    if not found.size:
        return xp.zeros(0)
    trailing = p.shape[0] - 1 - int(found[-1])
    p = floating(p[int(found[0]) : int(found[-1]) + 1])
    if p.shape[0] < 2:
        return xp.zeros(trailing)
    companion = xp.concat([xp.expand_dims(-p[1:] / p[0], axis=0), np.eye(p.shape[0] - 1)[:-1]])
    zeros = np.linalg.eigvals(companion)
    return xp.concat([zeros, xp.zeros(trailing, dtype=zeros.dtype)]) if trailing else zeros
