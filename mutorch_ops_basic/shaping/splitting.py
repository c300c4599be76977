"""Splitting an array along an axis: indexing by slices, whose rules these ops use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from numpy.lib.array_utils import normalize_axis_index

from mutorch_core import Array, Op, op
from mutorch_ops_basic.operands.axes import axis_key

__all__ = ["array_split", "dsplit", "hsplit", "narrow", "split", "vsplit"]

Cuts = int | Sequence[int]


@op("basic::array_split", composite=True)
def array_split(x: Array, indices_or_sections: Cuts, /, *, axis: int = 0) -> list[Array]:
    """The array x cut along an axis into so many parts, the first ones longer by one at most; or before indices.

    Shapes: x (..., n, ...), results (..., nᵢ, ...) with Σ nᵢ = n. Units: x's.
    Rule:   that of indexing.
    Raises: OperandError where x has no such axis, or there are less than 1 parts.
    Source: `numpy.array_split`.
    """
    axis = normalize_axis_index(axis, x.ndim)
    length = x.shape[axis]
    cuts = indices_or_sections
    if isinstance(cuts, int):
        if cuts < 1:
            raise ValueError(f"an array can't be split into {cuts} parts")
        short, longer = divmod(length, cuts)
        cuts = [part * short + min(part, longer) for part in range(1, cuts)]
    ends = [0, *map(int, cuts), length]
    return [x[axis_key(axis, x.ndim, slice(*pair))] for pair in pairwise(ends)]


@op("basic::split", composite=True)
def split(x: Array, indices_or_sections: Cuts, /, *, axis: int = 0) -> list[Array]:
    """The array x cut along an axis into so many equal parts, or before indices.

    Shapes: x (..., n, ...), results (..., nᵢ, ...) with Σ nᵢ = n. Units: x's.
    Rule:   that of indexing.
    Raises: OperandError where x has no such axis, or the parts would not be equal.
    Source: `numpy.split`.
    """
    axis, parts = normalize_axis_index(axis, x.ndim), indices_or_sections
    if isinstance(parts, int) and parts > 0 and x.shape[axis] % parts:
        raise ValueError(f"axis {axis} of length {x.shape[axis]} can't be split into {parts} equal parts")
    return array_split(x, parts, axis=axis)


def splitting(name: str, least: int, which: str, axis_of: Callable[[int], int]) -> Op[..., list[Array]]:
    """Declare `split` along a fixed axis."""

    def forward(x: Array, indices_or_sections: Cuts, /) -> list[Array]:
        if x.ndim < least:
            raise ValueError(f"x has {x.ndim} axes and needs {least} at least")
        return split(x, indices_or_sections, axis=axis_of(x.ndim))

    forward.__name__ = name
    forward.__doc__ = f"""The array x cut along its {which} into so many equal parts, or before indices.

    Shapes: x (..., n, ...), results (..., nᵢ, ...) with Σ nᵢ = n. Units: x's.
    Rule:   that of indexing.
    Raises: OperandError where x has fewer than {least} axes, or the parts would not be equal.
    Source: `numpy.{name}`.
    """
    return op(f"basic::{name}", composite=True)(forward)


vsplit = splitting("vsplit", 2, "first axis", lambda ndim: 0)
hsplit = splitting("hsplit", 1, "second axis, or the only one", lambda ndim: min(1, ndim - 1))
dsplit = splitting("dsplit", 3, "third axis", lambda ndim: 2)


@op("basic::narrow", composite=True)
def narrow(x: Array, axis: int, start: int, length: int, /) -> Array:
    """The `length` entries or slices of x from `start` on along an axis.

    Shapes: x (..., n, ...), result (..., length, ...). Units: x's.
    Rule:   that of indexing.
    Raises: OperandError where x has no such axis, or not so many entries on it.
    Source: `torch.narrow`.
    """
    axis = normalize_axis_index(axis, x.ndim)
    side = x.shape[axis]
    first = start + side if start < 0 else start
    if not 0 <= first <= first + length <= side:
        raise ValueError(f"axis {axis} has {side} entries: there are no {length} from {start} on")
    return x[axis_key(axis, x.ndim, slice(first, first + length))]


@array_split.samples
def _(draw, strategies, Sample):
    cuts = draw(strategies.sampled_from([2, 3, [1], [0, 2, 2], [-1], [1, 9]]))
    axis = draw(strategies.axis(2))
    return Sample(draw(strategies.array((3, 4))), cuts, axis=axis)


@split.samples
def _(draw, strategies, Sample):
    axis = draw(strategies.axis(2))
    return Sample(draw(strategies.array((2, 4))), draw(strategies.sampled_from([2, [1], [1, 1]])), axis=axis)


for each in (vsplit, hsplit, dsplit):

    @each.samples
    def _(draw, strategies, Sample):
        cuts = draw(strategies.sampled_from([2, [1], [-1, 2]]))
        return Sample(draw(strategies.array((2, 2, 2))), cuts)


@narrow.samples
def _(draw, strategies, Sample):
    start, length = draw(strategies.sampled_from([(0, 2), (1, 2), (-2, 1), (3, 0)]))
    return Sample(draw(strategies.array((3, 3))), draw(strategies.axis(2)), start, length)
