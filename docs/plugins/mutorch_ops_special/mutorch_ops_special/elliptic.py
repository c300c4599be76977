"""Complete elliptic integrals. Near m = 0 their derivatives' closed forms cancel, and a series takes their place."""

from __future__ import annotations

from math import inf, pi

from mutorch_core.domain import At, Interval
from mutorch_ops_special.forwards import UNIT, unary

__all__ = ["ellipe", "ellipk", "ellipkm1"]

BELOW_ONE = Interval(-10, 1)
NEAR = 0.1
TERMS = 24


def coefficients(sign):
    """Return the coefficients of m⁰, m¹, … in the derivatives of K (sign 1) and E (sign -1)."""
    result, binomial = [], 1.0
    for k in range(1, TERMS):
        binomial *= (2 * k - 1) / (2 * k)
        factor = 1.0 if sign > 0 else -1 / (2 * k - 1)
        result.append(pi / 2 * k * binomial * binomial * factor)
    return result


FIRST, SECOND = coefficients(1), coefficients(-1)


def polynomial(series, m):
    """Return Σ cₖ mᵏ."""
    total = 0.0
    for coefficient in reversed(series):
        total = total * m + coefficient
    return total


def slope_of_first(m, first, second, xp):
    """Return dK/dm = (E - (1 - m) K) / (2 m (1 - m))."""
    near = xp.abs(m) < NEAR
    far = xp.where(near, 0.5, m)
    closed = xp.divide(second - (1 - m) * first, 2 * far * (1 - far))
    return xp.where(near, polynomial(FIRST, xp.where(near, m, 0)), closed)


def rule_of_ellipk(g, x, out, xp):
    """Rule of ellipk."""
    return g * slope_of_first(x, out, ellipe(x), xp)


def rule_of_ellipkm1(g, x, out, xp):
    """Rule of ellipkm1, at m = 1 - x, whose complement is x itself."""
    near = xp.abs(1 - x) < NEAR
    far = xp.where(near, 0.5, x)
    product = xp.where(x > 0, x * out, 0)  # which is 0 in the limit
    closed = xp.divide(ellipe(1 - x) - product, 2 * far * (1 - far))
    return g * -xp.where(near, polynomial(FIRST, xp.where(near, 1 - x, 0)), closed)


def rule_of_ellipe(g, x, out, xp):
    """Rule of ellipe: dE/dm = (E - K) / (2 m)."""
    near = xp.abs(x) < NEAR
    closed = xp.divide(out - ellipk(x), xp.where(near, 1, 2 * x))
    return g * xp.where(near, polynomial(SECOND, xp.where(near, x, 0)), closed)


ellipk = unary(
    "ellipk", "the complete elliptic integral of the first kind, K(m) = ∫ (1 - m sin²)^-½ from 0 to π/2",
    "(E(m) - (1 - m) K(m)) / (2 m (1 - m)) at m = x", rule_of_ellipk, "Abramowitz & Stegun 17.3.1",
    domain={"x": BELOW_ONE}, kinks=(At("x", 1.0),), kink="inf at x = 1",
)  # fmt: skip
ellipkm1 = unary(
    "ellipkm1", "K(1 - x), exact for small x too", "-(E(m) - x K(m)) / (2 m x) at m = 1 - x", rule_of_ellipkm1,
    "Abramowitz & Stegun 17.3.1", domain={"x": UNIT}, kinks=(At("x", 0.0, cotangent=-inf),), kink="-inf at x = 0",
)  # fmt: skip
ellipe = unary(
    "ellipe", "the complete elliptic integral of the second kind, E(m) = ∫ (1 - m sin²)^½ from 0 to π/2",
    "(E(m) - K(m)) / (2 m) at m = x", rule_of_ellipe, "Abramowitz & Stegun 17.3.3",
    domain={"x": BELOW_ONE}, kinks=(At("x", 1.0, cotangent=-inf),), kink="-inf at x = 1",
)  # fmt: skip
