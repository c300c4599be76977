"""Normalization by the statistics of each sample."""

from mutorch_core import Array, Namespace, injected, op

__all__ = ["layer_norm"]


@op("nn::layer_norm")
def layer_norm(
    x: Array,
    normalized_shape: int | tuple[int, ...],
    weight: Array | None = None,
    bias: Array | None = None,
    *,
    eps: float = 1e-5,
    xp: Namespace = injected,
) -> Array:
    """Each sample brought to mean 0 and variance 1 over its last axes, then scaled and shifted.

    The variance is the mean of squares about the mean: the mean of squares less the squared mean cancels. A
    constant sample gives 0 (then `bias`), and eps bounds its gradient.

    Shapes: x (..., *normalized_shape), weight and bias (*normalized_shape), result as x. Units: none.
    Rule:   with z = (x - μ) r, r = 1/√(σ² + eps) and h = ȳ weight: x̄ = r (h - mean h - z mean(h z)),
            weight̄ = ȳ z, bias̄ = ȳ. z and r are computed again, so that only x is kept.
    Raises: ValueError where x does not end in normalized_shape.
    Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450.
    """
    out, _ = _standardize(x, _last_axes(x, normalized_shape), eps, xp)
    if weight is not None:
        out = out * weight
    return out if bias is None else out + bias


@layer_norm.forward("torch")
def _(x, normalized_shape, weight, bias, *, eps, xp):
    from torch.nn.functional import layer_norm as native

    shape = tuple(x.shape[_last_axes(x, normalized_shape)[0] :])
    fitting = all(each is None or (each.dtype is x.dtype and tuple(each.shape) == shape) for each in (weight, bias))
    if x.is_floating_point() and fitting:
        return native(x, shape, weight, bias, eps)
    return layer_norm.function(x, normalized_shape, weight, bias, eps=eps, xp=xp)


@layer_norm.vjp("x", "weight")
def _(g, x, normalized_shape, weight, eps, needs, xp):
    axes = _last_axes(x, normalized_shape)
    z, scale = _standardize(x, axes, eps, xp)
    by_weight = g * z if needs.weight else None
    if not needs.x:
        return None, by_weight
    h = g if weight is None else g * weight
    mean = xp.mean(h, axis=axes, keepdims=True)
    return scale * (h - mean - z * xp.mean(h * z, axis=axes, keepdims=True)), by_weight


@layer_norm.vjp("bias")
def _(g):
    return g


def _last_axes(x, normalized_shape):
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or tuple(x.shape[-len(shape) :]) != shape:
        raise ValueError(f"normalized_shape is {shape}: x, of shape {tuple(x.shape)}, must end in it")
    return tuple(range(-len(shape), 0))


def _standardize(x, axes, eps, xp):
    centred = x - xp.mean(x, axis=axes, keepdims=True)
    scale = 1 / xp.sqrt(xp.mean(centred * centred, axis=axes, keepdims=True) + eps)
    return centred * scale, scale


@layer_norm.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 3))
    last = shape[draw(strategies.integers(0, len(shape) - 1)) :]
    return Sample(
        draw(strategies.array(shape)),
        weight=draw(strategies.array(last)),
        bias=draw(strategies.array(last)),
        normalized_shape=last,
        eps=draw(strategies.sampled_from([1e-5, 0.5])),
    )
