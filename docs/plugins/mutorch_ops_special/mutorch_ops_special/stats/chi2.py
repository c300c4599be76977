"""The χ² distribution on x > 0, with df degrees of freedom."""

from __future__ import annotations

from math import log

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_special.forwards import POSITIVE, SHAPES
from mutorch_ops_special.incomplete import gammainc
from mutorch_ops_special.stats import gamma

__all__ = ["cdf", "logpdf", "pdf"]

DOMAIN = {"x": POSITIVE, "df": SHAPES}


@op("special::stats.chi2.logpdf", composite=True, domain=DOMAIN)
def logpdf(x: Array, df: Array) -> Array:
    """The logarithm of the density: that of the gamma distribution of x / 2 with shape df / 2, less log 2.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   those of the gamma distribution, for any df, an integer or not.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.4.1.
    """
    return gamma.logpdf(0.5 * x, 0.5 * df) - log(2)


@op("special::stats.chi2.pdf", composite=True, domain=DOMAIN)
def pdf(x: Array, df: Array, *, xp: Namespace = injected) -> Array:
    """The density.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of logpdf, times the density.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.4.1.
    """
    return xp.exp(logpdf(x, df))


@op("special::stats.chi2.cdf", composite=True, domain=DOMAIN)
def cdf(x: Array, df: Array) -> Array:
    """The distribution function P(df / 2, x / 2).

    Shapes: operands broadcast to the result. Units: none.
    Rule:   those of gammainc, for df too.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.4.1.
    """
    return gammainc(0.5 * df, 0.5 * x)
