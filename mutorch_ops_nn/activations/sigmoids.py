"""The logistic function and the activations made of it."""

from mutorch_core import Array, Namespace, injected, op

__all__ = ["expit", "sigmoid", "silu", "softplus", "swish"]


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


expit = sigmoid
swish = silu
