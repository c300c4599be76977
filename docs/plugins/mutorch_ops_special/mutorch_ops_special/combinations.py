"""Rising powers and binomial coefficients of real numbers, and the gamma function's logarithm as SciPy extends it."""

from __future__ import annotations

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import Interval
from mutorch_ops_special.forwards import POSITIVE, of_scipy
from mutorch_ops_special.gammas import digamma, real

__all__ = ["binom", "loggamma", "poch"]

MODERATE = Interval(0.1, 20)


@of_scipy("loggamma", domain={"x": POSITIVE})
def loggamma(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The logarithm of the gamma function of a real number, NaN for a negative one.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ ψ(x).
    Raises: OperandError for complex numbers, of which SciPy has no polygamma functions.
    Source: Abramowitz & Stegun 6.3.1.
    """
    return special.loggamma(real(x))


@loggamma.vjp("x")
def _(g, x):
    return g * digamma(x)


@of_scipy("poch", domain={"z": MODERATE, "m": MODERATE})
def poch(z: Array, m: Array, /, *, xp: Namespace = injected) -> Array:
    """The rising power Γ(z + m) / Γ(z).

    Shapes: z and m broadcast to the result. Units: none.
    Rule:   z̄ = ȳ y (ψ(z + m) - ψ(z)), m̄ = ȳ y ψ(z + m).
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 6.1.22.
    """
    return special.poch(z, m)


@poch.vjp("z")
def _(g, z, m, out):
    return g * (out * (digamma(z + m) - digamma(z)))


@poch.vjp("m")
def _(g, z, m, out):
    return g * (out * digamma(z + m))


@of_scipy("binom", domain={"x": Interval(5, 20), "y": Interval(0.1, 4.9)})
def binom(x: Array, y: Array, /, *, xp: Namespace = injected) -> Array:
    """The binomial coefficient Γ(x + 1) / (Γ(y + 1) Γ(x - y + 1)) of real numbers.

    Shapes: x and y broadcast to the result. Units: none.
    Rule:   x's is z̄ z (ψ(x + 1) - ψ(x - y + 1)), y's is z̄ z (ψ(x - y + 1) - ψ(y + 1)).
    Raises: OperandError where the shapes do not broadcast; NaN for negative whole x.
    Source: Abramowitz & Stegun 6.1.21.
    """
    return special.binom(x, y)


@binom.vjp("x")
def _(g, x, y, out):
    return g * (out * (digamma(x + 1) - digamma(x - y + 1)))


@binom.vjp("y")
def _(g, x, y, out):
    return g * (out * (digamma(x - y + 1) - digamma(y + 1)))
