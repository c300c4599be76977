"""NumPy's functions that sort, search and compare sets, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_ops_basic.numpy_protocols.arguments import array, operand, plain, raw, refuse_given, store
from mutorch_ops_basic.numpy_protocols.functions.reductions import flattened
from mutorch_ops_basic.numpy_protocols.registry import answers, implements

__all__: list[str] = []

NO_FIELDS = "leave it out: entries of a Var have no fields"


@implements()
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """Sort along an axis, or the flattened array."""
    refuse_given("np.sort", NO_FIELDS, order=order)
    a, axis = flattened(a, axis)
    return xp.sort(a, axis=axis)


@answers()
def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """Return the positions that sort along an axis, or the flattened array."""
    refuse_given("np.argsort", NO_FIELDS, order=order)
    a, axis = flattened(a, axis)
    return xp.argsort(a, axis=axis)


@implements()
def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    """Sort so far that the entries at some positions are in their place."""
    refuse_given("np.partition", NO_FIELDS, order=order)
    a, axis = flattened(a, axis)
    return xp.partition(a, kth, axis=axis)


@answers()
def argpartition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    """Return the positions of a partition."""
    refuse_given("np.argpartition", NO_FIELDS, order=order)
    a, axis = flattened(a, axis)
    return xp.argpartition(a, kth, axis=axis)


def position(name: str) -> Callable[..., Any]:
    """Return NumPy's `argmax` or another function that returns the position of an extreme."""
    function = getattr(xp, name)

    def call(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        return store(function(array(a), axis=axis, keepdims=bool(keepdims)), out, f"np.{name}")

    return answers(name)(call)


for each in ("argmax", "argmin", "nanargmax", "nanargmin"):
    position(each)


@answers()
def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    """Return the positions that keep an array sorted."""
    return xp.searchsorted(array(a), array(v), side=side, sorter=None if sorter is None else operand(sorter))


@answers()
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """Return the bins of entries."""
    return xp.digitize(array(x), array(bins), right=right)


@implements()
def unique(ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False,
           axis: Any = None, *, equal_nan: bool = True, sorted: bool = True) -> Any:  # fmt: skip
    """Return the distinct entries, and on demand positions and counts."""
    found = np.unique(np.asarray(raw(array(ar))), True, True, True, axis, equal_nan=equal_nan)
    flat, along = flattened(ar, axis)
    results = [xp.take(flat, found[1], axis=along)]
    chosen = zip((return_index, return_inverse, return_counts), found[1:], strict=True)
    results += [xp.asarray(each) for wanted, each in chosen if wanted]
    return tuple(results) if len(results) > 1 else results[0]


for each in ("unique_all", "unique_counts", "unique_inverse", "unique_values"):
    implements(each)(getattr(xp, each))


@implements()
def union1d(ar1: Any, ar2: Any) -> Any:
    """Return the distinct entries of two arrays."""
    return unique(xp.concat([xp.reshape(array(each), (-1,)) for each in (ar1, ar2)]))


def common(ar1: Any, ar2: Any, inside: bool) -> Any:
    """Return the distinct entries of one array that are in another, or that are not."""
    ar1 = unique(ar1)
    return xp.take(ar1, np.flatnonzero(np.isin(raw(ar1), plain(ar2), invert=not inside)), axis=0)


@implements()
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Return the distinct entries of one array that are not in another."""
    return common(ar1, ar2, inside=False)


@implements()
def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """Return the distinct entries that are in both arrays; the gradient goes to the first."""
    refuse_given("np.intersect1d", "use np.isin", return_indices=return_indices or None)
    return common(ar1, ar2, inside=True)


@implements()
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Return the distinct entries that are in one of two arrays."""
    return union1d(common(ar1, ar2, inside=False), common(ar2, ar1, inside=False))
