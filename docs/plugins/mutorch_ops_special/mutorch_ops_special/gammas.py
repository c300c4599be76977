"""The gamma function, its logarithm and reciprocal, the derivatives of its logarithm, and the beta function."""

from __future__ import annotations

from math import log, nan, pi

import numpy as np
from scipy import special

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import Interval, Union
from mutorch_ops_special.forwards import POSITIVE, of_scipy

__all__ = [
    "beta",
    "betaln",
    "digamma",
    "gamma",
    "gammaln",
    "gammasgn",
    "lgamma",
    "multigammaln",
    "mvlgamma",
    "polygamma",
    "psi",
    "rgamma",
]

BETWEEN_POLES = Union(Interval(0), Interval(-1, 0), Interval(-2, -1), Interval(-3, -2))
"""Either side of the first poles; there are more below."""


@of_scipy("gamma", domain={"x": BETWEEN_POLES})
def gamma(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The gamma function Γ.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ Γ(x) ψ(x).
    Raises: OperandError for complex x, whose polygamma functions SciPy lacks; NaN at negative integers, the poles.
    Source: Abramowitz & Stegun 6.1.
    """
    return special.gamma(real(x))


@gamma.vjp("x")
def _(g, x, out):
    return g * (out * digamma(x))


def real(x):
    """Return x, which must be real."""
    if np.iscomplexobj(x):
        raise TypeError("complex numbers are not supported: SciPy's polygamma functions, the derivatives, are real")
    return x


@of_scipy("gammaln", torch="gammaln", jax="gammaln", domain={"x": BETWEEN_POLES})
def gammaln(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Log |Γ(x)|, finite where Γ overflows.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ ψ(x).
    At kinks: -inf at x = 0, NaN at negative integers.
    Raises: nothing.
    Source: Abramowitz & Stegun 6.3.1.
    """
    return special.gammaln(x)


@gammaln.vjp("x")
def _(g, x):
    return g * digamma(x)


@of_scipy("gammasgn", nondiff=("x",))
def gammasgn(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The sign of Γ(x): 1 or -1; NaN at negative integers. Not differentiable: it is constant between the poles.

    Shapes: x (...), result (...). Units: none.
    Raises: nothing.
    Source: SciPy's signature.
    """
    return special.gammasgn(x)


@of_scipy("rgamma", domain={"x": Interval(-170)})
def rgamma(x: Array, /, *, xp: Namespace = injected) -> Array:
    """1 / Γ(x), which is smooth everywhere and 0 at the poles of Γ.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = -ȳ y ψ(x); for x < ½ by y = Γ(1 - x) sin(πx) / π, since y ψ(x) is 0 · ∞ at the poles.
    Raises: OperandError for complex x; below -170 it overflows between its zeros.
    Source: Abramowitz & Stegun 6.1.17.
    """
    return special.rgamma(real(x))


@rgamma.vjp("x")
def _(g, x, xp):
    low = x < 0.5
    other, above = xp.where(low, 1 - x, 1), xp.where(low, 1, x)
    turn = pi * (x - xp.round(x))
    sign = 1 - 2 * xp.abs(xp.remainder(xp.round(x), 2))
    angle = xp.where(low, turn, 0)
    reflected = gamma(other) * sign * (xp.cos(angle) - digamma(other) * xp.sin(angle) / pi)
    return g * xp.where(low, reflected, -rgamma(above) * digamma(above))


@of_scipy("digamma", torch="digamma", jax="digamma", domain={"x": BETWEEN_POLES})
def digamma(x: Array, /, *, xp: Namespace = injected) -> Array:
    """ψ(x), the derivative of log Γ(x).

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ ψ₁(x), the first polygamma function.
    Raises: OperandError for complex x, whose polygamma functions SciPy lacks; NaN at negative integers, the poles.
    Source: Abramowitz & Stegun 6.3.
    """
    return special.digamma(real(x))


@digamma.vjp("x")
def _(g, x):
    return g * polygamma(1, x)


@of_scipy("polygamma", domain={"x": BETWEEN_POLES}, nondiff=("n",))
def polygamma(n: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """The n-th derivative of ψ at x, for natural n, which has no derivative itself.

    Shapes: n and x broadcast to the result. Units: none.
    Rule:   x̄ = ȳ ψ₍ₙ₊₁₎(x).
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 6.4.1.
    """
    return special.polygamma(n, x)


@polygamma.vjp("x")
def _(g, n, x):
    return g * polygamma(n + 1, x)


psi = digamma
lgamma = gammaln


@op("special::multigammaln", composite=True, domain={"a": POSITIVE})
def multigammaln(a: Array, d: int, /, *, xp: Namespace = injected) -> Array:
    """The logarithm of the multivariate gamma function of dimension d; NaN for a ≤ (d - 1) / 2, where it has none.

    Shapes: a (...), result (...). Units: none.
    Rule:   that of d times gammaln, at a, a - ½, …, a - (d - 1)/2.
    Raises: ValueError for d below 1.
    Source: James 1964.
    """
    if d < 1:
        raise ValueError(f"d is {d}: the dimension must be a natural number")
    total = gammaln(a)
    for i in range(1, d):
        total = total + gammaln(a - i / 2)
    return xp.where(a > (d - 1) / 2, total + 0.25 * d * (d - 1) * log(pi), nan)


mvlgamma = multigammaln


@of_scipy("beta", domain={"a": POSITIVE, "b": POSITIVE})
def beta(a: Array, b: Array, /, *, xp: Namespace = injected) -> Array:
    """The beta function Γ(a) Γ(b) / Γ(a + b).

    Shapes: a and b broadcast to the result. Units: none.
    Rule:   ā = ȳ y (ψ(a) - ψ(a + b)), b̄ alike.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 6.2.
    """
    return special.beta(a, b)


@beta.vjp("a")
def _(g, a, b, out):
    return g * (out * (digamma(a) - digamma(a + b)))


@beta.vjp("b")
def _(g, a, b, out):
    return g * (out * (digamma(b) - digamma(a + b)))


@of_scipy("betaln", jax="betaln", domain={"a": POSITIVE, "b": POSITIVE})
def betaln(a: Array, b: Array, /, *, xp: Namespace = injected) -> Array:
    """The logarithm of the beta function, which does not underflow.

    Shapes: a and b broadcast to the result. Units: none.
    Rule:   ā = ȳ (ψ(a) - ψ(a + b)), b̄ alike.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 6.2.
    """
    return special.betaln(a, b)


@betaln.vjp("a")
def _(g, a, b):
    return g * (digamma(a) - digamma(a + b))


@betaln.vjp("b")
def _(g, a, b):
    return g * (digamma(b) - digamma(a + b))


@polygamma.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(0, 2))
    n = draw(strategies.sampled_from([0, 1, 2, draw(strategies.labels(shape, 4))]))
    return Sample(n, draw(strategies.array(shape, draw(strategies.sampled_from([0, -1])))))


@multigammaln.samples
def _(draw, strategies, Sample):
    d = draw(strategies.sampled_from([1, 2, 3]))
    return Sample(draw(strategies.array(draw(strategies.shape(0, 2)), (d - 1) / 2)), d)
