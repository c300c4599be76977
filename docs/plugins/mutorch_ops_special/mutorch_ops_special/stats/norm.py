"""The normal distribution, each function of x, its mean `loc` and its standard deviation `scale`.

Shapes: operands broadcast to the result. Rules: those of the functions of the standardised (x - loc) / scale.
"""

from __future__ import annotations

from math import log, pi, sqrt

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_special.error_functions import log_ndtr, ndtr
from mutorch_ops_special.forwards import NUMBERS, SCALES

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]

DOMAIN = {"x": NUMBERS, "loc": NUMBERS, "scale": SCALES}


@op("special::stats.norm.pdf", composite=True, domain=DOMAIN)
def pdf(x: Array, loc: Array = 0.0, scale: Array = 1.0, *, xp: Namespace = injected) -> Array:
    """The density φ((x - loc) / scale) / scale.

    Shapes: operands broadcast to the result. Units: those of 1 / x.
    Rule:   that of its formula.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.2.1.
    """
    z = (x - loc) / scale
    return xp.exp(-0.5 * z * z) / (sqrt(2 * pi) * scale)


@op("special::stats.norm.logpdf", composite=True, domain=DOMAIN)
def logpdf(x: Array, loc: Array = 0.0, scale: Array = 1.0, *, xp: Namespace = injected) -> Array:
    """The logarithm of the density.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of its formula.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.2.1.
    """
    z = (x - loc) / scale
    return -0.5 * z * z - xp.log(scale) - 0.5 * log(2 * pi)


@op("special::stats.norm.cdf", composite=True, domain=DOMAIN)
def cdf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The distribution function Φ((x - loc) / scale).

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of ndtr.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.2.2.
    """
    return ndtr((x - loc) / scale)


@op("special::stats.norm.sf", composite=True, domain=DOMAIN)
def sf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The survival function 1 - Φ((x - loc) / scale), which keeps its digits where Φ is 1.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of ndtr.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.2.3.
    """
    return ndtr((loc - x) / scale)


@op("special::stats.norm.logcdf", composite=True, domain=DOMAIN)
def logcdf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the distribution function, finite in its far tail.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of log_ndtr.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.2.2.
    """
    return log_ndtr((x - loc) / scale)


@op("special::stats.norm.logsf", composite=True, domain=DOMAIN)
def logsf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the survival function, finite in its far tail.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of log_ndtr.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.2.3.
    """
    return log_ndtr((loc - x) / scale)
