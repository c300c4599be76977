"""Exponential integrals, and the moments of an exponential that quotients of its differences are made of."""

from __future__ import annotations

from math import inf

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import At, Interval
from mutorch_ops_special.forwards import POSITIVE, of_scipy, unary

__all__ = ["exp1", "expi", "expn", "exponential_moment", "exprel"]

MODERATE = Interval(-50, 50)

expi = unary(
    "expi", "the exponential integral Ei(x) = ∫ exp(t) / t dt up to x, its principal value", "exp(x) / x",
    lambda g, x, xp: g * xp.divide(xp.exp(x), x), "Abramowitz & Stegun 5.1.2",
    domain={"x": POSITIVE}, kinks=(At("x", 0.0),), kink="inf at x = 0",
)  # fmt: skip
exp1 = unary(
    "exp1", "the exponential integral E₁(x) = ∫ exp(-t) / t dt from x on", "-exp(-x) / x",
    lambda g, x, xp: g * xp.divide(-xp.exp(-x), x), "Abramowitz & Stegun 5.1.1",
    domain={"x": POSITIVE}, kinks=(At("x", 0.0, cotangent=-inf),), kink="-inf at x = 0",
)  # fmt: skip


@of_scipy("expn", domain={"x": POSITIVE}, nondiff=("n",))
def expn(n: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """The exponential integral Eₙ(x) = ∫ exp(-x t) / tⁿ dt from 1 on, for integers n from 0.

    Shapes: n and x broadcast to the result. Units: none.
    Rule:   x̄ = -ȳ Eₙ₋₁(x), for n below 2 by the recurrence.
    Raises: OperandError where the shapes do not broadcast; NaN for negative n or x.
    Source: Abramowitz & Stegun 5.1.14, 5.1.26.
    """
    return special.expn(n, x)


@expn.vjp("x")
def _(g, n, x, out, xp):
    n = xp.trunc(n * 1.0)
    high = n > 1
    low = xp.divide(xp.exp(-x) - (n - 1) * out, xp.where(high, 1, x))
    return g * -xp.where(high, expn(xp.where(high, n - 1, 0), x), low)


@of_scipy("exponential_moment", domain={"x": MODERATE}, nondiff=("n",))
def exponential_moment(n: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """The integral of tⁿ exp(x t) from t = 0 to 1, which is ₁F₁(n + 1, n + 2, x) / (n + 1).

    Shapes: n and x broadcast to the result. Units: none.
    Rule:   x̄ = ȳ times the next moment; n has none.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 13.2.1.
    """
    return special.hyp1f1(n + 1.0, n + 2.0, x) / (n + 1.0)


@exponential_moment.vjp("x")
def _(g, n, x):
    return g * exponential_moment(n + 1, x)


exprel = unary(
    "exprel", "(exp(x) - 1) / x, which is 1 at x = 0", "∫ t exp(x t) dt from 0 to 1",
    lambda g, x: g * exponential_moment(1, x), "SciPy's signature", domain={"x": MODERATE},
)  # fmt: skip
