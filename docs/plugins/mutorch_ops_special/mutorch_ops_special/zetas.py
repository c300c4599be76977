"""The zeta function of Hurwitz."""

from __future__ import annotations

from math import factorial

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import At, Interval
from mutorch_ops_special.forwards import POSITIVE, of_scipy, unary

__all__ = ["zeta", "zetac"]

STEPS = 12
"""Number of terms that are added up before the Euler-Maclaurin formula."""

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
"""B₂, B₄, …"""


@of_scipy("zeta", torch="zeta", jax="zeta", domain={"x": Interval(1), "q": POSITIVE})
def zeta(x: Array, q: Array, /, *, xp: Namespace = injected) -> Array:
    """The zeta function of Hurwitz: Σ (k + q)⁻ˣ over all k from 0; that of Riemann for q = 1.

    Shapes: x and q broadcast to the result. Units: none.
    Rule:   q̄ = -ȳ x ζ(x + 1, q); x̄ by differentiating the formula of Euler and Maclaurin, term by term.
    Raises: OperandError where the shapes do not broadcast; inf at x = 1, NaN below.
    Source: Abramowitz & Stegun 23.1.30, 23.2.
    """
    return special.zeta(x, q)


@zeta.vjp("q")
def _(g, x, q):
    return g * (-x * zeta(x + 1, q))


@zeta.vjp("x")
def _(g, x, q, xp):
    return g * by_exponent(x, q, xp)


def by_exponent(x, q, xp):
    """Return ∂ζ/∂x."""
    total, far = 0.0, q + STEPS
    for k in range(STEPS):
        total = total - xp.log(q + k) * (q + k) ** -x
    log, above = xp.log(far), x - 1
    rest = -far / above * (log + 1 / above) - 0.5 * log
    rising, slope, power = x, 1.0, far  # x (x + 1) … and its derivative
    for i, number in enumerate(BERNOULLI):
        rest = rest + number / factorial(2 * i + 2) * (slope - rising * log) / power
        for step in (2 * i + 1, 2 * i + 2):
            slope, rising = slope * (x + step) + rising, rising * (x + step)
        power = power * far * far
    scale = far**-x
    return total + xp.where(scale > 0, rest, 0) * scale


zetac = unary(
    "zetac", "ζ(x) - 1 of Riemann's zeta function, exact for large x too", "dζ/dx, that of zeta at q = 1",
    lambda g, x, xp: g * by_exponent(x, 1.0, xp), "Abramowitz & Stegun 23.2.1", domain={"x": Interval(1, 100)},
    kinks=(At("x", 1.0),), kink="a pole at x = 1",
)  # fmt: skip
