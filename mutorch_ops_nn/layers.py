"""Layers: an affine map, and dropout."""

from math import prod

import numpy as np

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_core.authoring import device_of, to_numpy


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


@op("nn::dropout", nondiff=("key",))
def dropout(
    x: Array,
    /,
    p: float = 0.5,
    *,
    training: bool = True,
    key: Array | None = None,
    xp: Namespace = injected,
) -> Array:
    """Zero each entry with probability p, divide the others by 1 - p; x itself outside of training.

    Which entries are dropped follows from x's shape and `key`, a natural number or several (seed, step,
    layer), alone: the same key drops the same entries, in every array library.

    Shapes: x (...), result (...). Units: those of x.
    Rule:   the op is linear and its own transpose, so the rule is the op: it draws the mask again from the
            key, and keeps nothing else.
    Raises: ValueError for a p outside of [0, 1], TypeError where a mask is needed and `key` is missing.
    Source: Srivastava et al. 2014; masks by Philox, Salmon et al. 2011.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p is {p}: a probability lies between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return xp.zeros_like(x)
    if key is None:
        raise TypeError("dropout needs a key while training: one natural number or several, other ones each step")
    draws = np.random.Generator(np.random.Philox(np.ravel(to_numpy(key))))
    keep = draws.random(np.shape(x), dtype=np.float32) >= p
    return xp.where(xp.asarray(keep, device=device_of(x)), x / (1 - p), 0)


@dropout.vjp("x")
def _(g, p, training, key):
    return dropout(g, p, training=training, key=key)


@dropout.samples
def _(draw, strategies, Sample):
    x = draw(strategies.array(draw(strategies.shape(0, 3))))
    p = draw(strategies.sampled_from([0.0, 0.25, 0.5, 1.0]))
    return Sample(x, p=p, training=draw(strategies.booleans()), key=draw(strategies.integers(0, 2**32)))
