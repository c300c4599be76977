"""Roots, powers, angles in degrees and robust losses, by SciPy's careful implementations."""

from __future__ import annotations

from math import inf, log, pi

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import At, Interval, Tie
from mutorch_ops_special.exponential_integrals import exponential_moment
from mutorch_ops_special.forwards import POSITIVE, of_scipy, unary

__all__ = [
    "boxcox",
    "boxcox1p",
    "cbrt",
    "cosdg",
    "cosm1",
    "cotdg",
    "exp2",
    "exp10",
    "huber",
    "inv_boxcox",
    "inv_boxcox1p",
    "pseudo_huber",
    "radian",
    "sinc",
    "sindg",
    "tandg",
]

DEGREE = pi / 180
TURN = Interval(-89, 89)
MODERATE = Interval(-3, 3)
NEAR = 0.25
"""Below this a series takes the place of a difference of almost equal numbers."""

STANDARD = "NumPy's and SciPy's signature"

cbrt = unary(
    "cbrt", "the real cube root", "1 / (3 y²)", lambda g, out, xp: g * xp.divide(1, 3 * out * out), STANDARD,
    kinks=(At("x", 0.0, cotangent=inf),), kink="inf at x = 0",
)  # fmt: skip
exp2 = unary("exp2", "2 to the power x", "y log(2)", lambda g, out: g * (log(2) * out), STANDARD)
exp10 = unary("exp10", "10 to the power x", "y log(10)", lambda g, out: g * (log(10) * out), STANDARD)
cosm1 = unary("cosm1", "cos(x) - 1, exact for small x too", "-sin(x)", lambda g, x, xp: g * -xp.sin(x), STANDARD)
sindg = unary("sindg", "the sine of x degrees", "π/180 cos(x°)", lambda g, x: g * (DEGREE * cosdg(x)), STANDARD)
cosdg = unary("cosdg", "the cosine of x degrees", "-π/180 sin(x°)", lambda g, x: g * (-DEGREE * sindg(x)), STANDARD)
tandg = unary(
    "tandg", "the tangent of x degrees", "π/180 (1 + y²)", lambda g, out: g * (DEGREE * (1 + out * out)), STANDARD,
    domain={"x": TURN},
)  # fmt: skip
cotdg = unary(
    "cotdg", "the cotangent of x degrees", "-π/180 (1 + y²)", lambda g, out: g * (-DEGREE * (1 + out * out)), STANDARD,
    domain={"x": Interval(1, 179)},
)  # fmt: skip


def slope_of_sinc(g, x, out, xp):
    """Rule of sinc: near 0, where cos(πx) - sinc(x) cancels, the series of that difference."""
    near = xp.abs(x) < NEAR
    square = xp.where(near, (pi * x) ** 2, 0)
    series = 1.0
    for k in range(9, 0, -1):  # Σ (-1)ᵏ 2k / (2k + 1)! (πx)²ᵏ⁻¹
        series = 1 - series * square * (k + 1) / (k * (2 * k + 2) * (2 * k + 3))
    far = xp.where(near, 1, x)
    return g * xp.where(near, -pi * pi * x / 3 * series, (xp.cos(pi * far) - xp.where(near, 0, out)) / far)


sinc = unary(
    "sinc", "sin(πx) / (πx), which is 1 at x = 0", "(cos(πx) - y) / x, near 0 by its series", slope_of_sinc, STANDARD
)


@of_scipy("radian")
def radian(d: Array, m: Array, s: Array, /, *, xp: Namespace = injected) -> Array:
    """An angle of d degrees, m minutes and s seconds, in radians.

    Shapes: d, m and s broadcast to the result. Units: degrees, minutes, seconds; radians.
    Rule:   π/180, π/10800 and π/648000 times ȳ.
    Raises: OperandError where the shapes do not broadcast.
    Source: SciPy's signature.
    """
    return special.radian(d, m, s)


@radian.vjp("d", "m", "s")
def _(g):
    return g * DEGREE, g * (DEGREE / 60), g * (DEGREE / 3600)


@of_scipy("huber", domain={"delta": POSITIVE}, kinks=(Tie("delta", "r"), At("delta", 0.0)))
def huber(delta: Array, r: Array, /, *, xp: Namespace = injected) -> Array:
    """Huber's loss: ½ r² up to delta, and delta (|r| - ½ delta) beyond.

    Shapes: delta and r broadcast to the result. Units: the square of r's.
    Rule:   r̄ = ȳ r, not above delta nor below -delta; delta's is ȳ (|r| - delta) where that is positive.
    At kinks: none to first order.
    Raises: OperandError where the shapes do not broadcast; inf for negative delta.
    Source: Huber 1964.
    """
    return special.huber(delta, r)


@huber.vjp("delta", "r")
def _(g, delta, r, xp):
    beyond = xp.abs(r) > delta
    return g * xp.where(beyond, xp.abs(r) - delta, 0), g * xp.where(beyond, delta * xp.sign(r), r)


@of_scipy("pseudo_huber", domain={"delta": Interval(0.01, 100), "r": Interval(-100, 100)})
def pseudo_huber(delta: Array, r: Array, /, *, xp: Namespace = injected) -> Array:
    """A smooth loss like Huber's: delta² (√(1 + t²) - 1) with t = r / delta.

    Shapes: delta and r broadcast to the result. Units: the square of r's.
    Rule:   r̄ = ȳ r / s, delta's is ȳ delta t⁴ / (s (s + 1)²), with s = √(1 + t²).
    Raises: OperandError where the shapes do not broadcast; inf for negative delta.
    Source: Charbonnier et al. 1997.
    """
    return special.pseudo_huber(delta, r)


@pseudo_huber.vjp("delta", "r")
def _(g, delta, r, xp):
    t = r / delta
    s = xp.sqrt(1 + t * t)
    return g * (delta * (t * t / (s + 1)) ** 2 / s), g * (r / s)


@of_scipy("boxcox", domain={"x": Interval(0.01, 100), "lmbda": MODERATE})
def boxcox(x: Array, lmbda: Array, /, *, xp: Namespace = injected) -> Array:
    """The power transform of Box and Cox: (x^λ - 1) / λ, which is log(x) at λ = 0.

    Shapes: x and lmbda broadcast to the result. Units: none.
    Rule:   x̄ = ȳ x^(λ - 1), λ's is ȳ log(x)² ∫ t x^(λ t) dt from 0 to 1.
    Raises: OperandError where the shapes do not broadcast; NaN for negative x.
    Source: Box & Cox 1964.
    """
    return special.boxcox(x, lmbda)


@boxcox.vjp("x", "lmbda")
def _(g, x, lmbda, xp):
    return power_transform(g, xp.log(x), lmbda, xp)


@of_scipy("boxcox1p", domain={"x": Interval(-0.9, 100), "lmbda": MODERATE})
def boxcox1p(x: Array, lmbda: Array, /, *, xp: Namespace = injected) -> Array:
    """The power transform of 1 + x, exact for small x too.

    Shapes: x and lmbda broadcast to the result. Units: none.
    Rule:   that of boxcox, of 1 + x.
    Raises: OperandError where the shapes do not broadcast; NaN for x below -1.
    Source: Box & Cox 1964.
    """
    return special.boxcox1p(x, lmbda)


@boxcox1p.vjp("x", "lmbda")
def _(g, x, lmbda, xp):
    return power_transform(g, xp.log1p(x), lmbda, xp)


def power_transform(g, logarithm, lmbda, xp):
    """Return the cotangents of a power transform, from the logarithm of its operand."""
    curve = logarithm * logarithm * exponential_moment(1, lmbda * logarithm)
    return g * xp.exp((lmbda - 1) * logarithm), g * curve


@of_scipy("inv_boxcox", domain={"y": Interval(-0.3, 3), "lmbda": Interval(-0.3, 3)})
def inv_boxcox(y: Array, lmbda: Array, /, *, xp: Namespace = injected) -> Array:
    """The inverse of boxcox: (1 + λ y)^(1 / λ), which is exp(y) at λ = 0.

    Shapes: y and lmbda broadcast to the result. Units: none.
    Rule:   ȳ's cotangent times x / (1 + λ y); λ's times x y² d/du (log(1 + u) / u) at u = λ y.
    Raises: OperandError where the shapes do not broadcast; NaN where 1 + λ y is negative.
    Source: Box & Cox 1964.
    """
    return special.inv_boxcox(y, lmbda)


@inv_boxcox.vjp("y", "lmbda")
def _(g, y, lmbda, out, xp):
    return inverse_transform(g, y, lmbda, out, xp)


@of_scipy("inv_boxcox1p", domain={"y": Interval(-0.3, 3), "lmbda": Interval(-0.3, 3)})
def inv_boxcox1p(y: Array, lmbda: Array, /, *, xp: Namespace = injected) -> Array:
    """The inverse of boxcox1p.

    Shapes: y and lmbda broadcast to the result. Units: none.
    Rule:   that of inv_boxcox, whose result is larger by 1.
    Raises: OperandError where the shapes do not broadcast; NaN where 1 + λ y is negative.
    Source: Box & Cox 1964.
    """
    return special.inv_boxcox1p(y, lmbda)


@inv_boxcox1p.vjp("y", "lmbda")
def _(g, y, lmbda, out, xp):
    return inverse_transform(g, y, lmbda, 1 + out, xp)


def inverse_transform(g, y, lmbda, x, xp):
    """Return the cotangents of an inverse power transform with the result x."""
    u = lmbda * y
    near = xp.abs(u) < NEAR
    small, far = xp.where(near, u, 0), xp.where(near, 1, u)
    series = 0.0
    for k in range(24, 0, -1):  # of log(1 + u) / u = Σ (-u)ᵏ / (k + 1), differentiated
        series = -k / (k + 1) - small * series
    slope = xp.where(near, series, (far / (1 + far) - xp.log1p(far)) / (far * far))
    return g * (x / (1 + u)), g * (x * y * y * slope)
