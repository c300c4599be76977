"""Hyperbolic functions and their inverses."""

from __future__ import annotations

from math import inf

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import At, Interval
from mutorch_ops_basic.elementwise.trigonometry import sqrt_one_plus_square
from mutorch_ops_basic.operands.domains import UNIT

__all__ = ["acosh", "asinh", "atanh", "cosh", "sinh", "tanh"]


@op("basic::sinh")
def sinh(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Hyperbolic sine, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ cosh(x).
    Raises: nothing.
    Source: Abramowitz & Stegun 4.5.
    """
    return xp.sinh(x)


@sinh.vjp("x")
def _(g, x, xp):
    return g * xp.cosh(x)


@op("basic::cosh")
def cosh(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Hyperbolic cosine, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ sinh(x).
    Raises: nothing.
    Source: Abramowitz & Stegun 4.5.
    """
    return xp.cosh(x)


@cosh.vjp("x")
def _(g, x, xp):
    return g * xp.sinh(x)


@op("basic::tanh")
def tanh(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Hyperbolic tangent, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (1 - y²), written with y since cosh(x)² overflows past 355.
    Raises: nothing.
    Source: Abramowitz & Stegun 4.5.
    """
    return xp.tanh(x)


@tanh.vjp("x")
def _(g, out):
    return g * (1 - out * out)


@op("basic::asinh")
def asinh(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Inverse hyperbolic sine, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ / √(1 + x²), as hypot(1, x) since x² overflows first.
    Raises: nothing.
    Source: Abramowitz & Stegun 4.6.
    """
    return xp.asinh(x)


@asinh.vjp("x")
def _(g, x, xp):
    return g / sqrt_one_plus_square(x, xp)


@op("basic::acosh", domain={"x": Interval(1, inf)}, kinks=(At("x", 1.0, cotangent=inf),))
def acosh(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Inverse hyperbolic cosine, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ / (√(x - 1) √(x + 1)): x² - 1 would cancel near 1 and overflow.
    At kinks: inf at x = 1, a pole.
    Raises: nothing; NaN for real x below 1.
    Source: Abramowitz & Stegun 4.6.
    """
    return xp.acosh(x)


@acosh.vjp("x")
def _(g, x, xp):
    return xp.divide(g, xp.sqrt(x - 1) * xp.sqrt(x + 1))


@op("basic::atanh", domain={"x": UNIT}, kinks=(At("x", -1.0, cotangent=inf), At("x", 1.0, cotangent=inf)))
def atanh(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Inverse hyperbolic tangent, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ / ((1 - x)(1 + x)): 1 - x² would cancel near ±1.
    At kinks: inf at x = ±1, a pole.
    Raises: nothing; NaN for real x outside of [-1, 1].
    Source: Abramowitz & Stegun 4.6.
    """
    return xp.atanh(x)


@atanh.vjp("x")
def _(g, x, xp):
    return xp.divide(g, (1 - x) * (1 + x))
