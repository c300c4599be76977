"""The gamma distribution on x > 0, with shape a and scale 1."""

from __future__ import annotations

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_special.entropies import xlogy
from mutorch_ops_special.forwards import POSITIVE, SHAPES
from mutorch_ops_special.gammas import gammaln
from mutorch_ops_special.incomplete import gammainc

__all__ = ["cdf", "logpdf", "pdf"]

DOMAIN = {"x": POSITIVE, "a": SHAPES}


@op("special::stats.gamma.logpdf", composite=True, domain=DOMAIN)
def logpdf(x: Array, a: Array) -> Array:
    """The logarithm of the density xᵃ⁻¹ exp(-x) / Γ(a); NaN for negative x.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   those of xlogy and gammaln.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.1.31.
    """
    return xlogy(a - 1, x) - x - gammaln(a)


@op("special::stats.gamma.pdf", composite=True, domain=DOMAIN)
def pdf(x: Array, a: Array, *, xp: Namespace = injected) -> Array:
    """The density xᵃ⁻¹ exp(-x) / Γ(a); NaN for negative x.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of logpdf, times the density.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.1.31.
    """
    return xp.exp(logpdf(x, a))


@op("special::stats.gamma.cdf", composite=True, domain=DOMAIN)
def cdf(x: Array, a: Array) -> Array:
    """The distribution function P(a, x).

    Shapes: operands broadcast to the result. Units: none.
    Rule:   those of gammainc, the shape's included.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.1.31.
    """
    return gammainc(a, x)
