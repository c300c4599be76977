"""The op that stops gradients."""

from __future__ import annotations

from mutorch_core import Array, op

__all__ = ["detach", "stop_gradient"]


@op("basic::stop_gradient", nondiff=("x",))
def stop_gradient(x: Array, /) -> Array:
    """The same value as a constant.

    Shapes: x (...), result (...). Units: x's.
    Rule:   none: x gets no gradient from what is computed of the result.
    Raises: nothing.
    Source: `jax.lax.stop_gradient`.
    """
    return x


detach = stop_gradient
