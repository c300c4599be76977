"""Incomplete gamma and beta functions and Student's distribution function, differentiable in their shapes too."""

from __future__ import annotations

from math import log, pi
from typing import Any

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.authoring import is_number
from mutorch_ops_special.forwards import NUMBERS, POSITIVE, SHAPES, UNIT, floating_type, of_scipy
from mutorch_ops_special.gammas import betaln, gammaln
from mutorch_ops_special.shape_integrals import beta_by_shape, gamma_by_shape, student_by_shape

__all__ = ["betainc", "gammainc", "gammaincc", "igamma", "igammac", "stdtr"]

LARGE = 1e5
"""Beyond, Stirling's series is exact with one term."""


@of_scipy("gammainc", torch="gammainc", jax="gammainc", domain={"a": POSITIVE, "x": POSITIVE})
def gammainc(a: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """The regularised lower incomplete gamma function P(a, x) = ∫₀ˣ tᵃ⁻¹ exp(-t) dt / Γ(a).

    Shapes: a and x broadcast to the result. Units: none.
    Rule:   x̄ = ȳ xᵃ⁻¹ exp(-x) / Γ(a); ā by quadrature of the score on the side of x where it has one sign.
    At kinks: at x = 0, x̄ is ȳ times inf, 1 or 0 as a is below 1, 1 or above; ā is 0.
    Raises: OperandError where the shapes do not broadcast; NaN for negative operands.
    Source: Abramowitz & Stegun 6.5.1.
    """
    return special.gammainc(a, x)


@gammainc.vjp("x")
def _(g, a, x, xp):
    return g * gamma_density(a, x, xp)


@gammainc.vjp("a")
def _(g, a, x, xp):
    return g * by_shape_of_gamma(a, x, xp)


@of_scipy("gammaincc", torch="gammaincc", jax="gammaincc", domain={"a": POSITIVE, "x": POSITIVE})
def gammaincc(a: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """The regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x), which keeps its digits where P is 1.

    Shapes: a and x broadcast to the result. Units: none.
    Rule:   those of gammainc with the other sign.
    At kinks: as gammainc.
    Raises: OperandError where the shapes do not broadcast; NaN for negative operands.
    Source: Abramowitz & Stegun 6.5.3.
    """
    return special.gammaincc(a, x)


@gammaincc.vjp("x")
def _(g, a, x, xp):
    return g * -gamma_density(a, x, xp)


@gammaincc.vjp("a")
def _(g, a, x, xp):
    return g * -by_shape_of_gamma(a, x, xp)


igamma = gammainc
igammac = gammaincc


def gamma_density(a, x, xp):
    """Return xᵃ⁻¹ exp(-x) / Γ(a), which is 1 at x = 0 for a = 1."""
    one = (a == 1) & (x == 0)
    return xp.exp((a - 1) * xp.log(xp.where(one, 1, x)) - x - gammaln(a))


def by_shape_of_gamma(a, x, xp):
    """Return ∂P/∂a."""
    a, x = arrays(a, x, xp=xp)
    inside = (x > 0) & xp.isfinite(x)
    x = xp.where(inside, x, 1)
    density = xp.where(inside, xp.exp(a * xp.log(x) - x - gammaln(a)), 0)
    alive = density > 0
    return density * gamma_by_shape(*(xp.where(alive, each, 1) for each in (a, x)), xp)


@of_scipy("betainc", jax="betainc", domain={"a": POSITIVE, "b": POSITIVE, "x": UNIT})
def betainc(a: Array, b: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """The regularised incomplete beta function I(a, b, x) = ∫₀ˣ tᵃ⁻¹ (1 - t)ᵇ⁻¹ dt / B(a, b).

    Shapes: a, b and x broadcast to the result. Units: none.
    Rule:   x̄ = ȳ xᵃ⁻¹ (1 - x)ᵇ⁻¹ / B(a, b); ā by quadrature of the score on the side of x where it has one sign,
            b̄ the same with a, x and b, 1 - x exchanged.
    At kinks: at x = 0 and x = 1, ā and b̄ are 0.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: Abramowitz & Stegun 6.6.2.
    """
    return special.betainc(a, b, x)


@betainc.vjp("x")
def _(g, a, b, x, xp):
    return g * beta_density(a, b, x, xp)


@betainc.vjp("a", "b")
def _(g, a, b, x, needs, xp):
    return [None if each is None else g * each for each in by_shapes_of_beta(a, b, x, needs, xp)]


def beta_density(a, b, x, xp):
    """Return xᵃ⁻¹ (1 - x)ᵇ⁻¹ / B(a, b)."""
    a, b, x = arrays(a, b, x, xp=xp)
    return xp.exp((a - 1) * xp.log(x) + (b - 1) * xp.log1p(-x) - log_beta(a, b, xp))


def log_beta(a, b, xp):
    """Return log B(a, b), for large shapes by Stirling's series: there SciPy's terms cancel, or are infinite."""
    large = xp.minimum(a, b) > LARGE
    p, q = xp.where(large, a, LARGE), xp.where(large, b, LARGE)
    total = p + q
    series = 0.5 * (log(2 * pi) + xp.log(total) - xp.log(p) - xp.log(q)) + (1 / p + 1 / q - 1 / total) / 12
    series = series - p * xp.log1p(q / p) - q * xp.log1p(p / q)
    return xp.where(large, series, betaln(xp.where(large, 1, a), xp.where(large, 1, b)))


def arrays(*operands, xp):
    """Return operands as arrays of one shape, numbers in the precision of the others."""
    dtype = floating_type(operands, xp)
    return xp.broadcast_arrays(*(xp.asarray(each, dtype=dtype) if is_number(each) else each for each in operands))


def by_shapes_of_beta(a, b, x, needs, xp):
    """Return ∂I/∂a and ∂I/∂b; None where they are not needed."""
    a, b, x = arrays(a, b, x, xp=xp)
    inside = (x > 0) & (x < 1)
    x = xp.where(inside, x, 0.5)
    log_x, log_other = xp.log(x), xp.log1p(-x)
    density = xp.where(inside, xp.exp(a * log_x + b * log_other - log_beta(a, b, xp)), 0)
    return by_shapes_from_logs(a, b, log_x, log_other, density, (needs.a, needs.b), xp)


def by_shapes_from_logs(a, b, log_x, log_other, density, needed, xp) -> tuple[Any, Any]:
    """Do the same from log(x), log(1 - x) and xᵃ (1 - x)ᵇ / B(a, b); where the last is 0, both are 0."""
    alive = density > 0
    a, b = xp.where(alive, a, 1), xp.where(alive, b, 1)
    log_x, log_other = xp.where(alive, log_x, -1), xp.where(alive, log_other, -1)
    return (
        density * beta_by_shape(a, b, log_x, log_other, xp) if needed[0] else None,
        density * -beta_by_shape(b, a, log_other, log_x, xp) if needed[1] else None,
    )


@of_scipy("stdtr", domain={"df": SHAPES, "t": NUMBERS})
def stdtr(df: Array, t: Array, /, *, xp: Namespace = injected) -> Array:
    """The distribution function of Student's t with df degrees of freedom.

    Shapes: df and t broadcast to the result. Units: none.
    Rule:   t̄ = ȳ (1 + t² / df)^(-(df + 1)/2) / (√df B(df/2, ½)); df's by quadrature of the score beyond t.
    Raises: OperandError where the shapes do not broadcast; NaN for df ≤ 0.
    Source: Abramowitz & Stegun 26.7.1.
    """
    return special.stdtr(df, t)


@stdtr.vjp("t")
def _(g, df, t, xp):
    return g * student_density(df, t, xp)


@stdtr.vjp("df")
def _(g, df, t, xp):
    return g * by_shape_of_student(df, t, xp)


def student_density(df, t, xp):
    """Return (1 + t² / df)^(-(df + 1)/2) / (√df B(df/2, ½))."""
    return xp.exp(student_log_density(df, t, xp))


def student_log_density(df, t, xp):
    """Return the logarithm of `student_density`."""
    return -0.5 * (df + 1) * student_fall(df, t, xp) - betaln(0.5 * df, 0.5) - 0.5 * xp.log(df)


def student_fall(df, t, xp):
    """Return log(1 + t² / df), also if t² / df overflows."""
    square = t * t
    far = square > df
    near, beyond = xp.where(far, 0, square), xp.where(far, square, 1)
    return xp.where(far, xp.log1p(df / beyond) + xp.log(beyond) - xp.log(df), xp.log1p(near / df))


def by_shape_of_student(df, t, xp):
    """Return the derivative of Student's distribution function by the degrees of freedom."""
    df, t = arrays(df, t, xp=xp)
    return xp.exp(-0.5 * df * student_fall(df, t, xp) - betaln(0.5 * df, 0.5)) * student_by_shape(df, t, xp)
