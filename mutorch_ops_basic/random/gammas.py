"""Samples of the gamma, beta and Dirichlet distributions, with gradients to their parameters.

A key fixes the probability u at which the distribution function P(a, z) is inverted. The sample z moves with the shape
a so that u stays: dz/da = -∂P/∂a / (∂P/∂z). Of log z, which does not underflow for small shapes, this is

    ∫₀^∞ exp(σ a v - z expm1(σ v)) (σ (log z - ψ(a)) + v) dv        below the sample (σ = -1) or above it (σ = 1)

and the integrand has one sign on the side that `shape_slope` takes, so nothing cancels. It is smooth: 40 points of
Gauss and Legendre leave an error of 1e-13, in derivatives of higher order as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_core.authoring import as_arrays, device_of, is_number, to_numpy
from mutorch_ops_basic.elementwise.exponentials import exp, sigmoid_of_negative
from mutorch_ops_basic.operands.axes import shape_of
from mutorch_ops_basic.operands.domains import POSITIVE
from mutorch_ops_basic.operands.dtypes import unwrap
from mutorch_ops_basic.operands.gradient_stopping import stop_gradient
from mutorch_ops_basic.random.streams import uniforms

__all__ = ["beta", "dirichlet", "gamma", "loggamma"]

Size = Sequence[int] | None

DECAY = 40.0
"""The integral is cut off where its integrand has fallen by exp(-40), below double precision."""

LARGE = 1e8
"""For larger shapes the expansion in 1 / √a is exact to 1e-12, while the integral's exponent cancels."""

STIRLING = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
"""The coefficients of ψ(y) = log(y) - 1 / (2 y) - Σ cₖ / y²ᵏ."""


@op("basic::random.loggamma", domain={"shape": POSITIVE}, nondiff=("key",), opaque=True)
def loggamma(shape: Array, size: Size = None, *, key: Array, xp: Namespace = injected) -> Array:
    """Logarithms of samples of the gamma distribution, which are finite where those of small shapes underflow.

    Shapes: shape broadcastable to `size`, which is its own by default, result `size`. Units: none.
    Rule:   shapē = ȳ dy/da at the probability that the key fixes, by the integral above.
    Raises: OperandError where shape does not broadcast to `size`, or `key` is no natural number or several.
    Source: Figurnov, Mohamed & Mnih 2018; SciPy's inverse of the distribution function.
    """
    a = xp.asarray(shape)
    dtype = a.dtype if xp.isdtype(a.dtype, "real floating") else None
    drawn = at_probability(to_numpy(a), uniforms(key, shape_of(a) if size is None else size))
    return xp.asarray(drawn, dtype=dtype, device=device_of(a))


@loggamma.forward("jax")
def _(shape, size=None, *, key, xp):
    import jax

    a = xp.asarray(shape, dtype=xp.result_type(shape, xp.float32))
    u = uniforms(key, a.shape if size is None else size)
    made = jax.ShapeDtypeStruct(u.shape, a.dtype)
    return jax.pure_callback(lambda a: at_probability(to_numpy(a), u).astype(made.dtype), made, a)


@loggamma.meta
def _(shape, size=None, *, key):
    return Meta(shape.shape if size is None else tuple(size), shape.dtype, shape.device, shape.space)


@loggamma.vjp("shape")
def _(g, shape, out, xp):
    return g * shape_slope(xp.asarray(shape), xp.asarray(out), xp)


def at_probability(a: Any, u: Any) -> Any:
    """Return the logarithm of z where P(a, z) = u. For small z, P(a, z) = zᵃ / Γ(a + 1) to the last digit."""
    from scipy import special

    a = np.broadcast_to(a, u.shape).astype(np.float64, casting="safe")  # a complex shape is refused
    z = special.gammaincinv(a, u)
    small = z < 1e-17
    return np.where(small, (np.log(u) + special.gammaln(a + 1)) / a, np.log(np.where(small, 1, z)))


def shape_slope(a: Any, log: Any, xp: Any) -> Any:
    """Return the derivative of log z in a at constant P(a, z): the integral, or an expansion for large a."""
    large, z = a > LARGE, xp.exp(log)
    off = xp.where(large, (z - a) / a, 0)
    expansion = (1 + off / 2 + (1 / xp.where(large, a, 1) - off * off) / 6) / xp.where(large, z, 1)
    return xp.where(large, expansion, integral(xp.where(large, 1, a), xp.where(large, 0, log), xp))


def integral(a: Any, log: Any, xp: Any) -> Any:
    """Return the integral, on the side of the sample where the integrand has one sign."""
    z, middle, one = xp.exp(log), digamma_of_next(a, xp), xp.ones_like(log)
    above = log > middle
    side, rate = xp.where(above, one, -one), xp.where(above, a, a + 1)
    width = xp.expand_dims(stop_gradient(integration_limit(a, z, above, xp)), axis=-1)
    side, rate, column = (xp.expand_dims(each, axis=-1) for each in (side, rate, z))
    nodes, weights = (xp.asarray(x, dtype=log.dtype, device=device_of(log)) for x in quadrature())
    v = width * nodes
    mass = width * weights * xp.exp(side * rate * v - column * xp.expm1(side * v))
    whole, first = xp.sum(mass, axis=-1), xp.sum(v * mass, axis=-1)
    below = ((middle - log) * (1 + z * whole) + z * first) / a  # by parts: a itself may be tiny, a + 1 is not
    return xp.where(above, whole * (log - middle + 1 / a) + first, below)


@cache
def quadrature() -> tuple[Any, Any]:
    """Return nodes between 0 and 1 and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    return (nodes + 1) / 2, weights / 2


def integration_limit(a: Any, z: Any, above: Any, xp: Any) -> Any:
    """Return a bound on the point at which the integrand has fallen by exp(-DECAY), on the side that is used."""
    low, high = xp.where(above, 0, z), xp.where(above, z, a + 1)
    slope = 2 * (a + 1 - low) - DECAY
    below = 4 * DECAY / (slope + xp.sqrt(slope * slope + 8 * DECAY * (a + 1)))
    slope = high - a
    limit = 2 * DECAY / (slope + xp.sqrt(slope * slope + 2 * DECAY * high))
    for _ in range(2):  # from above towards the solution of z expm1(v) - a v = DECAY
        limit = xp.minimum(limit, xp.log1p((DECAY + a * limit) / high))
    return xp.where(above, limit, below)


def digamma_of_next(a: Any, xp: Any) -> Any:
    """Return ψ(a + 1) for positive a, by the asymptotic series at a + 8 and the recurrence back."""
    steps = xp.arange(1, 9, dtype=a.dtype, device=device_of(a))
    y = a + 9
    square = 1 / (y * y)
    series: Any = 0.0
    for coefficient in reversed(STIRLING):
        series = (series + coefficient) * square
    return xp.log(y) - 0.5 / y - series - xp.sum(1 / (xp.expand_dims(a, axis=-1) + steps), axis=-1)


@op("basic::random.gamma", domain={"shape": POSITIVE}, nondiff=("key",), composite=True)
def gamma(shape: Array, scale: Array = 1.0, size: Size = None, *, key: Array, xp: Namespace = injected) -> Array:
    """Samples of the gamma distribution, of density proportional to z^(shape - 1) exp(-z / scale).

    Shapes: shape and scale broadcastable to `size`, by default to each other, result `size`. Units: scale's.
    Rule:   that of loggamma, times the sample; scalē = ȳ z / scale.
    Raises: OperandError where the shapes do not broadcast, or `key` is no natural number or several.
    Source: Figurnov, Mohamed & Mnih 2018.
    """
    size = np.broadcast_shapes(shape_of(shape), shape_of(scale)) if size is None else size
    scale, shape = (scale, shape) if is_number(unwrap(scale)) else as_arrays(xp, scale, shape)
    return scale * exp(loggamma(shape, size, key=key))


@op("basic::random.beta", domain={"a": POSITIVE, "b": POSITIVE}, nondiff=("key",), composite=True)
def beta(a: Array, b: Array, size: Size = None, *, key: Array, xp: Namespace = injected) -> Array:
    """Samples of the beta distribution, of density proportional to x^(a - 1) (1 - x)^(b - 1): z₁ / (z₁ + z₂).

    Shapes: a and b broadcastable to `size`, by default to each other, result `size`. Units: none.
    Rule:   that of the two gamma samples that each is made of, by their logarithms.
    Raises: OperandError where the shapes do not broadcast, or `key` is no natural number or several.
    Source: Jöhnk 1964; Figurnov, Mohamed & Mnih 2018.
    """
    both = xp.stack(xp.broadcast_arrays(*as_arrays(xp, a, b)))
    sides = tuple(both.shape[1:] if size is None else size)
    both = xp.reshape(both, (2, *(1,) * (len(sides) + 1 - both.ndim), *both.shape[1:]))
    logs = loggamma(both, (2, *sides), key=key)
    return sigmoid_of_negative(logs[1, ...] - logs[0, ...], xp)


@op("basic::random.dirichlet", domain={"alpha": POSITIVE}, nondiff=("key",), composite=True)
def dirichlet(alpha: Array, size: Size = None, *, key: Array, xp: Namespace = injected) -> Array:
    """Samples of the Dirichlet distribution: positive numbers that add up to 1 along the last axis.

    Shapes: alpha (..., k), its other axes broadcastable to `size`, those by default, result (*size, k). Units: none.
    Rule:   that of the gamma samples that each is made of, by their logarithms.
    Raises: OperandError where the shapes do not broadcast, or `key` is no natural number or several.
    Source: Figurnov, Mohamed & Mnih 2018.
    """
    logs = loggamma(alpha, None if size is None else (*size, alpha.shape[-1]), key=key)
    parts = xp.exp(logs - stop_gradient(xp.max(logs, axis=-1, keepdims=True)))
    return parts / xp.sum(parts, axis=-1, keepdims=True)


@loggamma.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.array(draw(strategies.shape(0, 1)), 0.0))
    size = draw(strategies.sampled_from([None, (2, *shape.shape)]))
    return Sample(shape, size, key=draw(strategies.integers(0, 2**32)))


@gamma.samples
def _(draw, strategies, Sample):
    sides = draw(strategies.shape(0, 1))
    operands = draw(strategies.array(sides, 0.0)), draw(strategies.array(draw(strategies.sampled_from([sides, ()]))))
    size = draw(strategies.sampled_from([None, (2, *sides)]))
    return Sample(*operands, size, key=draw(strategies.integers(0, 2**32)))


@beta.samples
def _(draw, strategies, Sample):
    sides = draw(strategies.shape(0, 1))
    size = draw(strategies.sampled_from([None, (2, *sides)]))
    a, b = (draw(strategies.array(own, 0.0)) for own in (sides, draw(strategies.sampled_from([sides, ()]))))
    return Sample(a, b, size, key=draw(strategies.integers(0, 2**32)))


@dirichlet.samples
def _(draw, strategies, Sample):
    alpha = draw(strategies.array(draw(strategies.shape(1, 2)), 0.0))
    size = draw(strategies.sampled_from([None, (2, *alpha.shape[:-1])]))
    return Sample(alpha, size, key=draw(strategies.integers(0, 2**32)))
