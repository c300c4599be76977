"""The Dirichlet distribution of shares x that add up to 1, with concentrations alpha."""

from __future__ import annotations

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_special.entropies import xlogy
from mutorch_ops_special.forwards import SHAPES, UNIT
from mutorch_ops_special.gammas import gammaln

__all__ = ["logpdf", "pdf"]

DOMAIN = {"x": UNIT, "alpha": SHAPES}


@op("special::stats.dirichlet.logpdf", composite=True, domain=DOMAIN)
def logpdf(x: Array, alpha: Array, *, xp: Namespace = injected) -> Array:
    """The logarithm of the density ∏ x^(alpha - 1) Γ(Σ alpha) / ∏ Γ(alpha), its formula continued off the simplex.

    Shapes: x (k, ...), alpha (k), result (...): SciPy has the shares first. Units: none.
    Rule:   that of its formula, in which every share is free.
    Raises: ValueError where the lengths differ.
    Source: Kotz, Balakrishnan & Johnson 2000, chapter 49.
    """
    if alpha.ndim != 1 or x.ndim < 1 or x.shape[0] != alpha.shape[0]:
        raise ValueError(f"x {tuple(x.shape)} must have its shares first, as many as alpha {tuple(alpha.shape)}")
    powers = xp.reshape(alpha - 1, (-1, *(1,) * (x.ndim - 1)))
    return xp.sum(xlogy(powers, x), axis=0) + gammaln(xp.sum(alpha)) - xp.sum(gammaln(alpha))


@op("special::stats.dirichlet.pdf", composite=True, domain=DOMAIN)
def pdf(x: Array, alpha: Array, *, xp: Namespace = injected) -> Array:
    """The density, its formula continued off the simplex.

    Shapes: x (k, ...), alpha (k), result (...). Units: none.
    Rule:   that of logpdf, times the density.
    Raises: ValueError where the lengths differ.
    Source: Kotz, Balakrishnan & Johnson 2000, chapter 49.
    """
    return xp.exp(logpdf(x, alpha))


@logpdf.samples
@pdf.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 2))
    return Sample(draw(strategies.array(shape, 0.0, 1.0)), draw(strategies.array(shape[:1], 0.0)))
