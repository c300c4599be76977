"""Angles: of complex numbers, in degrees and radians; and sinc, the ratio of sine and angle."""

from __future__ import annotations

from math import factorial, pi
from typing import Any

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.domain import At
from mutorch_ops_basic.operands.dtypes import is_complex

__all__ = ["angle", "deg2rad", "degrees", "rad2deg", "radians", "sinc"]


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


@op("basic::angle", kinks=(At("z", 0.0, cotangent=0.0),), composite=True)
def angle(z: Array, /, *, deg: bool = False, xp: Namespace = injected) -> Array:
    """The angle between a complex number and the positive real axis, in (-π, π], element by element.

    Shapes: z (...), result (...), real. Units: the result in radians, or degrees.
    Rule:   that of atan2: only turning z changes its angle; that of a real number is constant.
    At kinks: 0 at z = 0; at the jump on the negative real axis the same rule.
    Raises: nothing.
    Source: `numpy.angle`.
    """
    turn = xp.atan2(xp.imag(z), xp.real(z)) if is_complex(z) else xp.atan2(xp.zeros_like(z), z)
    return rad2deg(turn) if deg else turn


@angle.samples
def _(draw, strategies, Sample):
    return Sample(draw(strategies.array(draw(strategies.shape(0, 2)), complex=True)))


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
