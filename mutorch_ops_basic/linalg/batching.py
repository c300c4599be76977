"""Batching: functions of one matrix applied to stacks of them, and row permutations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["broadcast_stacks", "map_matrices", "permute_rows"]


def map_matrices(function: Callable[..., Any], *stacks: Any) -> Any:
    """Apply a function of matrices, whose result has the last one's shape, to stacks that broadcast."""
    stack = np.broadcast_shapes(*(x.shape[:-2] for x in stacks))
    if not stack:
        return function(*stacks)
    if 0 in stack:
        return np.zeros((*stack, *stacks[-1].shape[-2:]), dtype=np.result_type(*stacks))
    broadcast = [np.broadcast_to(x, (*stack, *x.shape[-2:])) for x in stacks]
    results = np.stack([function(*(x[position] for x in broadcast)) for position in np.ndindex(*stack)])
    return results.reshape(*stack, *results.shape[1:])


def broadcast_stacks(xp: Any, *stacks: Any) -> list[Any]:
    """Broadcast the leading axes of stacks and promote them to one dtype, as some libraries require."""
    stack = np.broadcast_shapes(*(tuple(x.shape[:-2]) for x in stacks))
    dtype = xp.result_type(*stacks)
    return [xp.broadcast_to(xp.astype(x, dtype, copy=False), (*stack, *x.shape[-2:])) for x in stacks]


def permute_rows(x: Any, order: Any, xp: Any) -> Any:
    """Permute the rows of each matrix: new row i is row `order[..., i]`."""
    if order.ndim == 1:
        return xp.take(x, order, axis=-2)
    stack = np.broadcast_shapes(tuple(x.shape[:-2]), tuple(order.shape[:-1]))
    order = xp.broadcast_to(xp.expand_dims(order, axis=-1), (*stack, order.shape[-1], 1))
    return xp.take_along_axis(xp.broadcast_to(x, (*stack, *x.shape[-2:])), order, axis=-2)
