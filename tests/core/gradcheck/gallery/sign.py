"""The sign."""

from mutorch_core import Array, Namespace, injected, op


@op("acme::cosine")
def cosine(x: Array, /, *, xp: Namespace = injected) -> Array:
    return xp.cos(x)


@cosine.vjp("x")
def _(g, x, xp):
    return g * xp.sin(x)
