"""Modified Bessel functions times the exponentials that keep them in range.

Their derivatives are differences of neighbours, which cancel far out: there they follow expansions in 1 / x.
"""

from __future__ import annotations

from functools import cache
from math import pi, sqrt

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import At
from mutorch_ops_special.bessel import OF_POSITIVE, of_orders, on_either_side
from mutorch_ops_special.forwards import of_scipy, unary

__all__ = ["i0e", "i1e", "ive", "k0e", "k1e"]

FAR, TERMS = 50.0, 14
"""Beyond this, this many terms of Hankel's expansions are exact, while differences of neighbouring orders cancel."""


@of_scipy("i0e", torch="i0e", jax="i0e", kinks=(At("x", 0.0, cotangent=0.0),))
def i0e(x: Array, /, *, xp: Namespace = injected) -> Array:
    """exp(-|x|) I₀(x), which does not overflow.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (exp(-|x|) I₁(x) - sign(x) y); beyond ±50, where that cancels, by an expansion in 1 / x.
    At kinks: 0 at x = 0.
    Raises: nothing.
    Source: Abramowitz & Stegun 9.6.27.
    """
    return special.i0e(x)


@i0e.vjp("x")
def _(g, x, xp):
    near, far = on_either_side(x, xp, FAR)
    side = xp.sign(xp.asarray(x))
    return g * xp.where(xp.abs(x) < FAR, i1e(near) - side * i0e(near), side * far_slope(0, -1, xp.abs(far), xp))


@of_scipy("i1e", torch="i1e", jax="i1e", kinks=(At("x", 0.0, cotangent=0.5),))
def i1e(x: Array, /, *, xp: Namespace = injected) -> Array:
    """exp(-|x|) I₁(x), which does not overflow.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (exp(-|x|) (I₀(x) + I₂(x)) / 2 - sign(x) y), with I₀ - I₁ / x for their mean beyond ±1; beyond ±50
            by an expansion in 1 / x.
    At kinks: ½ at x = 0, where its second derivative jumps.
    Raises: nothing.
    Source: Abramowitz & Stegun 9.6.26.
    """
    return special.i1e(x)


@i1e.vjp("x")
def _(g, x, xp):
    middle, far = on_either_side(x, xp, FAR)
    near, beyond = on_either_side(middle, xp)
    mean = xp.where(xp.abs(x) < 1, 0.5 * (i0e(near) + ive(2, near)), i0e(beyond) - i1e(beyond) / beyond)
    side = xp.sign(xp.asarray(x))
    return g * xp.where(xp.abs(x) < FAR, mean - side * i1e(middle), far_slope(1, -1, xp.abs(far), xp))


def far_slope(order, sign, x, xp):
    """Return the derivative of exp(-x) I(x), sign -1, or exp(x) K(x) / π, sign 1, by Hankel's expansion for x > 50."""
    inverse = 1 / x
    total = 0.0
    for coefficient in reversed(hankel(order, sign)):
        total = total * inverse + coefficient
    return total * inverse * xp.sqrt(inverse)


@cache
def hankel(order, sign):
    """Return the coefficients of x^(-k - 3/2) in it; Abramowitz & Stegun 9.7.1."""
    terms = [1 / sqrt(2 * pi)]
    for k in range(1, TERMS):
        terms.append(terms[-1] * sign * (4 * order * order - (2 * k - 1) ** 2) / (8 * k))
    return [-(k + 0.5) * term for k, term in enumerate(terms)]


@of_scipy("ive", nondiff=("v",), kinks=(At("x", 0.0),))
def ive(v: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """exp(-|x|) times the modified Bessel function of order v; NaN for x < 0 where v is no integer.

    Shapes: v and x broadcast to the result. Units: none.
    Rule:   x̄ = ȳ (exp(-|x|) (I₍ᵥ₋₁₎(x) + I₍ᵥ₊₁₎(x)) / 2 - sign(x) y); v has none.
    At kinks: at x = 0 the middle: 0 for v = 0, ½ for v = 1.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 9.6.26.
    """
    return special.ive(v, x)


@ive.vjp("x")
def _(g, v, x, xp):
    return g * (0.5 * (ive(v - 1, x) + ive(v + 1, x)) - xp.sign(xp.asarray(x)) * ive(v, x))


ive.samples(of_orders)


def scaled_slope(order, slope):
    """Return the rule of exp(x) K(x) by a derivative that cancels beyond 50, and by the expansion in 1 / x there."""

    def rule(g, x, xp):
        near, far = on_either_side(x, xp, FAR)
        return g * xp.where(xp.abs(x) < FAR, slope(near), pi * far_slope(order, 1, far, xp))

    return rule


k0e = unary(
    "k0e", "exp(x) K₀(x), which does not underflow", "(y - exp(x) K₁(x)), beyond 50 by an expansion in 1 / x",
    scaled_slope(0, lambda x: k0e(x) - k1e(x)), "Abramowitz & Stegun 9.6.27", **OF_POSITIVE,
)  # fmt: skip
k1e = unary(
    "k1e", "exp(x) K₁(x), which does not underflow", "(y - exp(x) K₀(x) - y / x), beyond 50 by an expansion in 1 / x",
    scaled_slope(1, lambda x: k1e(x) - k0e(x) - k1e(x) / x), "Abramowitz & Stegun 9.6.26", **OF_POSITIVE,
)  # fmt: skip
