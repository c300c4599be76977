"""The error function, the normal distribution function, their complements, inverses and scaled forms."""

from __future__ import annotations

from math import inf, pi, sqrt

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import At, Interval
from mutorch_ops_special.forwards import UNIT, of_scipy

__all__ = ["erf", "erfc", "erfcinv", "erfcx", "erfinv", "log_ndtr", "ndtr", "ndtri"]

PEAK = 2 / sqrt(pi)
"""The slope of erf at 0."""

DENSITY = 1 / sqrt(2 * pi)
"""The normal density at 0."""

FAR = 3.0
"""From here on 2 x erfcx(x) - 2/√π loses a digit and more, and 24 levels of the continued fraction are exact."""


@of_scipy("erf", torch="erf", jax="erf")
def erf(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The error function 2/√π ∫₀ˣ exp(-t²) dt.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ 2/√π exp(-x²).
    Raises: nothing.
    Source: Abramowitz & Stegun 7.1.1, 7.1.19.
    """
    return special.erf(x)


@erf.vjp("x")
def _(g, x, xp):
    return g * (PEAK * xp.exp(-x * x))


@of_scipy("erfc", torch="erfc", jax="erfc")
def erfc(x: Array, /, *, xp: Namespace = injected) -> Array:
    """1 - erf(x), which keeps its digits where erf is 1.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = -ȳ 2/√π exp(-x²).
    Raises: nothing.
    Source: Abramowitz & Stegun 7.1.2.
    """
    return special.erfc(x)


@erfc.vjp("x")
def _(g, x, xp):
    return g * (-PEAK * xp.exp(-x * x))


@of_scipy("erfcx", torch="erfcx")
def erfcx(x: Array, /, *, xp: Namespace = injected) -> Array:
    """exp(x²) erfc(x), which neither underflows nor cancels.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (2 x y - 2/√π); beyond x = 3, where that cancels, -ȳ 2/√π k / (x + k) with the continued
            fraction k = ½/(x + 1/(x + 3⁄2/(x + …))) of y = 1/√π / (x + k).
    Raises: nothing.
    Source: Abramowitz & Stegun 7.1.14.
    """
    return special.erfcx(x)


@erfcx.vjp("x")
def _(g, x, xp):
    far = x > FAR
    near = xp.where(far, FAR, x)
    return g * xp.where(far, tail(xp.where(far, x, FAR)), 2 * near * erfcx(near) - PEAK)


def tail(x):
    """Return the slope of erfcx for large x."""
    fraction = 0.0
    for level in range(24, 0, -1):
        fraction = (level / 2) / (x + fraction)
    return -PEAK * (fraction / (x + fraction))


@of_scipy("erfinv", torch="erfinv", jax="erfinv", domain={"x": Interval(-1, 1)}, kinks=(At("x", 1.0), At("x", -1.0)))
def erfinv(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The inverse of the error function.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ √π/2 exp(y²), with the result alone.
    At kinks: inf at x = ±1, poles.
    Raises: nothing; NaN beyond ±1.
    Source: Abramowitz & Stegun 7.1.19.
    """
    return special.erfinv(x)


@erfinv.vjp("x")
def _(g, out, xp):
    return g * (xp.exp(out * out) / PEAK)


@of_scipy("erfcinv", domain={"x": Interval(0, 2)}, kinks=(At("x", 0.0), At("x", 2.0)))
def erfcinv(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The inverse of erfc.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = -ȳ √π/2 exp(y²), with the result alone.
    At kinks: -inf at x = 0 and x = 2, poles.
    Raises: nothing; NaN below 0 and above 2.
    Source: Abramowitz & Stegun 7.1.19.
    """
    return special.erfcinv(x)


@erfcinv.vjp("x")
def _(g, out, xp):
    return g * (xp.exp(out * out) / -PEAK)


@of_scipy("ndtr", torch="ndtr", jax="ndtr")
def ndtr(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The normal distribution function Φ.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ φ(x), φ = exp(-x²/2) / √(2π).
    Raises: nothing.
    Source: Abramowitz & Stegun 26.2.2.
    """
    return special.ndtr(x)


@ndtr.vjp("x")
def _(g, x, xp):
    return g * (DENSITY * xp.exp(-0.5 * x * x))


@of_scipy("log_ndtr", torch="log_ndtr", jax="log_ndtr")
def log_ndtr(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Log Φ(x), finite far below 0, where Φ underflows.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ φ(x) / Φ(x), below 0 as ȳ √(2/π) / erfcx(-x/√2): no ratio of two numbers that underflow.
    Raises: nothing.
    Source: Abramowitz & Stegun 26.2.29.
    """
    return special.log_ndtr(x)


@log_ndtr.vjp("x")
def _(g, x, xp):
    below = x < 0
    low, high = xp.where(below, x, 0), xp.where(below, 0, x)
    ratio = DENSITY * xp.exp(-0.5 * high * high) / ndtr(high)
    return g * xp.where(below, sqrt(2 / pi) / erfcx(low * -sqrt(0.5)), ratio)


@of_scipy("ndtri", torch="ndtri", jax="ndtri", domain={"p": UNIT}, kinks=(At("p", 0.0), At("p", 1.0, cotangent=inf)))
def ndtri(p: Array, /, *, xp: Namespace = injected) -> Array:
    """The inverse of the normal distribution function: the quantile of a probability.

    Shapes: p (...), result (...). Units: none.
    Rule:   p̄ = ȳ / φ(y), with the result alone.
    At kinks: inf at p = 0 and p = 1, poles.
    Raises: nothing; NaN outside of 0 and 1.
    Source: Abramowitz & Stegun 26.2.
    """
    return special.ndtri(p)


@ndtri.vjp("p")
def _(g, out, xp):
    return g * (xp.exp(0.5 * out * out) / DENSITY)
