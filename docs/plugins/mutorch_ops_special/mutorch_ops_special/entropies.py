"""Products with a logarithm, which are 0 where the factor is, and the entropies made of them."""

from __future__ import annotations

from math import inf

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import At, Interval
from mutorch_ops_special.forwards import POSITIVE, of_scipy

__all__ = ["entr", "kl_div", "rel_entr", "xlog1py", "xlogy"]


@of_scipy("xlogy", torch="xlogy", jax="xlogy", domain={"y": POSITIVE}, kinks=(At("y", 0.0),))
def xlogy(x: Array, y: Array, /, *, xp: Namespace = injected) -> Array:
    """X log(y), and 0 where x is 0.

    Shapes: x and y broadcast to the result. Units: x's.
    Rule:   x̄ = z̄ log(y), ȳ = z̄ x / y.
    At kinks: 0 for both where x = 0 and y = 0; where y = 0 alone, -inf and x / 0.
    Raises: OperandError where the shapes do not broadcast; NaN for negative y.
    Source: SciPy's signature.
    """
    return special.xlogy(x, y)


@xlogy.vjp("x")
def _(g, x, y, xp):
    return g * xp.log(apart(x, y, 0, xp))


@xlogy.vjp("y")
def _(g, x, y, xp):
    return g * xp.divide(x, apart(x, y, 0, xp))


@of_scipy("xlog1py", torch="xlog1py", jax="xlog1py", domain={"y": Interval(-1)}, kinks=(At("y", -1.0),))
def xlog1py(x: Array, y: Array, /, *, xp: Namespace = injected) -> Array:
    """X log(1 + y), exact for small y too, and 0 where x is 0.

    Shapes: x and y broadcast to the result. Units: x's.
    Rule:   x̄ = z̄ log(1 + y), ȳ = z̄ x / (1 + y).
    At kinks: 0 for both where x = 0 and y = -1; where y = -1 alone, -inf and x / 0.
    Raises: OperandError where the shapes do not broadcast; NaN for y below -1.
    Source: SciPy's signature.
    """
    return special.xlog1py(x, y)


@xlog1py.vjp("x")
def _(g, x, y, xp):
    return g * xp.log1p(apart(x, y, -1, xp))


@xlog1py.vjp("y")
def _(g, x, y, xp):
    return g * xp.divide(x, 1 + apart(x, y, -1, xp))


def apart(x, y, pole, xp):
    """Return y, but 1 past the pole where it is there and x is 0."""
    return xp.where((x == 0) & (y == pole), pole + 1, y)


@of_scipy("entr", torch="entr", jax="entr", domain={"x": POSITIVE}, kinks=(At("x", 0.0, cotangent=inf),))
def entr(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The entropy of one probability: -x log(x), 0 at 0, -inf below.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = -ȳ (log(x) + 1).
    At kinks: inf at x = 0.
    Raises: nothing.
    Source: SciPy's signature.
    """
    return special.entr(x)


@entr.vjp("x")
def _(g, x, xp):
    return g * (-1 - xp.log(x))


@of_scipy(
    "rel_entr",
    jax="rel_entr",
    domain={"x": POSITIVE, "y": POSITIVE},
    kinks=(At("x", 0.0), At("y", 0.0)),
)
def rel_entr(x: Array, y: Array, /, *, xp: Namespace = injected) -> Array:
    """The relative entropy of two probabilities: x log(x / y), 0 where x is 0 and y is not negative.

    Shapes: x and y broadcast to the result. Units: x's.
    Rule:   x̄ = z̄ (log(x) - log(y) + 1), whose ratio would overflow; ȳ = -z̄ x / y.
    At kinks: x̄ is -inf at x = 0; ȳ is 0 where x = 0 and y = 0.
    Raises: OperandError where the shapes do not broadcast; inf for negative operands.
    Source: SciPy's signature.
    """
    return special.rel_entr(x, y)


@rel_entr.vjp("x")
def _(g, x, y, xp):
    return g * (xp.log(x) - xp.log(apart(x, y, 0, xp)) + 1)


@rel_entr.vjp("y")
def _(g, x, y, xp):
    return g * xp.divide(-x, apart(x, y, 0, xp))


@of_scipy("kl_div", domain={"x": POSITIVE, "y": POSITIVE}, kinks=(At("x", 0.0), At("y", 0.0)))
def kl_div(x: Array, y: Array, /, *, xp: Namespace = injected) -> Array:
    """Kullback and Leibler's divergence of two positive numbers: x log(x / y) - x + y.

    Shapes: x and y broadcast to the result. Units: x's.
    Rule:   x̄ = z̄ (log(x) - log(y)), ȳ = z̄ (1 - x / y).
    At kinks: x̄ is -inf at x = 0; ȳ is 1 where x = 0 and y = 0.
    Raises: OperandError where the shapes do not broadcast; inf for negative operands.
    Source: SciPy's signature.
    """
    return special.kl_div(x, y)


@kl_div.vjp("x")
def _(g, x, y, xp):
    return g * (xp.log(x) - xp.log(apart(x, y, 0, xp)))


@kl_div.vjp("y")
def _(g, x, y, xp):
    return g * (1 - xp.divide(x, apart(x, y, 0, xp)))
