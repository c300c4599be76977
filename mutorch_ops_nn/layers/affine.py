"""Affine maps."""

from math import prod

from mutorch_core import Array, Meta, Namespace, injected, op

__all__ = ["linear"]


@op("nn::linear")
def linear(x: Array, weight: Array, bias: Array | None = None, *, xp: Namespace = injected) -> Array:
    """Affine map x weightᵀ + bias.

    Shapes: x (..., n), weight (m, n), bias (m,), result (..., m); m is absent where weight is (n,).
    Units:  those of x times weight, which are bias's.
    Rule:   x̄ = ȳ weight, weight̄ = ȳᵀ x over all leading axes at once, bias̄ = ȳ.
    Raises: ValueError for a weight that has neither one axis nor two, or a bias of another shape, and what the
            array library raises for sizes that differ.
    Source: Rosenblatt 1958.
    """
    if weight.ndim not in (1, 2):
        raise ValueError(f"weight has shape {tuple(weight.shape)}: it must be (n,) or (m, n)")
    if bias is not None and tuple(bias.shape) != tuple(weight.shape[:-1]):
        raise ValueError(f"bias has shape {tuple(bias.shape)}: weight asks for {tuple(weight.shape[:-1])}")
    out = x @ (weight.T if weight.ndim == 2 else weight)
    return out if bias is None else out + bias


@linear.forward("torch")
def _(x, weight, bias, *, xp):
    if bias is None or weight.ndim != 2 or not x.dtype == weight.dtype == bias.dtype:
        return linear.function(x, weight, bias, xp=xp)
    from torch.nn.functional import linear as native

    return native(x, weight, bias)


@linear.vjp("x")
def _(g, weight, xp):
    return g @ weight if weight.ndim == 2 else xp.expand_dims(g, axis=-1) * weight


@linear.vjp("weight")
def _(g, x, weight: Meta, xp):
    if x.ndim != 2:  # all leading axes as one, so that one matrix product sums over them
        rows = prod(x.shape[:-1])
        x, g = xp.reshape(x, (rows, x.shape[-1])), xp.reshape(g, (rows, *weight.shape[:-1]))
    return g.T @ x if weight.ndim == 2 else g @ x


@linear.vjp("bias")
def _(g):
    return g


@linear.samples
def _(draw, strategies, Sample):
    leading = draw(strategies.shape(0, 2))
    n, out = draw(strategies.sides()), draw(strategies.shape(0, 1))
    bias = draw(strategies.array(out)) if draw(strategies.booleans()) else None
    return Sample(draw(strategies.array((*leading, n))), draw(strategies.array((*out, n))), bias)
