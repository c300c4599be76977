"""The normal distribution function and the activation made of it."""

from math import pi, sqrt
from typing import Literal

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_nn.activations.sigmoids import sigmoid

__all__ = ["gelu", "ndtr"]

CUBIC = 0.044715
"""The coefficient of x³ in Hendrycks & Gimpel's approximation."""


@op("nn::ndtr", opaque=True, libraries=("numpy", "dask"))
def ndtr(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Normal distribution function Φ(x) = ½ erfc(-x / √2), the name as in SciPy.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ e^(-x²/2) / √(2π). Not 1 + erf, of which nothing is left below x = -8.
    Raises: OperandError for a library that has no such function.
    Source: Abramowitz & Stegun 26.2.2, 26.2.29; computed by SciPy (Cephes), or by the library's own `ndtr`.
    """
    from scipy.special import ndtr as distribution

    return distribution(x)


@ndtr.forward("torch")
def _(x, *, xp):
    return 0.5 * xp.special.erfc(x * -sqrt(0.5))  # PyTorch's own is 1 + erf


@ndtr.forward("jax")
def _(x, *, xp):
    from jax.scipy.special import ndtr as distribution  # pyright: ignore[reportMissingImports] - no dependency

    return distribution(x)


@ndtr.forward("cupy")
def _(x, *, xp):
    from cupyx.scipy.special import ndtr as distribution  # pyright: ignore[reportMissingImports] - no dependency

    return distribution(x)


@ndtr.meta
def _(x):
    return x


@ndtr.vjp("x")
def _(g, x, xp):
    return g * _density(x, xp)


def _density(x, xp):
    return xp.exp(-0.5 * x * x) * (1 / sqrt(2 * pi))


@op("nn::gelu")
def gelu(x: Array, /, *, approximate: Literal["none", "tanh"] = "none", xp: Namespace = injected) -> Array:
    """Gaussian error linear unit x Φ(x), exact or in its approximation by tanh.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ (Φ + x φ); "tanh" puts s = σ(√(8/π) (x + 0.044715 x³)) for Φ and its slope for φ. σ is
            tanh rescaled, with a tail towards 0 that keeps its digits; in s, x is cut at ±30, where s is 0
            or 1 already, since its slope would be 0 · ∞ where x² overflows.
    Raises: ValueError for another `approximate`.
    Source: Hendrycks & Gimpel 2016, arXiv:1606.08415.
    """
    if approximate == "none":
        return x * ndtr(x)
    if approximate == "tanh":
        return x * sigmoid(_logit(_cut(x, xp)))
    raise ValueError(f"approximate is {approximate!r}: it must be 'none' or 'tanh'")


@gelu.forward("torch")
def _(x, *, approximate, xp):
    if not x.is_floating_point() or approximate not in ("none", "tanh"):
        return gelu.function(x, approximate=approximate, xp=xp)
    from torch.nn.functional import gelu as native

    return native(x, approximate=approximate)


@gelu.vjp("x")
def _(g, x, approximate, xp):
    if approximate == "none":
        return g * (ndtr(x) + x * _density(x, xp))
    near = _cut(x, xp)
    s = sigmoid(_logit(near))
    slope = sqrt(8 / pi) * (1 + 3 * CUBIC * near * near)
    return g * (s + x * (s * (1 - s) * slope))


def _cut(x, xp):
    return xp.minimum(xp.maximum(x, -30), 30)


def _logit(x):
    return sqrt(8 / pi) * (x + CUBIC * x * x * x)


@gelu.samples
def _(draw, strategies, Sample):
    approximate = draw(strategies.sampled_from(["none", "tanh"]))
    return Sample(draw(strategies.array(draw(strategies.shape(0, 2)))), approximate=approximate)
