"""Samples of distributions over whole numbers: no gradient flows through them.

The library is the parameter's alone: a key is of no library, or of another one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mutorch_core import Array, op
from mutorch_core.authoring import device_of, namespace_of, to_numpy
from mutorch_ops_basic.operands.axes import require_axis, shape_of
from mutorch_ops_basic.random.streams import generator, uniforms

__all__ = ["bernoulli", "categorical", "multinomial", "poisson"]

Size = Sequence[int] | None


@op("basic::random.bernoulli", nondiff=("p", "key"))
def bernoulli(p: Array, size: Size = None, *, key: Array) -> Array:
    """True with probability p.

    Shapes: p broadcastable to `size`, which is its own by default, result `size`, boolean. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where p does not broadcast to `size`, or `key` is no natural number or several.
    Source: `jax.random.bernoulli`.
    """
    size = shape_of(p) if size is None else tuple(size)
    xp = namespace_of(p)
    draws = xp.asarray(uniforms(key, size), device=device_of(p))
    return draws < xp.broadcast_to(xp.asarray(p), size)


@op("basic::random.categorical", nondiff=("logits", "key"))
def categorical(logits: Array, size: Size = None, *, key: Array) -> Array:
    """Numbers of classes, class i with a probability proportional to exp(logits[..., i]).

    Each logit gets a random number of Gumbel's distribution, and the largest sum wins.

    Shapes: logits (..., k), its other axes broadcastable to `size`, those by default, result `size`, integer.
    Units:  none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where the shapes do not broadcast, or `key` is no natural number or several.
    Source: Gumbel 1954; `jax.random.categorical`.
    """
    require_axis(logits)
    size = tuple(logits.shape if size is None else (*size, logits.shape[-1]))
    xp = namespace_of(logits)
    noise = xp.asarray(-np.log(-np.log(uniforms(key, size))), device=device_of(logits))
    return xp.argmax(xp.broadcast_to(logits, size) + noise, axis=-1)


@op("basic::random.poisson", nondiff=("lam", "key"))
def poisson(lam: Array, size: Size = None, *, key: Array) -> Array:
    """Counts of independent rare events, of which `lam` happen on average.

    Shapes: lam broadcastable to `size`, which is its own by default, result `size`, integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where lam is negative or does not broadcast to `size`, or `key` is no natural number or
            several.
    Source: `numpy.random.Generator.poisson`.
    """
    counts = generator(key).poisson(to_numpy(lam), None if size is None else tuple(size))
    return namespace_of(lam).asarray(counts, device=device_of(lam))


multinomial = categorical


@bernoulli.samples
@categorical.samples
@poisson.samples
def _(draw, strategies, Sample):
    parameter = draw(strategies.array(draw(strategies.shape(1, 2)), 0.0, 1.0))
    return Sample(
        parameter, draw(strategies.sampled_from([None, (2, *parameter.shape)])), key=draw(strategies.integers(0, 9))
    )
