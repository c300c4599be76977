"""Combining updates, like NumPy's `ufunc.at`: products and extremes of all values for an entry.

They return copies. All scatters are made of these, `setitem` and `add_at`.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mutorch_core import Array, Meta, Namespace, Op, injected, op
from mutorch_core.authoring import device_of, is_number
from mutorch_core.domain import Tie
from mutorch_ops_basic.indexing.keyed_access import add_at, getitem, setitem
from mutorch_ops_basic.indexing.keys import rename_dask_arrays
from mutorch_ops_basic.indexing.segmented_scan import combine_at, products_of_others

__all__ = ["maximum_at", "minimum_at", "multiply_at"]

KEYS = (
    (([0, 0, 2, 0], [1, 1, -1, 1]), (4,)),
    ([1, 1, 1], (3, 2)),
    ((slice(None), 1), (3,)),
    ([True, False, True], (2, 2)),
    ([[0, 2], [0, 0]], (2, 2, 2)),
)
"""Keys for samples of shape (3, 2), and the shapes of the values for them."""


@op("basic::multiply_at", nondiff=("key",))
def multiply_at(x: Array, key: Array, value: Array, /, *, include_self: bool = True, xp: Namespace = injected) -> Array:
    """A copy of x with each `value` multiplied into the entry that `key` names; without x's own where excluded.

    Shapes: x (...), value broadcastable to x[key], result (...). Units: the product of theirs.
    Rule:   x̄ = ȳ times the values that went there; value's is ȳ[key] times x[key] and the product of the others
        that went there: right at 0, unlike a quotient.
    Raises: OperandError, also an IndexError, where `key` points outside of x.
    Source: `numpy.multiply.at`.
    """
    x, value = prepare_update(x, key, value, include_self, 1, xp)
    return combine_at(x, key, value, xp.multiply, xp)


@multiply_at.vjp("x")
def _(g, x: Meta, key, value, include_self):
    return multiply_at(g, key, value) if include_self else setitem(g, key, 0)


@multiply_at.vjp("value")
def _(g, x, key, value, include_self, xp):
    taken = getitem(g, key) * getitem(x, key) if include_self else getitem(g, key)
    return taken * products_of_others(xp.zeros_like(taken) + value, key, x.shape, xp)


@op("basic::maximum_at", nondiff=("key",), kinks=(Tie("x", "value"), Tie("value")))
def maximum_at(x: Array, key: Array, value: Array, /, *, include_self: bool = True, xp: Namespace = injected) -> Array:
    """A copy of x with entries raised to the largest `value` that goes there; without x's own where excluded.

    Shapes: x (...), value broadcastable to x[key], result (...). Units: all alike.
    Rule:   ȳ to the largest, 0 to the others; NaN to all that met a NaN.
    At kinks: split evenly over equal largest ones.
    Raises: OperandError, also an IndexError, where `key` points outside of x.
    Source: `numpy.maximum.at`.
    """
    x, value = prepare_update(x, key, value, include_self, value, xp)
    return combine_at(x, key, value, xp.maximum, xp)


@op("basic::minimum_at", nondiff=("key",), kinks=(Tie("x", "value"), Tie("value")))
def minimum_at(x: Array, key: Array, value: Array, /, *, include_self: bool = True, xp: Namespace = injected) -> Array:
    """A copy of x with entries lowered to the smallest `value` that goes there; without x's own where excluded.

    Shapes: x (...), value broadcastable to x[key], result (...). Units: all alike.
    Rule:   ȳ to the smallest, 0 to the others; NaN to all that met a NaN.
    At kinks: split evenly over equal smallest ones.
    Raises: OperandError, also an IndexError, where `key` points outside of x.
    Source: `numpy.minimum.at`.
    """
    x, value = prepare_update(x, key, value, include_self, value, xp)
    return combine_at(x, key, value, xp.minimum, xp)


def prepare_update(x: Any, key: Any, value: Any, include_self: bool, first: Any, xp: Any) -> tuple[Any, Any]:
    """Return a copy of x to combine values into, with `first` in place of excluded entries, and the values."""
    dtype = xp.result_type(x, value)
    result = xp.astype(x, dtype)
    if not include_self:
        result = setitem(result, key, first)
    value = (
        xp.asarray(value, dtype=dtype, device=device_of(x)) if is_number(value) else xp.astype(value, dtype, copy=False)
    )
    return result, xp.broadcast_to(value, x[rename_dask_arrays(key)].shape)


def combine_quickly(folding: Op[..., Any], name: str, in_torch: str, in_jax: str, neutral: Any = None) -> None:
    """Register the libraries' own functions as forwards of an op."""
    silenced: Any = {"invalid": "ignore"} if neutral is None else {}  # maximum.at warns of NaN, maximum does not

    def first(value: Any) -> Any:
        return value if neutral is None else neutral

    @folding.forward("numpy")
    def _(x: Any, key: Any, value: Any, *, include_self: bool, xp: Any) -> Any:
        result, value = prepare_update(x, key, value, include_self, first(value), xp)
        with np.errstate(**silenced):
            getattr(xp, name).at(result, key, value)
        return result

    @folding.forward("torch")
    def _(x: Any, key: Any, value: Any, *, include_self: bool, xp: Any) -> Any:
        result, value = prepare_update(x, key, value, include_self, first(value), xp)
        positions = xp.reshape(xp.arange(prod(x.shape), device=x.device), x.shape)[key]
        flat, values = xp.reshape(result, (-1,)), xp.reshape(value, (-1,))
        return xp.reshape(flat.scatter_reduce(0, xp.reshape(positions, (-1,)), values, in_torch), x.shape)

    @folding.forward("jax")
    def _(x: Any, key: Any, value: Any, *, include_self: bool, xp: Any) -> Any:
        result, value = prepare_update(x, key, value, include_self, first(value), xp)
        return getattr(result.at[key], in_jax)(value)


combine_quickly(multiply_at, "multiply", "prod", "multiply", neutral=1)
combine_quickly(maximum_at, "maximum", "amax", "max")
combine_quickly(minimum_at, "minimum", "amin", "min")


def split_over_extremes(g, x, key, value, out, include_self, xp):
    """Return the cotangents of x and value: each entry's, split evenly over all values that equal it."""
    reached = getitem(out, key)
    won = value == reached
    wins = add_at(xp.where(won, xp.ones_like(reached), 0), key, x.shape)
    kept = x == out
    if not include_self:
        kept = kept & (add_at(xp.ones_like(reached), key, x.shape) == 0)
    ways = wins + xp.where(kept, xp.ones_like(wins), 0)
    share = xp.where(ways == 0, out, g / xp.where(ways == 0, 1, ways))  # nothing equals NaN
    lost = xp.where(xp.isnan(out), out, 0)
    return xp.where(kept, share, lost), xp.where(won, getitem(share, key), getitem(lost, key))


@maximum_at.vjp("x", "value")
def _(g, x, key, value, out, *, include_self, xp):
    return split_over_extremes(g, x, key, value, out, include_self, xp)


@minimum_at.vjp("x", "value")
def _(g, x, key, value, out, *, include_self, xp):
    return split_over_extremes(g, x, key, value, out, include_self, xp)


for each in (multiply_at, maximum_at, minimum_at):

    @each.samples
    def _(draw, strategies, Sample):
        key, taken = draw(strategies.sampled_from(KEYS))
        value = draw(strategies.sampled_from([taken, taken[1:], (1,) * len(taken)]))
        included = draw(strategies.booleans())
        return Sample(draw(strategies.array((3, 2))), key, draw(strategies.array(value)), include_self=included)
