"""Changes of shape and of the order of entries. All are linear; most rules are the same change undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_ops_basic.operands.axes import Axis, require_matrices, shape_of

__all__ = [
    "broadcast_arrays",
    "broadcast_to",
    "expand_dims",
    "flip",
    "meshgrid",
    "moveaxis",
    "permute_dims",
    "reshape",
    "roll",
    "squeeze",
    "tril",
    "triu",
]


@op("basic::reshape")
def reshape(x: Array, /, shape: tuple[int, ...], *, copy: bool | None = None, xp: Namespace = injected) -> Array:
    """The same entries in another shape, the last axis running fastest; one length may be -1.

    Shapes: x of as many entries as `shape`, result `shape`. Units: x's.
    Rule:   x̄ = ȳ in x's shape.
    Raises: OperandError where the numbers of entries differ.
    Source: Array API standard 2024.12.
    """
    return xp.reshape(x, shape, copy=copy)


@reshape.vjp("x")
def _(g, x: Meta, xp):
    return xp.reshape(g, x.shape)


@op("basic::permute_dims")
def permute_dims(x: Array, /, axes: tuple[int, ...], *, xp: Namespace = injected) -> Array:
    """The axes in another order: axis i of the result is axis axes[i] of x.

    Shapes: x (...), result has x's lengths in that order. Units: x's.
    Rule:   x̄ = ȳ by the inverse permutation.
    Raises: OperandError where `axes` is no permutation of x's axes.
    Source: Array API standard 2024.12.
    """
    return xp.permute_dims(x, tuple(axis + x.ndim if axis < 0 else axis for axis in axes))


@permute_dims.vjp("x")
def _(g, axes, xp):
    order = [axis % len(axes) for axis in axes]
    return xp.permute_dims(g, tuple(order.index(axis) for axis in range(len(axes))))


@op("basic::moveaxis")
def moveaxis(x: Array, source: Axis, destination: Axis, /, *, xp: Namespace = injected) -> Array:
    """Some axes moved to other places, the rest in their order.

    Shapes: x (...), result has x's lengths in the new order. Units: x's.
    Rule:   x̄ = ȳ, moved back.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.moveaxis(x, source, destination)


@moveaxis.vjp("x")
def _(g, source, destination, xp):
    return xp.moveaxis(g, destination, source)


@moveaxis.samples
def _(draw, strategies, Sample):
    source, destination = draw(
        strategies.sampled_from([(0, -1), (1, 0), ((0, 1), (1, 0)), ((-1, 0), (0, 1)), ((), ())])
    )
    return Sample(draw(strategies.array(draw(strategies.shape(2, 3)))), source, destination)


@op("basic::expand_dims")
def expand_dims(x: Array, /, axis: int, *, xp: Namespace = injected) -> Array:
    """A new axis of length 1, at `axis` of the result.

    Shapes: x (...), result (..., 1, ...). Units: x's.
    Rule:   x̄ = ȳ without that axis.
    Raises: OperandError where the result has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.expand_dims(x, axis=axis)


@expand_dims.vjp("x")
def _(g, axis, xp):
    return xp.squeeze(g, axis=axis)


@op("basic::squeeze")
def squeeze(x: Array, /, axis: Axis, *, xp: Namespace = injected) -> Array:
    """Without some axes of length 1, without all of them where `axis` is None.

    Shapes: x (..., 1, ...), result (...). Units: x's.
    Rule:   x̄ = ȳ in x's shape.
    Raises: OperandError where such an axis is longer than 1, or missing.
    Source: Array API standard 2024.12.
    """
    if axis is None:
        axis = tuple(each for each, side in enumerate(shape_of(x)) if side == 1)
    return xp.squeeze(x, axis=axis)


@squeeze.vjp("x")
def _(g, x: Meta, xp):
    return xp.reshape(g, x.shape)


@op("basic::broadcast_to")
def broadcast_to(x: Array, /, shape: tuple[int, ...], *, xp: Namespace = injected) -> Array:
    """Repetition of x along new leading axes and axes of length 1 until it has `shape`.

    Shapes: x broadcastable to `shape`, result `shape`. Units: x's.
    Rule:   x̄ = ȳ summed over the repeated axes, which the engine does for every op.
    Raises: OperandError where x does not broadcast to `shape`.
    Source: Array API standard 2024.12.
    """
    return xp.broadcast_to(x, shape)


@broadcast_to.vjp("x")
def _(g):
    return g


@op("basic::broadcast_arrays", composite=True)
def broadcast_arrays(*arrays: Array, xp: Namespace = injected) -> list[Array]:
    """Arrays broadcast against each other.

    Shapes: arrays that broadcast, results all of the common shape. Units: theirs.
    Rule:   that of broadcast_to.
    Raises: OperandError where the shapes do not broadcast.
    Source: Array API standard 2024.12.
    """
    shape = np.broadcast_shapes(*map(shape_of, arrays))
    return [broadcast_to(array, shape) for array in arrays]


@op("basic::meshgrid", composite=True)
def meshgrid(*arrays: Array, indexing: Literal["xy", "ij"] = "xy", xp: Namespace = injected) -> list[Array]:
    """Coordinates of a grid from those along its axes; "xy" has the first two axes exchanged, as pictures do.

    Shapes: arrays (n1,), (n2,), …, results (n2, n1, n3, …), or for "ij" (n1, n2, n3, …). Units: theirs.
    Rule:   that of reshape and broadcast_to.
    Raises: OperandError where an array is not 1-d, ValueError for another `indexing`.
    Source: Array API standard 2024.12.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f'indexing is {indexing!r}; it must be "xy" or "ij"')
    order = list(range(len(arrays)))
    if indexing == "xy":
        order[:2] = order[1::-1]
    sides = [array.shape[0] for array in arrays]
    columns = [
        xp.reshape(array, tuple(side if axis == own else 1 for axis in order))
        for own, (array, side) in enumerate(zip(arrays, sides, strict=True))
    ]
    return [xp.broadcast_to(column, tuple(sides[axis] for axis in order)) for column in columns]


@op("basic::flip")
def flip(x: Array, /, *, axis: Axis = None, xp: Namespace = injected) -> Array:
    """The entries in reverse order along axes, along all of them by default.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ, flipped back.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.flip(x, axis=axis)


@flip.vjp("x")
def _(g, axis, xp):
    return xp.flip(g, axis=axis)


@op("basic::roll")
def roll(x: Array, /, shift: int | Sequence[int], *, axis: Axis = None, xp: Namespace = injected) -> Array:
    """The entries moved along axes by `shift` places, from the end back to the start; flattened by default.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ, rolled back.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.roll(x, shift, axis=axis)


@roll.vjp("x")
def _(g, shift, axis, xp):
    back = -shift if isinstance(shift, int) else tuple(-each for each in shift)
    return xp.roll(g, back, axis=axis)


@op("basic::tril")
def tril(x: Array, /, *, k: int = 0, xp: Namespace = injected) -> Array:
    """The lower triangles of matrices, up to the k-th diagonal; zeros above.

    Shapes: x (..., m, n), result (..., m, n). Units: x's.
    Rule:   x̄ = the same triangles of ȳ.
    Raises: OperandError where x has fewer than two axes.
    Source: Array API standard 2024.12.
    """
    require_matrices(x)
    return xp.tril(x, k=k)


@tril.vjp("x")
def _(g, k, xp):
    return xp.tril(g, k=k)


@op("basic::triu")
def triu(x: Array, /, *, k: int = 0, xp: Namespace = injected) -> Array:
    """The upper triangles of matrices, from the k-th diagonal on; zeros below.

    Shapes: x (..., m, n), result (..., m, n). Units: x's.
    Rule:   x̄ = the same triangles of ȳ.
    Raises: OperandError where x has fewer than two axes.
    Source: Array API standard 2024.12.
    """
    require_matrices(x)
    return xp.triu(x, k=k)


@triu.vjp("x")
def _(g, k, xp):
    return xp.triu(g, k=k)
