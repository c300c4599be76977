"""Derivatives of incomplete gamma and beta functions, and of Student's distribution function, in their shapes.

Such a derivative is the integral of w f over one side of the point x, with the density w and its score f (log t - ψ(a),
say), over both sides 0. The side is taken on which f has one sign, so that nothing cancels. With t on a logarithmic or
logistic scale w may fall like exp(-a v), slowly where a is small; integration by parts makes that exp(-(a + 1) v).
What is left is smooth over a length of some 40: 56 points of Gauss and Legendre are enough, in derivatives of higher
order as well, since there are only functions of the array library and ops with rules here.
"""

from __future__ import annotations

from functools import cache
from math import log as natural_log

import numpy as np

from mutorch_core import stop_gradient
from mutorch_ops_special.gammas import digamma

__all__ = ["beta_by_shape", "gamma_by_shape", "student_by_shape"]

DECAY = 40.0
"""Integrals are cut off where the integrand has fallen by exp(-40), below double precision."""

POINTS = 56

BEND = 7.0
"""Distance below t = 1, on a logarithmic scale, from which exp(-t) is 1 within a thousandth: the grids meet there."""

LONGEST = 700.0
"""The longest integral of the beta function, as exp overflows soon after; twice that of the gamma function."""


def gamma_by_shape(a, x, xp):
    """Return ∂P/∂a over x ∂P/∂x, of the lower incomplete gamma function P(a, x).

    With f = log t - ψ(a): above -∫ (w / w₀) f; below ∫ (w / w₀) f = (f₀ - 1/a + ∫ (w / w₀) t (f - 1/a)) / a.
    """
    score = xp.log(x) - digamma(a)
    above = score > 0
    reach = reach_of_gamma(stop_gradient(a), stop_gradient(x), above, xp)
    bend = xp.clip(-stop_gradient(xp.log(x)) - BEND, 0, reach)  # before it t is tiny, and the integrand hardly falls
    v, weights = two_grids(bend, reach, xp)
    side = column(xp.where(above, 1.0, -1.0), xp)
    rate = column(xp.where(above, a, a + 1), xp)
    mass = weights * xp.exp(side * rate * v - column(x, xp) * xp.expm1(side * v))
    whole, first = xp.sum(mass, axis=-1), xp.sum(v * mass, axis=-1)
    lower = score - 1 / a
    return xp.where(above, -(score * whole + first), (lower + x * (lower * whole - first)) / a)


def reach_of_gamma(a, x, above, xp):
    """Return the length over which the integrand falls far enough, or a little more."""
    slope = 2 * (a + 1 - xp.where(above, 0, x)) - DECAY
    lower = 4 * DECAY / (slope + xp.sqrt(slope * slope + 8 * DECAY * (a + 1)))
    high = xp.where(above, x, a + 1)
    over = high - a + xp.sqrt((high - a) * (high - a) + 2 * DECAY * high)
    upper = xp.minimum(2 * DECAY / xp.maximum(over, 1e-300), 2 * LONGEST)
    for _ in range(3):  # from above towards the solution of x expm1(v) - a v = DECAY
        upper = xp.minimum(upper, xp.log1p((DECAY + a * upper) / high))
    return xp.where(above, upper, lower)


def beta_by_shape(a, b, log, log_other, xp):
    """Return ∂I/∂a over x (1 - x) ∂I/∂x, of the incomplete beta function I(a, b, x); log x and log(1 - x) are given.

    With f = log t - ψ(a) + ψ(a + b): above -(f₀ + ∫ (w / w₀) (1 - t) ((a + b) f + 1)) / b; below
    (f₀ - (1 - x) / a + ∫ (w / w₀) t ((a + b) f - (a + b + 1) (1 - t) / a)) / a.
    """
    score = log - digamma(a) + digamma(a + b)
    above = score > 0
    rate, start = xp.where(above, a, b), xp.where(above, log, log_other)
    reach = reach_of_beta(stop_gradient(rate), stop_gradient(a + b + 1), stop_gradient(start), xp)
    bend = xp.minimum(stop_gradient(-start), reach)  # where the density turns from one slope to the other
    v, weights = two_grids(bend, reach, xp)
    up, total = column(above, xp), column(a + b, xp)
    drop = xp.log1p(column(xp.exp(start), xp) * xp.expm1(v))
    mass = weights * xp.exp(column(rate, xp) * v - (total + 1) * drop)
    f = column(score, xp) + xp.where(up, v - drop, -drop)
    rest = xp.exp(xp.where(up, 0, column(log_other, xp) + v - drop))
    extra = xp.where(up, 1, -column((a + b + 1) / a, xp) * rest)
    inner = xp.exp(xp.where(above, log_other, log)) * xp.sum(mass * (total * f + extra), axis=-1)
    other = xp.exp(log_other)
    return xp.where(above, -(score + inner) / b, (score - other / a + inner) / a)


def reach_of_beta(rate, total, start, xp):
    """Solve rate v - total log1p(p expm1(v)) = -DECAY, p = exp(start), by Newton's steps from above: it is concave."""
    v, p = xp.clip((DECAY - total * start) / (total - rate), max=LONGEST), xp.exp(start)
    for _ in range(8):
        drop, slope = xp.log1p(p * xp.expm1(v)), rate - total / (1 + (1 / p - 1) * xp.exp(-v))
        v = v - (rate * v - total * drop + DECAY) / slope
    return v


def student_by_shape(df, t, xp):
    """Return ∂F/∂df of Student's distribution function F over its density's cosh(u)^-df / B(df/2, ½), t = √df sinh(u).

    It is the integral of cosh^-df f over what is beyond u, f = c - log cosh + (df + 1)/(2 df) tanh². By parts twice,
    since cosh^-df falls slowly for small df: f tanh / df - tanh / df² at u, and that of cosh^-(df + 2) times
    f (df + 1) / df - 1 / df² + tanh² (df + 1) / df².
    """
    u = xp.asinh(t / xp.sqrt(df))
    u, side = xp.where(t > 0, u, -u), xp.where(t > 0, -1.0, 1.0)
    middle = 0.5 * (digamma(0.5 * (df + 1)) - digamma(0.5 * df) - 1 / df)
    excess = DECAY / (stop_gradient(df) + 2)
    steepest = excess + xp.log1p(xp.sqrt(-xp.expm1(-2 * excess)))
    incline = xp.maximum(xp.tanh(stop_gradient(u)), excess / steepest)
    v, weights = grid(excess / incline, xp)
    at, slope, score = student_score(u, df, middle, xp)
    far, slope_there, score_there = student_score(column(u, xp) + v, column(df, xp), column(middle, xp), xp)
    ratio = (df + 1) / df
    mass = weights * xp.exp(-column(df + 2, xp) * (far - column(at, xp)))
    there = column(ratio, xp) * (score_there + slope_there * slope_there / column(df, xp)) - 1 / column(df * df, xp)
    inner = xp.exp(-2 * at) * xp.sum(mass * there, axis=-1)
    return side * (slope * (score - 1 / df) / df + inner)


def student_score(u, df, middle, xp):
    """Return log cosh(u), tanh(u) and the score f there."""
    fall, slope = xp.logaddexp(u, -u) - natural_log(2), xp.tanh(u)
    return fall, slope, middle - fall + 0.5 * (1 + 1 / df) * slope * slope


def two_grids(bend, reach, xp):
    """Return the points from 0 to a bend and from there on, and their weights."""
    return (xp.concat(each, axis=-1) for each in zip(grid(bend, xp), grid(reach - bend, xp, bend), strict=True))


def grid(length, xp, start=None):
    """Return points over a length from 0, or from a start, along a new last axis, and their weights."""
    device = getattr(length, "device", None)
    points, weights = (xp.asarray(each, dtype=length.dtype, device=device) for each in quadrature())
    length = column(length, xp)
    points = length * points
    return points if start is None else points + column(start, xp), length * weights


@cache
def quadrature():
    """Return points between 0 and 1 and their weights."""
    points, weights = np.polynomial.legendre.leggauss(POINTS)
    return (points + 1) / 2, weights / 2


def column(x, xp):
    """Return an array with a last axis of length 1."""
    return xp.reshape(x, (*x.shape, 1))
