"""NumPy's functions that join, split, repeat and pad arrays, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from mutorch_ops_basic.numpy_protocols.arguments import array, arrays, as_dtype, plain, refuse_given, store
from mutorch_ops_basic.numpy_protocols.functions.reductions import flattened, resized
from mutorch_ops_basic.numpy_protocols.registry import implements
from mutorch_ops_basic.operands.axes import axis_shape

__all__: list[str] = []


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
    shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    return xp.reshape(resized(a, int(np.prod(shape))), shape)


as_array = array


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
    return tuple(xp.reshape(array(each), axis_shape(place, len(xi))) for each, place in zip(xi, places, strict=True))
