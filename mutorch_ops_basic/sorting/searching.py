"""Sorting, searching and sets. Positions have no derivative; values keep theirs."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from mutorch_core import Array, Meta, Namespace, Op, Var, injected, op
from mutorch_core.authoring import as_arrays, constant, namespace_of
from mutorch_core.domain import Tie
from mutorch_ops_basic.indexing.keyed_access import add_at, take_along_axis
from mutorch_ops_basic.operands.axes import require_axis

__all__ = [
    "argmax",
    "argmin",
    "argsort",
    "nonzero",
    "searchsorted",
    "sort",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]


@op("basic::sort", kinks=(Tie("x"),))
def sort(
    x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True, xp: Namespace = injected
) -> Array:
    """The entries in order along an axis.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ by the inverse permutation.
    At kinks: equal entries keep their order, and so do their cotangents.
    Raises: OperandError where x has no such axis, or is complex.
    Source: Array API standard 2024.12.
    """
    return xp.sort(x, axis=axis, descending=descending, stable=stable)


@sort.vjp("x")
def _(g, x, axis, descending, xp):
    order = xp.argsort(x, axis=axis, descending=descending, stable=True)
    return take_along_axis(g, xp.argsort(order, axis=axis), axis=axis)


@op("basic::argsort", nondiff=("x",))
def argsort(
    x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True, xp: Namespace = injected
) -> Array:
    """The positions that sort x along an axis.

    Shapes: x (...), result (...), integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x has no such axis, or is complex.
    Source: Array API standard 2024.12.
    """
    require_axis(x)
    return xp.argsort(x, axis=axis, descending=descending, stable=stable)


def position(name: str, meaning: str) -> Op[..., Array]:
    """Declare the position of an extreme."""

    def forward(x: Array, /, *, axis: int | None = None, keepdims: bool = False, xp: Namespace = injected) -> Array:
        return getattr(xp, name)(x, axis=axis, keepdims=keepdims)

    forward.__name__ = name
    forward.__doc__ = f"""The position of the {meaning} entry along an axis, or in the flattened array.

    Shapes: x (...), result without the axis, or with it as length 1; integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x has no such axis, or nothing to choose from.
    Source: Array API standard 2024.12.
    """
    return op(f"basic::{name}", nondiff=("x",))(forward)


argmax = position("argmax", "first largest")
argmin = position("argmin", "first smallest")


@op("basic::nonzero", nondiff=("x",), composite=True)
def nonzero(x: Array, /, *, xp: Namespace = injected) -> tuple[Array, ...]:
    """The positions of the entries that are not 0, one array per axis.

    Shapes: x (...), results (number of such entries,), integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x is 0-d.
    Source: Array API standard 2024.12.
    """
    if isinstance(x, Var):
        return tuple(map(constant, namespace_of(x.value).nonzero(x.value)))
    return xp.nonzero(x)


@op("basic::searchsorted", nondiff=("x1", "x2", "sorter"))
def searchsorted(
    x1: Array,
    x2: Array,
    /,
    *,
    side: Literal["left", "right"] = "left",
    sorter: Array | None = None,
    xp: Namespace = injected,
) -> Array:
    """The positions at which entries of x2 would go into the sorted x1, before entries equal to them or after them.

    Shapes: x1 (n,), x2 (...), result like x2, integer. Units: x1 and x2 alike, the result none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x1 is not 1-d.
    Source: Array API standard 2024.12.
    """
    return xp.searchsorted(x1, x2, side=side, sorter=sorter)


@searchsorted.forward("dask")
def _(x1, x2, *, side, sorter, xp):
    return xp.searchsorted(x1 if sorter is None else x1[sorter], x2, side=side)


@searchsorted.samples
def _(draw, strategies, Sample):
    x1, x2 = draw(strategies.array(draw(strategies.shape(1, 1)))), draw(strategies.array(draw(strategies.shape(0, 2))))
    side, sorter = draw(strategies.sampled_from(["right", "left"])), np.argsort(x1)
    if draw(strategies.booleans()):
        return Sample(x1, x2, side=side, sorter=sorter)
    return Sample(x1[sorter], x2, side=side)


class UniqueAll(NamedTuple):
    """The different entries, their first positions, the way back to x, and their counts."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCounts(NamedTuple):
    """The different entries and their counts."""

    values: Array
    counts: Array


class UniqueInverse(NamedTuple):
    """The different entries and the way back to x."""

    values: Array
    inverse_indices: Array


@op("basic::unique_all")
def unique_all(x: Array, /, *, xp: Namespace = injected) -> UniqueAll:
    """The different entries of x, with their first positions, the way back, and counts.

    Shapes: x (...), inverse_indices (...), the others (number of different entries,).
    Units:  those of values are x's.
    Rule:   x̄ = the cotangent of `values`, at the first positions.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    (x,) = as_arrays(xp, x)
    return UniqueAll(*xp.unique_all(x))


@unique_all.forward("torch")
def _(x, *, xp):
    values, inverse = xp.unique_inverse(x)
    counts = xp.unique_counts(x).counts
    order = xp.argsort(xp.reshape(inverse, (-1,)), stable=True)  # equal ones beside each other, the first of each first
    return UniqueAll(values, order[xp.cumulative_sum(counts) - counts], inverse, counts)


@unique_all.vjp("x")
def _(g, x: Meta, indices, xp):
    return xp.reshape(add_at(g.values, indices, (x.size,)), x.shape)


@op("basic::unique_counts", composite=True)
def unique_counts(x: Array, /) -> UniqueCounts:
    """The different entries of x, with counts.

    Shapes: x (...), values and counts (number of different entries,). Units: values x's.
    Rule:   that of unique_all.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    unique = unique_all(x)
    return UniqueCounts(unique.values, unique.counts)


@op("basic::unique_inverse", composite=True)
def unique_inverse(x: Array, /) -> UniqueInverse:
    """The different entries of x, with the way back: values[inverse_indices] is x.

    Shapes: x (...), values (number of different entries,), inverse_indices (...). Units: values x's.
    Rule:   that of unique_all.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    unique = unique_all(x)
    return UniqueInverse(unique.values, unique.inverse_indices)


@op("basic::unique_values", composite=True)
def unique_values(x: Array, /) -> Array:
    """The different entries of x.

    Shapes: x (...), result (number of different entries,). Units: x's.
    Rule:   that of unique_all.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    return unique_all(x).values
