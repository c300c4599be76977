"""Stacking of arrays under NumPy's names: side by side, on top of each other, from nested lists.

All are made of `concat`, `stack` and `reshape`, so their rules are those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from numpy import complex128, float64

from mutorch_core import Array, Op, op
from mutorch_core.authoring import SEQUENCES, device_of, is_number, namespace_of
from mutorch_ops_basic.operands.axes import shape_of
from mutorch_ops_basic.operands.conversion import astype
from mutorch_ops_basic.operands.dtypes import unwrap
from mutorch_ops_basic.shaping.joining import concat, stack
from mutorch_ops_basic.shaping.shapes import reshape

__all__ = [
    "append",
    "array_from_list",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block",
    "column_stack",
    "dstack",
    "hstack",
    "row_stack",
    "vstack",
]

Shape = tuple[int, ...]


def atleast(ndim: int, shapes: str, raised: Callable[[Shape], Shape]) -> Op[..., Any]:
    """Declare an op that adds axes of length 1 up to a number of axes."""

    def forward(*arrays: Array) -> Any:
        results = tuple(reshape(array, raised(shape_of(array))) for array in arrays)
        return results[0] if len(results) == 1 else results

    forward.__name__ = f"atleast_{ndim}d"
    forward.__doc__ = f"""Arrays with {ndim} axes at least, missing ones of length 1; several come as a tuple.

    Shapes: {shapes}; others as they are. Units: theirs.
    Rule:   that of reshape.
    Raises: nothing.
    Source: `numpy.atleast_{ndim}d`.
    """
    return op(f"basic::atleast_{ndim}d", composite=True)(forward)


atleast_1d = atleast(1, "() to (1,)", lambda shape: shape or (1,))
atleast_2d = atleast(2, "() to (1, 1), (n,) to (1, n)", lambda shape: (1,) * (2 - len(shape)) + shape)
atleast_3d = atleast(
    3,
    "() to (1, 1, 1), (n,) to (1, n, 1), (m, n) to (m, n, 1)",
    lambda shape: (*shape, 1) if len(shape) == 2 else ((1, *(shape or (1,)), 1) if len(shape) < 2 else shape),
)


@op("basic::append", composite=True)
def append(x: Array, values: Array, /, *, axis: int | None = None) -> Array:
    """The array x with `values` after it along an axis; without one both are flattened.

    Shapes: x (..., m, ...), values (..., n, ...), result (..., m + n, ...). Units: all alike.
    Rule:   that of concat.
    Raises: OperandError where other lengths differ, or an array has no such axis.
    Source: `numpy.append`.
    """
    return concat([x, values], axis=axis)


@op("basic::vstack", composite=True)
def vstack(arrays: Sequence[Array], /) -> Array:
    """Arrays on top of each other: along the first axis, 1-d ones as rows.

    Shapes: arrays (mᵢ, ...) or (n,), result (Σ mᵢ, ...). Units: all alike.
    Rule:   that of concat.
    Raises: OperandError where other lengths differ.
    Source: `numpy.vstack`.
    """
    return concat([atleast_2d(array) for array in arrays], axis=0)


row_stack = vstack


@op("basic::hstack", composite=True)
def hstack(arrays: Sequence[Array], /) -> Array:
    """Arrays side by side: along the second axis, 1-d ones along their only one.

    Shapes: arrays (m, nᵢ, ...) or (nᵢ,), result (m, Σ nᵢ, ...) or (Σ nᵢ,). Units: all alike.
    Rule:   that of concat.
    Raises: OperandError where other lengths differ.
    Source: `numpy.hstack`.
    """
    joined = [atleast_1d(array) for array in arrays]
    return concat(joined, axis=0 if joined and joined[0].ndim == 1 else 1)


@op("basic::dstack", composite=True)
def dstack(arrays: Sequence[Array], /) -> Array:
    """Arrays behind each other: along the third axis, which 1-d and 2-d ones get.

    Shapes: arrays (m, n, lᵢ, ...), (m, n) or (n,), result (m, n, Σ lᵢ, ...). Units: all alike.
    Rule:   that of concat.
    Raises: OperandError where other lengths differ.
    Source: `numpy.dstack`.
    """
    return concat([atleast_3d(array) for array in arrays], axis=2)


@op("basic::column_stack", composite=True)
def column_stack(arrays: Sequence[Array], /) -> Array:
    """Columns side by side: 1-d arrays as columns, others along their second axis.

    Shapes: arrays (m,) or (m, nᵢ, ...), result (m, Σ nᵢ, ...). Units: all alike.
    Rule:   that of concat.
    Raises: OperandError where other lengths differ.
    Source: `numpy.column_stack`.
    """
    return concat(
        [array if len(shape_of(array)) > 1 else reshape(array, (-1, 1)) for array in arrays],
        axis=1,
    )


@op("basic::block", composite=True)
def block(arrays: Sequence[Array], /) -> Array:
    """An array of nested lists of blocks: the innermost join along the last axis, those around along the one before.

    Shapes: blocks get leading axes of length 1 up to the most that one has, or the lists are deep. Units: all alike.
    Rule:   that of concat.
    Raises: OperandError where lists are empty or not equally deep, or lengths differ.
    Source: `numpy.block`.
    """
    depth = nesting_depth(arrays)
    ndim = max([depth, *(len(shape_of(array)) for array in flatten_lists(arrays))])
    return join_blocks(arrays, depth, ndim)


def nesting_depth(item: Any) -> int:
    """Return the nesting depth of the lists. Raises ValueError if it differs between arrays, or there are none."""
    if not isinstance(item, SEQUENCES):
        return 0
    depths = {nesting_depth(each) for each in item}
    if len(depths) != 1:
        raise ValueError("lists of blocks must not be empty, and all equally deep")
    return 1 + depths.pop()


def join_blocks(item: Any, depth: int, ndim: int) -> Any:
    """Join nested blocks to an array of `ndim` axes."""
    if depth:
        return concat([join_blocks(each, depth - 1, ndim) for each in item], axis=-depth)
    shape = shape_of(item)
    return reshape(item, (1,) * (ndim - len(shape)) + shape)


def flatten_lists(item: Any) -> Iterator[Any]:
    """Return the entries of nested lists."""
    if isinstance(item, SEQUENCES):
        for each in item:
            yield from flatten_lists(each)
    else:
        yield item


@op("basic::array_from_list", composite=True)
def array_from_list(obj: Sequence[Array], /, *, dtype: Any = None) -> Array:
    """An array of nested lists of numbers and arrays of one shape; a `Var` in them stays on its graph.

    Shapes: lists of m, of n, …, of arrays (...), result (m, n, …, ...). Units: all alike.
    Rule:   that of stack.
    Raises: OperandError where lists or arrays differ in length, or are empty.
    Source: `numpy.array`.
    """
    like = next((unwrap(item) for item in flatten_lists(obj) if not is_number(unwrap(item))), None)
    zero: Any = 0.0 if like is None else namespace_of(like).zeros((), dtype=like.dtype, device=device_of(like))

    def made(item: Any) -> Any:
        if isinstance(item, SEQUENCES):
            return stack([made(each) for each in item])
        return item if like is None or not is_number(unwrap(item)) else zero + item  # now of the others' library

    return made(obj) if dtype is None else astype(made(obj), dtype)


@array_from_list.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(0, 2))
    parts = [draw(strategies.array(shape)) for _ in range(3)]
    return Sample(parts, dtype=draw(strategies.sampled_from([float64, complex128])))


@block.samples
def _(draw, strategies, Sample):
    return Sample([draw(strategies.array(shape)) for shape in ((2, 1), (2, 3), (2, 0))])
