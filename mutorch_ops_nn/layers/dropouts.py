"""Random zeros during training."""

import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import device_of, to_numpy

__all__ = ["dropout"]


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
