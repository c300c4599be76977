"""A cotangent that is changed where it lies."""

from mutorch_core import Array, op


@op("acme::doubled")
def doubled(x: Array, /) -> Array:
    return 2 * x


@doubled.vjp("x")
def _(g):
    g *= 2
    return g
