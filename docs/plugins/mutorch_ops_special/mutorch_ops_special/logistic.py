"""The logistic function, its inverse and its logarithm; the logarithm of a sum of exponentials."""

from __future__ import annotations

from math import inf

from scipy import special

from mutorch_core import Array, Namespace, injected, op, stop_gradient
from mutorch_core.domain import At
from mutorch_ops_special.forwards import UNIT, of_scipy

__all__ = ["expit", "log_expit", "logit", "logsigmoid", "logsumexp", "sigmoid"]

Axis = int | tuple[int, ...] | None


@of_scipy("expit", torch="expit", jax="expit")
def expit(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The logistic function σ(x) = 1 / (1 + exp(-x)).

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ σ(x) σ(-x): 1 - y has no digits left where y is almost 1.
    Raises: nothing.
    Source: Verhulst 1845.
    """
    return special.expit(x)


@expit.vjp("x")
def _(g, x, out):
    return g * (out * expit(-x))


@of_scipy("log_expit")
def log_expit(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Log σ(x) = -log(1 + exp(-x)), without overflow.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ σ(-x).
    Raises: nothing.
    Source: as expit.
    """
    return special.log_expit(x)


@log_expit.forward("torch")
def _(x, *, xp):
    return -xp.logaddexp(xp.zeros_like(x), -x)


@log_expit.forward("jax")
def _(x, *, xp):
    return -xp.logaddexp(xp.zeros_like(x), -x)


@log_expit.vjp("x")
def _(g, x):
    return g * expit(-x)


@of_scipy(
    "logit",
    torch="logit",
    jax="logit",
    domain={"x": UNIT},
    kinks=(At("x", 0.0, cotangent=inf), At("x", 1.0, cotangent=inf)),
)
def logit(x: Array, /, *, xp: Namespace = injected) -> Array:
    """log(x / (1 - x)), the inverse of expit.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ / (x (1 - x)).
    At kinks: inf at x = 0 and x = 1, poles.
    Raises: nothing; NaN outside of 0 and 1.
    Source: Berkson 1944.
    """
    return special.logit(x)


@logit.vjp("x")
def _(g, x, xp):
    return xp.divide(g, x * (1 - x))


sigmoid = expit
logsigmoid = log_expit


@op("special::logsumexp")
def logsumexp(
    x: Array,
    /,
    *,
    axis: Axis = None,
    keepdims: bool = False,
    b: Array | None = None,
    xp: Namespace = injected,
) -> Array:
    """Log Σ b exp(x) along some axes, without overflow.

    Shapes: x and b broadcast to each other; the result lacks `axis`, or keeps it with length 1. Units: none.
    Rule:   x̄ = ȳ b exp(x - y), b̄ = ȳ exp(x - y), the exponential as a quotient.
    At kinks: entries that are -inf get 0, in a row of nothing else too; those that are inf share ȳ evenly.
    Raises: what the library raises for an axis that x does not have; NaN where b makes the sum negative.
    Source: SciPy's signature; the largest entry is subtracted first.
    """
    if b is None:
        top = tame(xp.max(x, axis=axis, keepdims=True), xp)
        out = xp.log(xp.sum(xp.exp(x - top), axis=axis, keepdims=True)) + top
    else:
        x, b = xp.broadcast_arrays(xp.asarray(x), xp.asarray(b))
        top = tame(xp.max(xp.where(b == 0, -inf, x), axis=axis, keepdims=True), xp)
        powers = xp.exp(xp.where(b == 0, -inf, x) - top)
        out = xp.log(xp.sum(b * powers, axis=axis, keepdims=True)) + top
    return out if keepdims else xp.squeeze(out, axis=axes_of(axis, x.ndim))


def tame(top, xp):
    """Return the shift to subtract, 0 for an infinity, which less itself would be NaN."""
    return xp.where(xp.isfinite(top), top, 0)


@logsumexp.vjp("x", "b")
def _(g, x, b, out, axis, keepdims, needs, xp):
    sides = tuple(x.shape) if b is None else broadcast_sides(x, b)
    part = share(xp.broadcast_to(x, sides), b, spread(out, sides, axis, xp), axis, xp)
    part = spread(g, sides, axis, xp) * part
    return (part if b is None else b * part) if needs.x else None, part if b is not None and needs.b else None


def share(x, b, out, axis, xp):
    """Return exp(x - out), where both infinite an equal part of 1, and 0 where nothing but -inf was summed.

    As a quotient, since `out` loses the logarithm of the sum beside a large x.
    """
    endless, empty = (x == inf) & (out == inf), out == -inf
    count = xp.sum(xp.astype(endless, x.dtype), axis=axis, keepdims=True)
    x = xp.where(endless | empty, 0, x)
    counted = x if b is None else xp.where(b == 0, -inf, x)
    top = tame(stop_gradient(xp.max(counted, axis=axis, keepdims=True)), xp)
    summed = xp.exp(counted - top)
    power = xp.exp(x - top) / xp.sum(summed if b is None else b * summed, axis=axis, keepdims=True)
    power = xp.where(xp.isfinite(out), power, xp.where(out == inf, 0, out))
    return xp.where(endless, 1 / xp.where(count == 0, 1, count), xp.where(empty, 0, power))


def spread(reduced, sides, axis, xp):
    """Return a reduced array with its axes of length 1 put back."""
    axes = axes_of(axis, len(sides))
    return xp.reshape(reduced, tuple(1 if i in axes else side for i, side in enumerate(sides)))


def axes_of(axis, ndim):
    """Return the axes that are summed, as non-negative numbers."""
    axes = range(ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    return tuple(each % ndim for each in axes)


def broadcast_sides(x, b):
    """Return the shape that two operands broadcast to."""
    from numpy import broadcast_shapes

    return broadcast_shapes(tuple(x.shape), tuple(b.shape))


@logsumexp.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(0, 3))
    axis = draw(
        strategies.sampled_from([None, draw(strategies.axis(len(shape))), tuple(range(len(shape)))])
        if shape
        else strategies.none()
    )
    weights = draw(strategies.sampled_from([None, shape, shape[1:]]))
    b = None if weights is None else draw(strategies.array(weights, 0.0))
    return Sample(draw(strategies.array(shape)), axis=axis, keepdims=draw(strategies.booleans()), b=b)
