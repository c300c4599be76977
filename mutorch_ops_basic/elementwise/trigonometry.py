"""Circular functions and their inverses, angles in degrees, and sinc. Angles are in radians elsewhere."""

from __future__ import annotations

from math import factorial, inf, pi
from typing import Any

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.domain import At, Interval
from mutorch_ops_basic.operands.domains import NONZERO, UNIT
from mutorch_ops_basic.operands.dtypes import is_complex

__all__ = [
    "acos", "asin", "atan", "atan2", "cos", "deg2rad", "degrees", "hypot", "rad2deg", "radians", "sin", "sinc", "tan",
]  # fmt: skip


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


def sqrt_one_plus_square(x, xp):
    """Return √(1 + x²) by hypot, and for complex x, which hypot refuses, as a root of each factor."""
    return xp.sqrt(1 + 1j * x) * xp.sqrt(1 - 1j * x) if is_complex(x) else xp.hypot(1.0, x)


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


def conversion(name: str, factor: float, text: str, given: str, made: str) -> Op[[Array], Array]:
    """Declare an op that multiplies by a number."""

    def forward(x: Array, /) -> Array:
        return x * factor

    forward.__name__ = name
    forward.__doc__ = f"""Angles in {made} of those in {given}, element by element.

    Shapes: x (...), result (...). Units: x in {given}, the result in {made}.
    Rule:   x̄ = {text} ȳ.
    Raises: nothing.
    Source: `numpy.{name}`.
    """
    declared = op(f"basic::{name}")(forward)

    @declared.vjp("x")
    def _(g):
        return g * factor

    return declared


deg2rad = radians = conversion("deg2rad", pi / 180, "π / 180", "degrees", "radians")
rad2deg = degrees = conversion("rad2deg", 180 / pi, "180 / π", "radians", "degrees")


@op("basic::sinc")
def sinc(x: Array, /, *, xp: Namespace = injected) -> Array:
    """sin(πx) / (πx), and 1 at 0, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (cos(πx) - y) / x, by its series near 0, where it would cancel: right there to every order.
    Raises: nothing.
    Source: `numpy.sinc`.
    """
    angles = xp.where(x == 0, 1.0, pi * x)
    return xp.where(x == 0, 1.0, xp.sin(angles) / angles)


@sinc.vjp("x")
def _(g, x, xp):
    return g * pi * slope_of_sinc(pi * x, xp)


SERIES = tuple((-1) ** k * 2 * k / factorial(2 * k + 1) for k in range(10, 0, -1))
"""The coefficients of the derivative of sin(t) / t, over t, from that of t¹⁸ down to that of t⁰."""


def slope_of_sinc(t: Any, xp: Any) -> Any:
    """Return the derivative of sin(t) / t: its series up to |t| = 1, (cos(t) - sin(t) / t) / t beyond."""
    near = xp.abs(t) < 1
    small, large = xp.where(near, t, 0.0), xp.where(near, 1.0, t)
    series: Any = 0.0
    for coefficient in SERIES:
        series = series * (small * small) + coefficient
    return xp.where(near, series * small, (xp.cos(large) - xp.sin(large) / large) / large)
