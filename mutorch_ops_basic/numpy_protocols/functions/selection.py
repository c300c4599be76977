"""NumPy's functions that choose and assign, with NumPy's signatures."""

from __future__ import annotations

from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core import Var
from mutorch_core.errors import OperandError
from mutorch_ops_basic.numpy_protocols.arguments import array, as_dtype, operand, plain, raw, refuse_given, store
from mutorch_ops_basic.numpy_protocols.functions.reductions import flattened, resized
from mutorch_ops_basic.numpy_protocols.registry import describe, implements

__all__: list[str] = []


@implements()
def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """Choose between two arrays; with a condition alone, return the positions where it holds."""
    if x is None and y is None:
        return xp.nonzero(array(condition))
    return xp.where(operand(condition), operand(x), operand(y))


@implements()
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Choose from several arrays by the first condition that holds."""
    return xp.select([operand(each) for each in condlist], [operand(each) for each in choicelist], default=default)


@implements()
def choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    """Choose from several arrays by an index array."""
    return store(xp.choose(operand(a), [array(each) for each in choices], mode=mode), out, "np.choose")


@implements()
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Apply a function to the entries where its condition holds; the last one that holds wins."""
    x = array(x)
    conditions = [operand(each) for each in (condlist if isinstance(condlist, (list, tuple)) else [condlist])]
    functions = list(funclist)
    if len(functions) not in (len(conditions), len(conditions) + 1):
        raise OperandError(f"np.piecewise: {len(conditions)} conditions and {len(functions)} functions don't fit")
    result = xp.zeros_like(x)
    if len(functions) > len(conditions):
        result = piece(functions[-1], x, args, kw)
    for condition, function in zip(conditions, functions, strict=False):
        result = xp.where(condition, piece(function, x, args, kw), result)
    return result


def piece(function: Any, x: Any, args: Any, kw: Any) -> Any:
    """Return a function's results, or the constant that stands in its place."""
    return function(x, *args, **kw) if callable(function) else xp.zeros_like(x) + operand(function)


@implements()
def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None,
         dtype: Any = None, casting: Any = None, where: Any = None, order: Any = None) -> Any:  # fmt: skip
    """Limit the entries to a range."""
    refuse_given("np.clip", "leave it out", casting=casting, where=where, order=order)
    low, high = min if a_min is None else a_min, max if a_max is None else a_max
    limits = [None if each is None else operand(each) for each in (low, high)]
    return store(xp.clip(as_dtype(array(a), dtype), *limits), out, "np.clip")


@implements()
def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Any:
    """Return the entries at positions along an axis, or of the flattened array."""
    a, axis = flattened(a, axis)
    places = within(np.asarray(plain(indices)), a.shape[axis], mode)
    taken = xp.take(a, np.reshape(places, (-1,)), axis=axis)
    axis %= a.ndim
    return store(xp.reshape(taken, (*a.shape[:axis], *places.shape, *a.shape[axis + 1 :])), out, "np.take")


def within(places: Any, length: int, mode: Any) -> Any:
    """Return positions wrapped around or limited to a length, as `mode` says; "raise" leaves them to the op."""
    if mode == "raise":
        return places
    return places % length if mode == "wrap" else np.clip(places, 0, length - 1)


@implements()
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """Return the entries at positions along an axis, other ones for each line."""
    arr, axis = flattened(arr, axis)
    return xp.take_along_axis(arr, operand(indices), axis=axis)


@implements()
def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """Return the slices along an axis where a condition holds."""
    a, axis = flattened(a, axis)
    return store(xp.take(a, np.flatnonzero(plain(condition)), axis=axis), out, "np.compress")


@implements()
def extract(condition: Any, arr: Any) -> Any:
    """Return the entries where a condition holds."""
    return xp.take(xp.reshape(array(arr), (-1,)), np.flatnonzero(plain(condition)), axis=0)


@implements()
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """Return the array without the slices at some positions."""
    arr, axis = flattened(arr, axis)
    return xp.take(arr, np.delete(np.arange(arr.shape[axis]), plain(obj)), axis=axis)


@implements()
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """Return the array with values inserted before some positions."""
    arr, axis = flattened(arr, axis)
    places = np.arange(arr.shape[axis])
    places = np.insert(places, plain(obj), -1)
    new = places < 0
    count = int(new.sum())
    axis %= arr.ndim
    shape = (*arr.shape[:axis], count, *arr.shape[axis + 1 :])
    values = array(values)
    if np.ndim(plain(obj)) == 0 and values.ndim == arr.ndim - 1 and arr.ndim > 1:
        values = xp.expand_dims(values, axis=axis)
    joined = xp.concat([arr, xp.astype(xp.broadcast_to(values, shape), arr.dtype)], axis=axis)
    order = np.where(new, arr.shape[axis] + np.cumsum(new) - 1, places)
    return xp.take(joined, order, axis=axis)


@implements()
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """Return the array without leading and trailing zeros."""
    filt = array(filt)
    found = np.nonzero(np.asarray(raw(filt)))
    key = []
    for each, (side, places) in enumerate(zip(filt.shape, found, strict=True)):
        chosen = axis is None or each % filt.ndim in {one % filt.ndim for one in np.atleast_1d(axis)}
        begin, end = (int(places.min()), int(places.max()) + 1) if places.size else (side, side)
        key.append(
            slice(begin if chosen and "f" in trim.lower() else 0, end if chosen and "b" in trim.lower() else side)
        )
    return filt[tuple(key)]


def assign(dst: Any, name: str, key: Any, value: Any) -> None:
    """Assign to a `Var`. Raises OperandError for another array, since the gradient would end there."""
    if type(dst) is not Var:
        raise OperandError(
            f"np.{name}({describe(dst)}, …) would write {describe(value)} into an array without gradient: make that "
            f"array with xp.zeros, or with xp.full or xp.full_like if it has one value"
        )
    dst[key] = value


@implements()
def copyto(dst: Any, src: Any, casting: Any = None, where: Any = True) -> None:
    """Assign to every entry, or where a mask holds."""
    src = array(src) if casting != "unsafe" or type(dst) is not Var else xp.astype(array(src), dst.dtype)
    assign(dst, "copyto", ..., src if where is True else xp.where(operand(where), src, dst))


@implements()
def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    """Assign to entries of the flattened array."""
    ind = within(np.reshape(np.asarray(plain(ind)), (-1,)), a.size, mode)
    v = resized(v, ind.size)
    assign(a, "put", ..., xp.put(a, ind, v) if type(a) is Var else v)


@implements()
def place(arr: Any, mask: Any, vals: Any) -> None:
    """Assign values in order to the entries where a mask holds."""
    places = np.flatnonzero(plain(mask))
    put(arr, places, resized(vals, places.size))


@implements()
def putmask(a: Any, /, mask: Any, values: Any) -> None:
    """Assign to the entries where a mask holds, from the same places of the values."""
    mask = np.reshape(np.asarray(plain(mask)), (-1,))
    places = np.flatnonzero(mask)
    put(a, places, xp.take(resized(values, mask.size), places, axis=0))


@implements()
def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    """Assign to entries at positions along an axis."""
    values, indices = array(values), np.asarray(plain(indices))
    if type(arr) is Var:
        values = xp.put_along_axis(arr, indices, xp.broadcast_to(values, indices.shape), axis=axis)
    assign(arr, "put_along_axis", ..., values)


@implements()
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Assign to the main diagonal."""
    refuse_given("np.fill_diagonal", "leave it out", wrap=wrap or None)
    assign(a, "fill_diagonal", ..., xp.fill_diagonal(a, operand(val)) if type(a) is Var else operand(val))


@implements()
def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Map a function over the lines along an axis."""
    lines = xp.moveaxis(array(arr), axis, -1)
    outer = lines.shape[:-1]
    rows = xp.reshape(lines, (-1, lines.shape[-1]))
    results = xp.stack([array(func1d(row, *args, **kwargs)) for row in rows])
    result = xp.reshape(results, (*outer, *results.shape[1:]))
    inner = tuple(range(len(outer), result.ndim))
    return xp.moveaxis(result, inner, tuple(axis % lines.ndim + each for each in range(len(inner))))


@implements()
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    """Apply a reduction over several axes, one after the other; they stay with length 1."""
    result = a = array(a)
    for axis in (axes,) if isinstance(axes, int) else axes:
        reduced = array(func(result, axis))
        result = reduced if reduced.ndim == a.ndim else xp.expand_dims(reduced, axis=axis)
    return result
