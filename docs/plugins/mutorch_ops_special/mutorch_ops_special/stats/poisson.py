"""The Poisson distribution of counts k with mean mu; counts have no derivative."""

from __future__ import annotations

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import is_number
from mutorch_ops_special.entropies import xlogy
from mutorch_ops_special.forwards import POSITIVE
from mutorch_ops_special.gammas import gammaln
from mutorch_ops_special.incomplete import gammaincc

__all__ = ["cdf", "logpmf", "pmf"]

DOMAIN = {"mu": POSITIVE}


@op("special::stats.poisson.logpmf", composite=True, domain=DOMAIN, nondiff=("k",))
def logpmf(k: Array, mu: Array, *, xp: Namespace = injected) -> Array:
    """The logarithm of the probability of k, k log(mu) - mu - log k!; -inf where k is no natural number.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   those of its formula with respect to mu; 0 where k is impossible.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.1.22.
    """
    possible = (k >= 0) & (xp.floor(k) == k)
    count = floating(xp.where(possible, k, 0), mu, xp)
    return xp.where(possible, xlogy(count, mu) - mu - gammaln(count + 1), -float("inf"))


@op("special::stats.poisson.pmf", composite=True, domain=DOMAIN, nondiff=("k",))
def pmf(k: Array, mu: Array, *, xp: Namespace = injected) -> Array:
    """The probability of k; 0 where k is no natural number.

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of logpmf, times the probability.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.1.22.
    """
    return xp.exp(logpmf(k, mu))


@op("special::stats.poisson.cdf", composite=True, domain=DOMAIN, nondiff=("k",))
def cdf(k: Array, mu: Array, *, xp: Namespace = injected) -> Array:
    """The probability of k or fewer, Q(⌊k⌋ + 1, mu).

    Shapes: operands broadcast to the result. Units: none.
    Rule:   that of gammaincc with respect to mu.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 26.4.21.
    """
    possible = k >= 0
    count = xp.floor(floating(xp.where(possible, k, 0), mu, xp))
    return xp.where(possible, gammaincc(count + 1, mu), 0.0)


def floating(k, mu, xp):
    """Counts in the precision of the mean: a library's default may be narrower."""
    return k * 1.0 if is_number(mu) else k + xp.zeros_like(mu)


@logpmf.samples
@pmf.samples
@cdf.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(0, 2))
    return Sample(draw(strategies.labels(shape, 5)), draw(strategies.array(shape, 0.0)))
