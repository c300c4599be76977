"""Student's distribution, with df degrees of freedom, moved by `loc` and stretched by `scale`."""

from __future__ import annotations

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_special.forwards import NUMBERS, SCALES, SHAPES
from mutorch_ops_special.incomplete import stdtr, student_log_density

__all__ = ["cdf", "logcdf", "logpdf", "pdf"]

DOMAIN = {"x": NUMBERS, "df": SHAPES, "loc": NUMBERS, "scale": SCALES}


@op("special::stats.t.logpdf", composite=True, domain=DOMAIN)
def logpdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0, *, xp: Namespace = injected) -> Array:
    """The logarithm of the density (1 + z² / df)^(-(df + 1)/2) / (√df B(df/2, ½) scale), z = (x - loc) / scale.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of its formula.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.7.1.
    """
    return student_log_density(df, (x - loc) / scale, xp) - xp.log(scale)


@op("special::stats.t.pdf", composite=True, domain=DOMAIN)
def pdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0, *, xp: Namespace = injected) -> Array:
    """The density.

    Shapes: operands broadcast to the result. Units: those of 1 / x.
    Rule:   that of logpdf, times the density.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.7.1.
    """
    return xp.exp(logpdf(x, df, loc, scale))


@op("special::stats.t.cdf", composite=True, domain=DOMAIN)
def cdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The distribution function.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   those of stdtr, for df too.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.7.1.
    """
    return stdtr(df, (x - loc) / scale)


@op("special::stats.t.logcdf", composite=True, domain=DOMAIN)
def logcdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0, *, xp: Namespace = injected) -> Array:
    """The logarithm of the distribution function; above the middle by log1p, where it is almost 0.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   those of stdtr and the logarithm.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.7.1.
    """
    z = (x - loc) / scale
    above = z > 0
    tail = stdtr(df, xp.where(above, -z, z))
    return xp.where(above, xp.log1p(-xp.where(above, tail, 0)), xp.log(xp.where(above, 1, tail)))
