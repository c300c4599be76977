"""Combining values that go to the same position, by functions of the standard alone, which has no scatter.

    values   a b c d
    places   3 0 3 3
    sorted   b | a c d
    scanned  b | a ac acd

The last entry of each run combines all values for its position.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from mutorch_core.authoring import device_of, to_numpy
from mutorch_ops_basic.indexing.keys import rename_dask_arrays

__all__ = ["combine_at", "positions_of", "products_of_others"]


def positions_of(key: Any, shape: tuple[int, ...]) -> Any:
    """Return the flat positions that a key selects in an array of `shape`, as NumPy integers."""
    parts = key if isinstance(key, tuple) else (key,)
    known = tuple(to_numpy(part) if hasattr(part, "dtype") else part for part in parts)
    return np.arange(prod(shape)).reshape(shape)[known if isinstance(key, tuple) else known[0]]


def combine_at(x: Any, key: Any, values: Any, combine: Callable[[Any, Any], Any], xp: Any) -> Any:
    """Return a copy of x with each of `values` combined into the entry where `key` points, in their order."""
    positions = positions_of(key, x.shape)
    values = xp.reshape(xp.broadcast_to(values, positions.shape), (-1,))
    flat, positions = xp.reshape(xp.asarray(x, copy=True), (-1,)), positions.reshape(-1)
    if not positions.size:
        return xp.reshape(flat, x.shape)
    order = np.argsort(positions, kind="stable")
    run, counted = positions[order], np.arange(flat.shape[0])
    order, run_there = (xp.asarray(each, device=device_of(x)) for each in (order, run))
    totals = scan_runs(xp.take(values, order, axis=0), run_there, combine, xp)
    start, stop = (np.searchsorted(run, counted, side=side) for side in ("left", "right"))
    met = xp.take(totals, xp.asarray(np.where(start < stop, stop - 1, 0), device=device_of(x)), axis=0)
    return xp.reshape(xp.where(xp.asarray(start < stop, device=device_of(x)), combine(flat, met), flat), x.shape)


def scan_runs(values: Any, positions: Any, combine: Callable[[Any, Any], Any], xp: Any) -> Any:
    """Return each value combined with all before it in its run of equal places: pairs, then fours, ….

    `combine(earlier, later)` must be associative.
    """
    step = 1
    while step < values.shape[0]:
        same = positions[step:] == positions[:-step]
        both = combine(values[:-step], values[step:])
        values = xp.concat([values[:step], xp.where(same, both, values[step:])])
        step *= 2
    return values


def products_of_others(values: Any, key: Any, shape: tuple[int, ...], xp: Any) -> Any:
    """Return for each value the product of the others at its position in `shape`, without dividing."""
    positions = xp.reshape(xp.arange(prod(shape), device=device_of(values)), shape)[rename_dask_arrays(key)]
    order = xp.argsort(xp.reshape(positions, (-1,)))
    run = xp.take(xp.reshape(positions, (-1,)), order, axis=0)
    ahead = xp.take(xp.reshape(values, (-1,)), order, axis=0)
    behind = xp.flip(products_before(xp.flip(ahead), xp.flip(run), xp))
    others = xp.take(products_before(ahead, run, xp) * behind, xp.argsort(order), axis=0)
    return xp.reshape(others, values.shape)


def products_before(values: Any, positions: Any, xp: Any) -> Any:
    """Return for each value the product of those before it in its run of equal positions."""
    same = positions[1:] == positions[:-1]
    first = xp.concat([xp.ones_like(values[:1]), xp.where(same, values[:-1], 1)])
    return scan_runs(first, positions, lambda earlier, later: earlier * later, xp)
