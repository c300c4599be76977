"""Activations: element by element, and the softmax family along one axis."""

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import At


@op("nn::relu", kinks=(At("x", 0.0, cotangent=0.0),))
def relu(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Rectified linear unit: x above 0, else 0.

    Shapes: x (...), result (...). Units: those of x.
    Rule:   x̄ = ȳ [y > 0], with y since the next layer keeps it anyway.
    At kinks: x = 0 gives 0.
    Raises: nothing.
    Source: Nair & Hinton 2010.
    """
    return xp.maximum(x, 0)


@relu.vjp("x")
def _(g, out, xp):
    return _gated(g, out > 0, xp)


def _gated(g, passes, xp):
    """Return g where it passes, else 0: a product, as NumPy's `where` is 18 times slower on random signs."""
    return g * (xp.astype(passes, g.dtype) if hasattr(g, "dtype") else passes)


@op("nn::relu6", kinks=(At("x", 0.0, cotangent=0.0), At("x", 6.0, cotangent=0.0)))
def relu6(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Rectified linear unit that saturates at 6.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ [0 < y < 6].
    At kinks: x = 0 and x = 6 give 0.
    Raises: nothing.
    Source: Krizhevsky 2010.
    """
    return xp.minimum(xp.maximum(x, 0), 6)


@relu6.vjp("x")
def _(g, out, xp):
    return _gated(g, (out > 0) & (out < 6), xp)


@op("nn::leaky_relu", kinks=(At("x", 0.0),))
def leaky_relu(x: Array, /, negative_slope: float = 0.01, *, xp: Namespace = injected) -> Array:
    """Rectified linear unit that lets a slope through below 0.

    Shapes: x (...), result (...). Units: those of x.
    Rule:   x̄ = ȳ above 0, else ȳ negative_slope.
    At kinks: x = 0 gives negative_slope.
    Raises: nothing.
    Source: Maas, Hannun & Ng 2013.
    """
    return xp.where(x > 0, x, negative_slope * x)


@leaky_relu.vjp("x")
def _(g, x, negative_slope, xp):
    return xp.where(x > 0, g, negative_slope * g)


@op("nn::elu", kinks=(At("x", 0.0),))
def elu(x: Array, /, alpha: float = 1.0, *, xp: Namespace = injected) -> Array:
    """Exponential linear unit: x above 0, alpha (eˣ - 1) below.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ above 0, else ȳ alpha eˣ; the exponent is cut at 0, where the other branch would overflow.
    At kinks: x = 0 gives alpha; there is no kink where alpha is 1.
    Raises: nothing.
    Source: Clevert, Unterthiner & Hochreiter 2016.
    """
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0)))


@elu.vjp("x")
def _(g, x, alpha, xp):
    return xp.where(x > 0, g, g * alpha * xp.exp(xp.minimum(x, 0)))


@op("nn::sigmoid")
def sigmoid(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Logistic function 1 / (1 + e⁻ˣ).

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ y (1 - y). Written as e^min(x, 0) / (1 + e^min(x, -x)): neither exponential overflows, and
            the tail towards 0 keeps all of its digits.
    Raises: nothing.
    Source: Verhulst 1845.
    """
    return xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(xp.minimum(x, -x)))


@sigmoid.vjp("x")
def _(g, out):
    return g * out * (1 - out)


@op("nn::silu")
def silu(x: Array, /) -> Array:
    """Sigmoid linear unit x σ(x), also called swish.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (s + x s (1 - s)), s = σ(x), computed again so that only x is kept.
    Raises: nothing.
    Source: Elfwing, Uchibe & Doya 2018.
    """
    return x * sigmoid(x)


@silu.vjp("x")
def _(g, x):
    s = sigmoid(x)
    return g * (s + x * (s * (1 - s)))


@op("nn::softplus")
def softplus(x: Array, /, beta: float = 1.0, threshold: float = 20.0, *, xp: Namespace = injected) -> Array:
    """Smooth maximum of x and 0: log(1 + e^(beta x)) / beta.

    `threshold` is there so that a call written for PyTorch runs, and changes nothing: `logaddexp` does not
    overflow, so it needs no switch to x, which would be a jump without a derivative.

    Shapes: x (...), result (...). Units: those of 1 / beta.
    Rule:   x̄ = ȳ σ(beta x).
    Raises: nothing.
    Source: Dugas et al. 2001.
    """
    return xp.logaddexp(beta * x, 0.0) / beta


@softplus.vjp("x")
def _(g, x, beta):
    return g * sigmoid(beta * x)


@op("nn::softmax")
def softmax(x: Array, /, axis: int = -1, *, xp: Namespace = injected) -> Array:
    """Exponentials along an axis, divided by their sum.

    A row of nothing but -inf gives nan: it has no probabilities.

    Shapes: x (..., n, ...), result the same. Units: none.
    Rule:   x̄ = y (ȳ - Σ y ȳ). The largest entry is subtracted first, so that nothing overflows.
    Raises: what the array library raises for an axis that x does not have.
    Source: Bridle 1990.
    """
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
