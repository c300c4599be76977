"""Softmax along an axis, and its logarithm."""

from mutorch_core import Array, Namespace, injected, op

__all__ = ["log_softmax", "softmax"]


@op("nn::softmax")
def softmax(x: Array, /, axis: int = -1, *, xp: Namespace = injected) -> Array:
    """Exponentials along an axis, divided by their sum.

    A row of nothing but -inf gives nan: it has no probabilities.

    Shapes: x (..., n, ...), result the same. Units: none.
    Rule:   x̄ = y (ȳ - Σ y ȳ). The largest entry is subtracted first, so that nothing overflows.
    Raises: what the array library raises for an axis that x does not have.
    Source: Bridle 1990.
    """
    if 0 in x.shape:
        return xp.exp(x)  # there is no largest entry
    powers = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return powers / xp.sum(powers, axis=axis, keepdims=True)


@softmax.forward("torch")
def _(x, axis, *, xp):
    return xp.softmax(x, axis) if x.is_floating_point() else softmax.function(x, axis, xp=xp)


@softmax.vjp("x")
def _(g, out, axis, xp):
    weighted = g * out
    return weighted - out * xp.sum(weighted, axis=axis, keepdims=True)


@op("nn::log_softmax")
def log_softmax(x: Array, /, axis: int = -1, *, xp: Namespace = injected) -> Array:
    """Logarithm of the softmax along an axis, without forming it.

    Shapes: x (..., n, ...), result the same. Units: none.
    Rule:   x̄ = ȳ - e^y Σ ȳ. The largest entry is subtracted first, so that nothing overflows.
    Raises: what the array library raises for an axis that x does not have.
    Source: Bridle 1990.
    """
    if 0 in x.shape:
        return xp.exp(x)  # there is no largest entry
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


@log_softmax.forward("torch")
def _(x, axis, *, xp):
    return xp.log_softmax(x, axis) if x.is_floating_point() else log_softmax.function(x, axis, xp=xp)


@log_softmax.vjp("x")
def _(g, out, axis, xp):
    return g - xp.exp(out) * xp.sum(g, axis=axis, keepdims=True)


@softmax.samples
@log_softmax.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 3))
    return Sample(draw(strategies.array(shape)), axis=draw(strategies.axis(len(shape))))
