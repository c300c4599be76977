"""Circular and hyperbolic functions and their inverses. Angles are in radians."""

from __future__ import annotations

from math import inf, pi

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import At, Interval
from mutorch_ops_basic.operands.domains import NONZERO, UNIT
from mutorch_ops_basic.operands.dtypes import is_complex

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "hypot",
    "sin",
    "sinh",
    "tan",
    "tanh",
]


@op("basic::sin")
def sin(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Sine, element by element.

    Shapes: x (...), result (...). Units: x in radians.
    Rule:   x̄ = ȳ cos(x).
    Raises: nothing.
    Source: Abramowitz & Stegun 4.3.
    """
    return xp.sin(x)


@sin.vjp("x")
def _(g, x, xp):
    return g * xp.cos(x)


@op("basic::cos")
def cos(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Cosine, element by element.

    Shapes: x (...), result (...). Units: x in radians.
    Rule:   x̄ = -ȳ sin(x).
    Raises: nothing.
    Source: Abramowitz & Stegun 4.3.
    """
    return xp.cos(x)


@cos.vjp("x")
def _(g, x, xp):
    return -(g * xp.sin(x))


@op("basic::tan", domain={"x": Interval(-pi / 2, pi / 2)})
def tan(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Tangent, element by element.

    Shapes: x (...), result (...). Units: x in radians.
    Rule:   x̄ = ȳ (1 + y²).
    Raises: nothing.
    Source: Abramowitz & Stegun 4.3.
    """
    return xp.tan(x)


@tan.vjp("x")
def _(g, out):
    return g * (1 + out * out)


@op("basic::asin", domain={"x": UNIT}, kinks=(At("x", -1.0, cotangent=inf), At("x", 1.0, cotangent=inf)))
def asin(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Inverse sine, element by element.

    Shapes: x (...), result (...). Units: the result in radians.
    Rule:   x̄ = ȳ / (√(1 - x) √(1 + x)): 1 - x² would cancel near ±1.
    At kinks: inf at x = ±1, a pole.
    Raises: nothing; NaN for real x outside of [-1, 1].
    Source: Abramowitz & Stegun 4.4.
    """
    return xp.asin(x)


@asin.vjp("x")
def _(g, x, xp):
    return xp.divide(g, sqrt_one_minus_square(x, xp))


@op("basic::acos", domain={"x": UNIT}, kinks=(At("x", -1.0, cotangent=-inf), At("x", 1.0, cotangent=-inf)))
def acos(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Inverse cosine, element by element.

    Shapes: x (...), result (...). Units: the result in radians.
    Rule:   x̄ = -ȳ / (√(1 - x) √(1 + x)): 1 - x² would cancel near ±1.
    At kinks: -inf at x = ±1, a pole.
    Raises: nothing; NaN for real x outside of [-1, 1].
    Source: Abramowitz & Stegun 4.4.
    """
    return xp.acos(x)


@acos.vjp("x")
def _(g, x, xp):
    return -xp.divide(g, sqrt_one_minus_square(x, xp))


def sqrt_one_minus_square(x, xp):
    """Return √(1 - x²), a root for each factor: nothing cancels near ±1, and nothing overflows for complex x."""
    return xp.sqrt(1 - x) * xp.sqrt(1 + x)


@op("basic::atan")
def atan(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Inverse tangent, element by element.

    Shapes: x (...), result (...). Units: the result in radians.
    Rule:   x̄ = ȳ / (1 + x²), dividing by the root of it twice since x² overflows first.
    Raises: nothing.
    Source: Abramowitz & Stegun 4.4.
    """
    return xp.atan(x)


@atan.vjp("x")
def _(g, x, xp):
    root = sqrt_one_plus_square(x, xp)
    return g / root / root


@op("basic::atan2", domain={"x1": NONZERO}, kinks=(At("x1", 0.0),))
def atan2(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The angle of the point (x2, x1), in (-π, π], element by element.

    Shapes: x1 and x2 broadcast to the result. Units: x1 and x2 alike, the result in radians.
    Rule:   x̄₁ = ȳ x₂ / r², x̄₂ = -ȳ x₁ / r², by dividing by r = hypot(x₁, x₂) twice: r² over- and underflows.
    At kinks: 0, 0 at the origin; at the jump where x₁ = 0 and x₂ < 0 the same rule.
    Raises: OperandError where the shapes do not broadcast.
    Source: Array API standard 2024.12.
    """
    return xp.atan2(x1, x2)


@atan2.vjp("x1")
def _(g, x1, x2, xp):
    radius = radius_or_inf(x1, x2, xp)
    return g * (x2 / radius) / radius


@atan2.vjp("x2")
def _(g, x1, x2, xp):
    radius = radius_or_inf(x1, x2, xp)
    return -(g * (x1 / radius) / radius)


def radius_or_inf(x1, x2, xp):
    """Return the distance from the origin, but inf at the origin: a quotient by it is then 0 with zero derivatives."""
    radius = xp.hypot(x1, x2)
    return xp.where(radius == 0, inf, radius)


@op("basic::hypot", kinks=(At("x1", 0.0, cotangent=0.0), At("x2", 0.0, cotangent=0.0)))
def hypot(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The length of the hypotenuse, √(x1² + x2²), without overflow.

    Shapes: x1 and x2 broadcast to the result. Units: all alike.
    Rule:   x̄₁ = ȳ x₁ / y, x̄₂ = ȳ x₂ / y.
    At kinks: 0, 0 at the origin, in second order too: what is divided by y there is divided by inf.
    Raises: OperandError where the shapes do not broadcast.
    Source: Array API standard 2024.12.
    """
    return xp.hypot(x1, x2)


@hypot.vjp("x1")
def _(g, x1, out, xp):
    return g * (x1 / xp.where(out == 0, inf, out))


@hypot.vjp("x2")
def _(g, x2, out, xp):
    return g * (x2 / xp.where(out == 0, inf, out))


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


def sqrt_one_plus_square(x, xp):
    """Return √(1 + x²) by hypot, and for complex x, which hypot refuses, as a root of each factor."""
    return xp.sqrt(1 + 1j * x) * xp.sqrt(1 - 1j * x) if is_complex(x) else xp.hypot(1.0, x)


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
