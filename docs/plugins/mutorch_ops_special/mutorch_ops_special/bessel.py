"""Bessel functions of both kinds and modified ones, by their recurrences: each derivative is made of neighbours.

So derivatives exist to every order, and none divides by x near 0, where that would be 0 / 0. Orders have none.
PyTorch's own are off by 1e-10 in places, so its values come from SciPy too.
"""

from __future__ import annotations

from typing import Any

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import At
from mutorch_ops_special.forwards import POSITIVE, of_scipy, unary

__all__ = [
    "i0",
    "i1",
    "iv",
    "j0",
    "j1",
    "jn",
    "jv",
    "k0",
    "k1",
    "y0",
    "y1",
    "yn",
]


@of_scipy("j0")
def j0(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The Bessel function of the first kind and of order 0.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = -ȳ J₁(x).
    Raises: nothing.
    Source: Abramowitz & Stegun 9.1.28.
    """
    return special.j0(x)


@j0.vjp("x")
def _(g, x):
    return g * -j1(x)


@of_scipy("j1")
def j1(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The Bessel function of the first kind and of order 1.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (J₀(x) - J₂(x)) / 2, and ȳ (J₀(x) - J₁(x) / x) beyond ±1.
    Raises: nothing.
    Source: Abramowitz & Stegun 9.1.27.
    """
    return special.j1(x)


@j1.vjp("x")
def _(g, x, xp):
    near, far = on_either_side(x, xp)
    return g * xp.where(xp.abs(x) < 1, 0.5 * (j0(near) - jv(2, near)), j0(far) - j1(far) / far)


@of_scipy("jv", nondiff=("v",))
def jv(v: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """The Bessel function of the first kind and of order v; NaN for x < 0 where v is no integer.

    Shapes: v and x broadcast to the result. Units: none.
    Rule:   x̄ = ȳ (J₍ᵥ₋₁₎(x) - J₍ᵥ₊₁₎(x)) / 2; v has none.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 9.1.27.
    """
    return special.jv(v, x)


@jv.vjp("x")
def _(g, v, x):
    return g * (0.5 * (jv(v - 1, x) - jv(v + 1, x)))


jn = jv


@of_scipy("y0", domain={"x": POSITIVE})
def y0(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The Bessel function of the second kind and of order 0.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = -ȳ Y₁(x).
    Raises: nothing; -inf at 0, NaN below.
    Source: Abramowitz & Stegun 9.1.28.
    """
    return special.y0(x)


@y0.vjp("x")
def _(g, x):
    return g * -y1(x)


@of_scipy("y1", domain={"x": POSITIVE})
def y1(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The Bessel function of the second kind and of order 1.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (Y₀(x) - Y₁(x) / x).
    Raises: nothing; -inf at 0, NaN below.
    Source: Abramowitz & Stegun 9.1.27.
    """
    return special.y1(x)


@y1.vjp("x")
def _(g, x):
    return g * (y0(x) - y1(x) / x)


@of_scipy("yn", domain={"x": POSITIVE}, nondiff=("n",))
def yn(n: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """The Bessel function of the second kind and of order n, an integer or not.

    Shapes: n and x broadcast to the result. Units: none.
    Rule:   x̄ = ȳ (Y₍ₙ₋₁₎(x) - Y₍ₙ₊₁₎(x)) / 2; n has none.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 9.1.27.
    """
    return special.yv(n, x)


@yn.vjp("x")
def _(g, n, x):
    return g * (0.5 * (yn(n - 1, x) - yn(n + 1, x)))


@of_scipy("i0", torch="i0", jax="i0")
def i0(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The modified Bessel function of the first kind and of order 0.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ I₁(x).
    Raises: nothing.
    Source: Abramowitz & Stegun 9.6.27.
    """
    return special.i0(x)


@i0.vjp("x")
def _(g, x):
    return g * i1(x)


@of_scipy("i1", torch="i1", jax="i1")
def i1(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The modified Bessel function of the first kind and of order 1.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (I₀(x) + I₂(x)) / 2, which is ½ at 0, where I₀ - I₁ / x would be NaN.
    Raises: nothing.
    Source: Abramowitz & Stegun 9.6.26.
    """
    return special.i1(x)


@i1.vjp("x")
def _(g, x):
    return g * (0.5 * (i0(x) + iv(2, x)))


@of_scipy("iv", nondiff=("v",))
def iv(v: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """The modified Bessel function of the first kind and of order v; NaN for x < 0 where v is no integer.

    Shapes: v and x broadcast to the result. Units: none.
    Rule:   x̄ = ȳ (I₍ᵥ₋₁₎(x) + I₍ᵥ₊₁₎(x)) / 2; v has none.
    Raises: OperandError where the shapes do not broadcast.
    Source: Abramowitz & Stegun 9.6.26.
    """
    return special.iv(v, x)


@iv.vjp("x")
def _(g, v, x):
    return g * (0.5 * (iv(v - 1, x) + iv(v + 1, x)))


def on_either_side(x, xp, bound=1.0):
    """Return x below a bound and beyond, 1 in place of the others: SciPy's general orders are lost at 1e10."""
    small = xp.abs(x) < bound
    return xp.where(small, x, 1), xp.where(small, 1, x)


@jv.samples
@iv.samples
def of_orders(draw, strategies, Sample):
    """Draw whole orders with x of both signs, and others with positive x."""
    shape = draw(strategies.shape(0, 2))
    if draw(strategies.booleans()):
        return Sample(draw(strategies.sampled_from([0.5, 2.25])), draw(strategies.array(shape, 0.0)))
    v = draw(strategies.sampled_from([0, 1, 3, draw(strategies.labels(shape, 4))]))
    return Sample(v, draw(strategies.array(shape)))


@yn.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(0, 2))
    n = draw(strategies.sampled_from([0, 1, 2.5, draw(strategies.labels(shape, 4))]))
    return Sample(n, draw(strategies.array(shape, 0.0)))


OF_POSITIVE: dict[str, Any] = {"domain": {"x": POSITIVE}, "kinks": (At("x", 0.0),), "kink": "a pole at x = 0"}

k0 = unary(
    "k0", "the modified Bessel function of the second kind and of order 0", "-K₁(x)",
    lambda g, x: g * -k1(x), "Abramowitz & Stegun 9.6.27", **OF_POSITIVE,
)  # fmt: skip
k1 = unary(
    "k1", "the modified Bessel function of the second kind and of order 1", "-(K₀(x) + y / x)",
    lambda g, x, out, xp: g * -(k0(x) + xp.divide(out, x)), "Abramowitz & Stegun 9.6.26", **OF_POSITIVE,
)  # fmt: skip
