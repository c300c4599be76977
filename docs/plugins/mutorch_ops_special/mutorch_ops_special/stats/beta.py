"""The beta distribution on 0 < x < 1, with shapes a and b."""

from __future__ import annotations

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_special.entropies import xlog1py, xlogy
from mutorch_ops_special.forwards import SHAPES, UNIT
from mutorch_ops_special.gammas import betaln
from mutorch_ops_special.incomplete import betainc

__all__ = ["cdf", "logpdf", "pdf"]

DOMAIN = {"x": UNIT, "a": SHAPES, "b": SHAPES}


@op("special::stats.beta.logpdf", composite=True, domain=DOMAIN)
def logpdf(x: Array, a: Array, b: Array) -> Array:
    """The logarithm of the density xᵃ⁻¹ (1 - x)ᵇ⁻¹ / B(a, b); NaN outside of 0 and 1.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   those of xlogy, xlog1py and betaln.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.5.1.
    """
    return xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b)


@op("special::stats.beta.pdf", composite=True, domain=DOMAIN)
def pdf(x: Array, a: Array, b: Array, *, xp: Namespace = injected) -> Array:
    """The density xᵃ⁻¹ (1 - x)ᵇ⁻¹ / B(a, b); NaN outside of 0 and 1.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of logpdf, times the density.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.5.1.
    """
    return xp.exp(logpdf(x, a, b))


@op("special::stats.beta.cdf", composite=True, domain=DOMAIN)
def cdf(x: Array, a: Array, b: Array) -> Array:
    """The distribution function I(a, b, x).

    Shapes: operands broadcast to the result. Units: none.
    Rule:   those of betainc, the shapes' included.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.5.1.
    """
    return betainc(a, b, x)
