"""NumPy's functions that change shapes, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from mutorch_ops_basic.numpy_protocols.arguments import array, arrays, operand, plain
from mutorch_ops_basic.numpy_protocols.registry import answers, implements

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


@implements("transpose", "permute_dims")
def transpose(a: Any, axes: Any = None) -> Any:
    """Permute the axes, or reverse them."""
    return xp.transpose(array(a), None if axes is None else tuple(axes))


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

    return answers(name)(call)


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
