"""The normal distribution of vectors, with a mean and a covariance matrix.

A number as covariance stands for that multiple of the identity, a vector for a diagonal. A matrix is taken as it is,
both its triangles, so that its gradient is symmetric.
"""

from __future__ import annotations

from math import e, log, pi

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_special.forwards import NUMBERS, SCALES

__all__ = ["entropy", "logpdf", "pdf"]


@op("special::stats.multivariate_normal.logpdf", composite=True, domain={"x": NUMBERS, "mean": NUMBERS, "cov": SCALES})
def logpdf(x: Array, mean: Array | None = None, cov: Array = 1.0, *, xp: Namespace = injected) -> Array:
    """The logarithm of the density.

    Shapes: x (..., k), mean (k) or a number, cov (k, k), (k) or a number, result (...). Units: none.
    Rule:   those of `solve` and `slogdet`.
    Raises: OperandError where the lengths differ or cov is singular.
    Source: Kotz, Balakrishnan & Johnson 2000, chapter 45.
    """
    off = x if mean is None else x - mean
    if off.ndim < 1:
        raise ValueError("x is a number: its last axis must be that of the vectors")
    size, axes = off.shape[-1], getattr(cov, "ndim", 0)
    if axes < 2:
        square = xp.sum(off * off / cov, axis=-1)
        spread = xp.log(cov) * size if axes == 0 else xp.sum(xp.log(cov))
    else:
        solved = xp.linalg.solve(cov, xp.matrix_transpose(xp.reshape(off, (-1, size))))
        square = xp.sum(off * xp.reshape(xp.matrix_transpose(solved), off.shape), axis=-1)
        spread = xp.linalg.slogdet(cov).logabsdet
    return -0.5 * (square + spread + size * log(2 * pi))


@op("special::stats.multivariate_normal.pdf", composite=True, domain={"x": NUMBERS, "mean": NUMBERS, "cov": SCALES})
def pdf(x: Array, mean: Array | None = None, cov: Array = 1.0, *, xp: Namespace = injected) -> Array:
    """The density.

    Shapes: x (..., k), mean (k) or a number, cov (k, k), (k) or a number, result (...). Units: those of x to the -k.
    Rule:   that of logpdf, times the density.
    Raises: OperandError where the lengths differ or cov is singular.
    Source: Kotz, Balakrishnan & Johnson 2000, chapter 45.
    """
    return xp.exp(logpdf(x, mean, cov))


@op("special::stats.multivariate_normal.entropy", composite=True, nondiff=("mean",))
def entropy(mean: Array | None = None, cov: Array = 1.0, *, xp: Namespace = injected) -> Array:
    """The entropy ½ log det(2πe cov), which depends on the mean only for its dimension, if cov is a number.

    Shapes: mean (k) or None, cov (k, k), (k) or a number, result (). Units: none.
    Rule:   that of `slogdet`.
    Raises: OperandError where cov is singular.
    Source: Kotz, Balakrishnan & Johnson 2000, chapter 45.
    """
    axes = getattr(cov, "ndim", 0)
    size = cov.shape[-1] if axes else getattr(mean, "size", 1)
    if axes < 2:
        spread = xp.log(cov) * size if axes == 0 else xp.sum(xp.log(cov))
    else:
        spread = xp.linalg.slogdet(cov).logabsdet
    return 0.5 * (spread + size * log(2 * pi * e))


@logpdf.samples
@pdf.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 2))
    mean = draw(strategies.sampled_from([None, draw(strategies.array(shape[-1:]))]))
    diagonal = draw(strategies.array(draw(strategies.sampled_from([(), shape[-1:]])), 0.0))
    cov = draw(strategies.sampled_from([draw(strategies.spd(shape[-1])), diagonal]))
    return Sample(draw(strategies.array(shape)), mean, cov)


@entropy.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    return Sample(None, draw(strategies.spd(n)))
