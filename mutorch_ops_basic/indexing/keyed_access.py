"""Indexing by slices, integers, integer arrays and boolean masks; its transpose; assignment as a function.

    getitem : x -> x[key]                 its rule is add_at
    add_at  : x -> zeros, + x at key      its rule is getitem

Both are linear, so the pair differentiates to any order.
"""

from __future__ import annotations

from functools import cache
from math import prod
from typing import Any

import numpy as np

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_core.authoring import as_arrays, device_of, dtype_of, scatter_add
from mutorch_ops_basic.indexing.keys import is_plain, may_repeat, rename_dask_arrays, single_axis_indices
from mutorch_ops_basic.indexing.segmented_scan import combine_at
from mutorch_ops_basic.operands.axes import axis_key, axis_shape, default_axis
from mutorch_ops_basic.operands.dtypes import require_integer

__all__ = ["add_at", "getitem", "setitem", "take", "take_along_axis"]

KEYS = (
    ((slice(None), 1), (3,)),
    ((..., None, 0), (3, 1)),
    (slice(None, None, -2), (2, 4)),
    (([0, 0, 2], [1, 1, -1]), (3,)),
    ((slice(None), [1, 1]), (3, 2)),
    ([0, 0], (2, 4)),
    ([True, False, True], (2, 4)),
)
"""Keys for samples of shape (3, 4), and the shapes of the entries that they select."""

FEW = 500
"""Up to this many entries NumPy's `add.at` is faster than computing flat positions first."""


@op("basic::getitem", nondiff=("key",), symbol="[]", operator="[]")
def getitem(x: Array, key: Array, /) -> Array:
    """x[key]: integers, slices, ..., None, integer arrays, boolean masks, or a tuple of these.

    Shapes: x (...), result as the array library indexes. Units: x's.
    Rule:   x̄ = ȳ added up at `key`, so that an entry taken twice gets both cotangents.
    Raises: OperandError, also an IndexError, where `key` points outside of x.
    Source: Array API standard 2024.12.
    """
    return x[key]


@getitem.forward("dask")
def _(x, key):
    return x[rename_dask_arrays(key)]


@getitem.vjp("x")
def _(g, x: Meta, key):
    return add_at(g, key, x.shape)


@getitem.samples
def _(draw, strategies, Sample):
    key, _ = draw(strategies.sampled_from(KEYS))
    return Sample(draw(strategies.array((3, 4))), key)


@op("basic::add_at", nondiff=("key",))
def add_at(x: Array, key: Array, /, shape: tuple[int, ...], *, xp: Namespace = injected) -> Array:
    """Zeros of `shape` with x added where `key` points: the transpose of indexing by `key`.

    Shapes: x broadcastable to zeros(shape)[key], result `shape`. Units: x's.
    Rule:   x̄ = ȳ[key].
    Raises: OperandError, also an IndexError, where `key` points outside of `shape`.
    Source: `numpy.add.at`.
    """
    (x,) = as_arrays(xp, x)
    if may_repeat(key):
        return scatter_add_at(x, key, shape, xp)
    result = xp.zeros(shape, dtype=x.dtype, device=device_of(x))
    result[key] = xp.broadcast_to(x, result[key].shape)  # NumPy assigns a longer x too
    return result


@add_at.forward("numpy")
@add_at.forward("cupy")
def _(x, key, shape, *, xp):
    (x,) = as_arrays(xp, x)
    result = xp.zeros(shape, dtype=x.dtype)
    x = xp.broadcast_to(x, result[key].shape)  # NumPy 2.4 adds a narrower x too few times
    if not may_repeat(key):
        result[key] = x
    elif len(shape) > 1 and x.size > FEW:  # NumPy is seven times as fast along one axis
        return scatter_add_at(x, key, shape, xp)
    else:
        xp.add.at(result, key, x)
    return result


def scatter_add_at(x, key, shape, xp):
    """Do the same by the position of each entry in the flattened result."""
    positions = xp.reshape(xp.arange(prod(shape), device=device_of(x)), shape)
    lone = single_axis_indices(key)
    positions = getitem(positions, key) if lone is None else take(positions, lone[1], axis=lone[0])
    values = xp.reshape(xp.broadcast_to(x, positions.shape), (-1,))
    return xp.reshape(scatter_add(values, xp.reshape(positions, (-1,)), prod(shape), xp), shape)


@add_at.forward("jax")
def _(x, key, shape, *, xp):
    (x,) = as_arrays(xp, x)
    return xp.zeros(shape, dtype=x.dtype).at[key].add(x)


@add_at.vjp("x")
def _(g, key, xp):
    lone = single_axis_indices(key)
    return getitem(g, key) if lone is None else take(g, lone[1], axis=lone[0])


@add_at.samples
def _(draw, strategies, Sample):
    key, taken = draw(strategies.sampled_from(KEYS))
    return Sample(draw(strategies.array(taken)), key, (3, 4))


@op("basic::setitem", nondiff=("key",), symbol="[]=", operator="[]=")
def setitem(x: Array, key: Array, value: Array, /, *, xp: Namespace = injected) -> Array:
    """A copy of x with `value` where `key` points; of values for one entry, the last stays.

    Shapes: x (...), value broadcastable to x[key], result (...). Units: all alike.
    Rule:   x̄ = ȳ with 0 at `key`; value's is ȳ[key], with 0 where a later value has replaced an earlier one.
    Raises: OperandError, also an IndexError, where `key` points outside of x; also a TypeError where x has no room
            for fractions or imaginary parts of `value`, which NumPy would drop and the gradient with them.
    Source: Array API standard 2024.12.
    """
    require_kind(x, value)
    if is_plain(key):
        return assign(x, key, value, xp)
    _, value = as_arrays(xp, x, value)
    return combine_at(x, key, xp.astype(value, x.dtype, copy=False), lambda _, later: later, xp)


@setitem.forward("numpy")
@setitem.forward("torch")
@setitem.forward("cupy")
@setitem.forward("dask")
def _(x, key, value, *, xp):
    require_kind(x, value)
    return assign(x, key, value, xp)


@setitem.forward("jax")
def _(x, key, value, *, xp):
    require_kind(x, value)
    return xp.asarray(x).at[key].set(value)


def assign(x, key, value, xp):
    """Return a copy of x after an assignment to it."""
    result = xp.asarray(x, copy=True)
    result[key] = value
    return result


def require_kind(x: Any, value: Any) -> None:
    """Raise TypeError if x's dtype can't hold the kind of `value`."""
    dtype = dtype_of(value)
    if dtype is not int and dtype is not x.dtype and kind_rank(str(dtype)) > kind_rank(str(x.dtype)):
        raise TypeError(f"an array of {x.dtype} can't hold {dtype}: convert it with astype first")


@cache
def kind_rank(dtype: str) -> int:
    """Return 0 for an integer, 1 for a real, 2 for a complex dtype, by its name, which all libraries spell alike."""
    return 0 if "int" in dtype or "bool" in dtype else 2 if "complex" in dtype or "object" in dtype else 1


@setitem.vjp("x")
def _(g, key):
    return setitem(g, key, 0)


@setitem.vjp("value")
def _(g, key, value: Meta, xp):
    taken = getitem(g, key)
    if may_repeat(key):
        turns = xp.reshape(xp.arange(prod(taken.shape), device=device_of(taken)), taken.shape)
        last = getitem(setitem(xp.astype(xp.zeros_like(g), turns.dtype), key, turns), key)
        taken = xp.where(turns == last, taken, 0)
    # a library may let value have more axes than the place it goes to, all of length 1
    return xp.reshape(taken, (1,) * max(0, value.ndim - taken.ndim) + tuple(taken.shape))


@setitem.samples
def _(draw, strategies, Sample):
    key, taken = draw(strategies.sampled_from(KEYS))
    value = draw(strategies.sampled_from([taken, taken[1:], (1,) * len(taken)]))
    return Sample(draw(strategies.array((3, 4))), key, draw(strategies.array(value)))


@op("basic::take", nondiff=("indices",))
def take(x: Array, indices: Array, /, *, axis: int | None = None, xp: Namespace = injected) -> Array:
    """The entries or slices of x at `indices` along an axis, which a 1-d x need not name.

    Shapes: x (..., n, ...), indices (m,), result (..., m, ...). Units: x's.
    Rule:   x̄ = ȳ added up at `indices`.
    Raises: OperandError where an index points outside of x, or x is not 1-d and no axis is given.
    Source: Array API standard 2024.12.
    """
    require_integer("indices", indices)
    return xp.take(x, indices, axis=default_axis(x, axis))


@take.forward("dask")
def _(x, indices, *, axis, xp):
    require_integer("indices", indices)
    return xp.take(x, rename_dask_arrays(indices), axis=default_axis(x, axis))


@take.vjp("x")
def _(g, x: Meta, indices, axis):
    return add_at(g, axis_key(axis or 0, x.ndim, indices), x.shape)


@take.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 3))
    axis = draw(strategies.axis(len(shape)))
    return Sample(draw(strategies.array(shape)), draw(strategies.labels((3,), max(1, shape[axis]))), axis=axis)


@op("basic::take_along_axis", nondiff=("indices",))
def take_along_axis(x: Array, indices: Array, /, *, axis: int = -1, xp: Namespace = injected) -> Array:
    """The entries of x at `indices` along an axis, with other indices for each of its lines.

    Shapes: x (..., n, ...), indices (..., m, ...), the others broadcast, result (..., m, ...). Units: x's.
    Rule:   x̄ = ȳ added up at `indices`.
    Raises: OperandError where an index points outside of x, or the shapes do not broadcast.
    Source: Array API standard 2024.12.
    """
    return xp.take_along_axis(x, indices, axis=axis)


@take_along_axis.forward("dask")
def _(x, indices, *, axis, xp):
    import dask.array as da

    taken = tuple(range(x.ndim))
    lying = tuple(-1 if each == axis % x.ndim else each for each in taken)  # the axis is brought together in x
    options = {"axis": axis, "dtype": x.dtype, "concatenate": True}
    return da.blockwise(np.take_along_axis, taken, x, lying, indices, taken, **options)


@take_along_axis.vjp("x")
def _(g, x: Meta, indices, axis, xp):
    return add_along_axis(g, indices, x, axis, xp)


def add_along_axis(g, indices, x, axis, xp):
    """Return zeros of x's shape with g added at `indices` along an axis: the transpose of `take_along_axis`."""
    return add_at(g, key_along(indices, axis % x.ndim, x.shape, xp), x.shape)


def key_along(indices, axis, shape, xp):
    """Return the key that takes `indices` along an axis of `shape` and each line by itself."""
    return tuple(
        indices
        if each == axis
        else xp.reshape(xp.arange(side, device=device_of(indices)), axis_shape(each, len(shape)))
        for each, side in enumerate(shape)
    )


@take_along_axis.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 3))
    axis = draw(strategies.axis(len(shape)))
    indices = tuple(3 if each == axis % len(shape) else side for each, side in enumerate(shape))
    return Sample(draw(strategies.array(shape)), draw(strategies.labels(indices, max(1, shape[axis]))), axis=axis)
