"""The dilogarithm."""

from __future__ import annotations

from math import inf

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import At
from mutorch_ops_special.forwards import POSITIVE, of_scipy

__all__ = ["spence"]

NEAR = 0.25
"""Within this distance of 1 a series takes the place of log(x) / (1 - x), whose own derivative cancels there."""


@of_scipy("spence", domain={"x": POSITIVE}, kinks=(At("x", 0.0, cotangent=-inf),))
def spence(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The dilogarithm as Spence has it: ∫₁ˣ log(t) / (1 - t) dt.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ log(x) / (1 - x), which is -1 at x = 1; near there by the series of the area tangent.
    At kinks: -inf at x = 0, a pole of the derivative.
    Raises: nothing; NaN for negative x.
    Source: Abramowitz & Stegun 27.7.1, 4.1.27.
    """
    return special.spence(x)


@spence.vjp("x")
def _(g, x, xp):
    near = xp.abs(x - 1) < NEAR
    off = xp.where(near, x - 1, 0)
    square = (off / (2 + off)) ** 2
    series = 0.0
    for k in range(12, -1, -1):
        series = series * square + 1 / (2 * k + 1)
    far = xp.where(near, 2, x)
    return g * xp.where(near, -2 * series / (2 + off), xp.divide(xp.log(far), 1 - far))
