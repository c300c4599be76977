"""A sum that is left out."""

from mutorch_core import Array, Namespace, injected, op


@op("acme::log_normalise")
def log_normalise(x: Array, /, *, axis: int = -1, xp: Namespace = injected) -> Array:
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


@log_normalise.vjp("x")
def _(g, out, xp):
    return g - g * xp.exp(out)
