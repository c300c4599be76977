"""NumPy's functions that change shapes, join, split and repeat, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from mutorch_ops_basic.numpy_protocols.arguments import array, arrays, as_dtype, operand, plain, refuse_given, store
from mutorch_ops_basic.numpy_protocols.reductions import flattened
from mutorch_ops_basic.numpy_protocols.registry import implements

__all__: list[str] = []


def in_order(a: Any, shape: Any, order: Any, function: str) -> Any:
    """Reshape, reading and writing the entries in C's order or in Fortran's."""
    if order not in ("C", "F"):
        raise OperandError(f"{function}(order={order!r}) depends on the memory's layout: write order='C' or order='F'")
    shape = tuple(int(side) for side in (shape if isinstance(shape, (tuple, list, np.ndarray)) else (shape,)))
    if order == "C":
        return xp.reshape(a, shape)
    return xp.transpose(xp.reshape(xp.transpose(a), shape[::-1]))


@implements()
def reshape(a: Any, /, shape: Any = None, order: Any = "C", *, newshape: Any = None, copy: Any = None) -> Any:
    """Return the entries in another shape."""
    return in_order(array(a), plain(newshape if shape is None else shape), order, "np.reshape")


@implements()
def ravel(a: Any, order: Any = "C") -> Any:
    """Return the entries along one axis."""
    return in_order(array(a), (-1,), order, "np.ravel")


@implements()
def transpose(a: Any, axes: Any = None) -> Any:
    """Permute the axes, or reverse them."""
    return xp.transpose(array(a), None if axes is None else tuple(axes))


@implements()
def permute_dims(a: Any, axes: Any = None) -> Any:
    """Permute the axes, or reverse them."""
    return transpose(a, axes)


@implements("matrix_transpose", "linalg.matrix_transpose")
def matrix_transpose(x: Any, /) -> Any:
    """Transpose each matrix of a stack."""
    return xp.matrix_transpose(array(x))


@implements()
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes."""
    return xp.swapaxes(array(a), axis1, axis2)


@implements()
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Move axes to other positions."""
    return xp.moveaxis(array(a), source, destination)


@implements()
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Move an axis backwards to a position."""
    return xp.rollaxis(array(a), axis, start)


@implements()
def squeeze(a: Any, axis: Any = None) -> Any:
    """Remove axes of length 1."""
    a = array(a)
    return xp.squeeze(a, axis=tuple(i for i, side in enumerate(a.shape) if side == 1) if axis is None else axis)


@implements()
def expand_dims(a: Any, axis: Any) -> Any:
    """Insert axes of length 1."""
    a = array(a)
    axes = [axis] if isinstance(axis, int) else list(axis)
    for each in sorted(each % (a.ndim + len(axes)) for each in axes):
        a = xp.expand_dims(a, axis=each)
    return a


@implements()
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """Repeat the entries along axes to a shape."""
    return xp.broadcast_to(as_array(array), (shape,) if isinstance(shape, int) else tuple(shape))


as_array = array


@implements()
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """Broadcast arrays against each other."""
    return tuple(xp.broadcast_arrays(*arrays(args)))


def at_least(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return NumPy's `atleast_1d`, `atleast_2d` or `atleast_3d`."""

    def call(*arys: Any) -> Any:
        results = tuple(function(array(each)) for each in arys)
        return results[0] if len(results) == 1 else results

    return implements(name)(call)


for each in ("atleast_1d", "atleast_2d", "atleast_3d"):
    at_least(each, getattr(xp, each))


@implements("concatenate", "concat")
def concatenate(arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    """Join arrays along an axis."""
    refuse_given("np.concatenate", "write x.astype(dtype) before", casting=casting)
    return store(as_dtype(xp.concat([array(each) for each in arrays], axis=axis), dtype), out, "np.concatenate")


@implements()
def stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    """Join arrays along a new axis."""
    refuse_given("np.stack", "write x.astype(dtype) before", casting=casting)
    return store(as_dtype(xp.stack([array(each) for each in arrays], axis=axis), dtype), out, "np.stack")


def joining(*names: str) -> Callable[..., Any]:
    """Return NumPy's `vstack`, `hstack` or another function that joins a sequence of arrays."""
    function = getattr(xp, names[0])

    def call(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
        refuse_given(f"np.{names[0]}", "write x.astype(dtype) before", casting=casting)
        return as_dtype(function(arrays(tup)), dtype)

    return implements(*names)(call)


for each in (("vstack", "row_stack"), ("hstack",), ("dstack",), ("column_stack",)):
    joining(*each)


@implements()
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """Append values along an axis, or to the flattened array."""
    return xp.append(array(arr), array(values), axis=axis)


@implements()
def block(arrays: Any) -> Any:
    """Join nested lists of blocks."""
    return xp.block(arrays)


def splitting(name: str) -> Callable[..., Any]:
    """Return NumPy's `split` or `array_split`."""
    function = getattr(xp, name)

    def call(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
        return function(array(ary), cuts(indices_or_sections), axis=axis)

    return implements(name)(call)


def splitting_one_axis(name: str) -> Callable[..., Any]:
    """Return NumPy's `hsplit`, `vsplit` or `dsplit`."""
    function = getattr(xp, name)

    def call(ary: Any, indices_or_sections: Any) -> Any:
        return function(array(ary), cuts(indices_or_sections))

    return implements(name)(call)


def cuts(given: Any) -> Any:
    """Return a number of sections or a list of positions."""
    given = plain(given)
    return int(given) if np.ndim(given) == 0 else [int(each) for each in given]


for each in ("split", "array_split"):
    splitting(each)
for each in ("hsplit", "vsplit", "dsplit"):
    splitting_one_axis(each)


@implements()
def unstack(x: Any, /, *, axis: int = 0) -> Any:
    """Return the slices along an axis."""
    return xp.unstack(array(x), axis=axis)


@implements()
def tile(A: Any, reps: Any) -> Any:
    """Repeat the whole array along axes."""
    reps = plain(reps)
    return xp.tile(array(A), (int(reps),) if np.ndim(reps) == 0 else tuple(map(int, reps)))


@implements()
def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    """Repeat each entry."""
    a, axis = flattened(a, axis)
    return xp.repeat(a, plain(repeats), axis=axis)


@implements()
def resize(a: Any, new_shape: Any) -> Any:
    """Repeat the entries in order until they fill a shape."""
    flat = xp.reshape(array(a), (-1,))
    shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    return xp.reshape(xp.take(flat, np.arange(int(np.prod(shape))) % flat.size), shape)


@implements()
def flip(m: Any, axis: Any = None) -> Any:
    """Reverse the entries along axes."""
    return xp.flip(array(m), axis=axis)


@implements()
def fliplr(m: Any) -> Any:
    """Reverse the entries along the second axis."""
    return xp.fliplr(array(m))


@implements()
def flipud(m: Any) -> Any:
    """Reverse the entries along the first axis."""
    return xp.flipud(array(m))


@implements()
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Shift the entries cyclically."""
    return xp.roll(array(a), shift, axis=axis)


@implements()
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Rotate by 90 degrees in the plane of two axes."""
    return xp.rot90(array(m), k, axes=tuple(axes))


@implements()
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """Add entries before and after, along each axis."""
    if callable(mode):
        raise OperandError("np.pad with a function as mode writes into arrays: join the parts with np.concatenate")
    return xp.pad(as_array(array), padded_widths(pad_width), mode=mode, **kwargs)


def padded_widths(given: Any) -> Any:
    """Return a width of padding as a number or as pairs in tuples."""
    if isinstance(given, dict):
        raise OperandError("np.pad with a dict of widths is not supported for a Var: write one pair for each axis")
    widths = np.asarray(plain(given))
    return int(widths) if widths.ndim == 0 else given if widths.ndim == 1 else tuple(map(tuple, widths.tolist()))


@implements()
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: Any = "xy") -> tuple[Any, ...]:
    """Return the coordinates of a grid."""
    if not sparse:
        return tuple(xp.meshgrid(*arrays(xi), indexing=indexing))
    places = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        places[:2] = 1, 0
    return tuple(
        xp.reshape(array(each), tuple(-1 if axis == place else 1 for axis in range(len(xi))))
        for each, place in zip(xi, places, strict=True)
    )


@implements()
def diag(v: Any, k: int = 0) -> Any:
    """Return a diagonal, or the matrix that has it."""
    return xp.diag(array(v), k)


@implements()
def diagflat(v: Any, k: int = 0) -> Any:
    """Return the matrix with the flattened entries on its diagonal."""
    return xp.diagflat(array(v), k)


@implements()
def tril(m: Any, k: int = 0) -> Any:
    """Return the lower triangle."""
    return triangle(xp.tril, m, k)


@implements()
def triu(m: Any, k: int = 0) -> Any:
    """Return the upper triangle."""
    return triangle(xp.triu, m, k)


def triangle(function: Any, m: Any, k: int) -> Any:
    """Return a triangle of each matrix; a vector stands for the matrix with these rows."""
    m = array(m)
    return function(xp.broadcast_to(m, (m.shape[0], m.shape[0])) if m.ndim == 1 else m, k=k)


@implements()
def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """Return the matrix of powers."""
    return xp.vander(array(x), N, increasing=increasing)


@implements()
def copy(a: Any, order: Any = "K", subok: bool = False) -> Any:
    """Return the same value as a new result."""
    return xp.copy(array(a))


@implements()
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Convert to another dtype."""
    return xp.astype(operand(x), np.dtype(dtype), copy=copy, device=device)


def filled(name: str) -> Callable[..., Any]:
    """Return NumPy's `zeros_like`, `ones_like` or `empty_like`."""

    def call(a: Any, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None,
             *, device: Any = None) -> Any:  # fmt: skip
        namespace = a.__array_namespace__() if hasattr(a, "node") else xp
        if shape is None:
            return getattr(namespace, name)(array(a), dtype=dtype, device=device)
        return getattr(namespace, name.removesuffix("_like"))(shape, dtype=dtype or array(a).dtype, device=device)

    return implements(name, kind="answered")(call)


for each in ("zeros_like", "ones_like", "empty_like"):
    filled(each)


@implements()
def full_like(a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None,
              *, device: Any = None) -> Any:  # fmt: skip
    """Return an array of the same shape with one value."""
    a = array(a)
    return xp.broadcast_to(
        xp.astype(array(fill_value), np.dtype(dtype or a.dtype)), a.shape if shape is None else shape
    )
