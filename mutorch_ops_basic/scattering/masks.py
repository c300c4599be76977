"""Reading and writing entries by a mask."""

from __future__ import annotations

from mutorch_core import Array, op
from mutorch_ops_basic.indexing.keyed_access import getitem, setitem
from mutorch_ops_basic.operands.axes import shape_of
from mutorch_ops_basic.reductions.standard_reductions import count_nonzero
from mutorch_ops_basic.shaping.shapes import broadcast_arrays, broadcast_to, reshape
from mutorch_ops_basic.shaping.splitting import narrow

__all__ = ["masked_scatter", "masked_select"]


@op("basic::masked_select", nondiff=("mask",), composite=True)
def masked_select(x: Array, mask: Array, /) -> Array:
    """The entries of x where a mask is true, in one row.

    Shapes: x and mask broadcast, result (number of true entries,). Units: x's.
    Rule:   x̄ = ȳ where the mask is true, 0 elsewhere.
    Raises: OperandError where the shapes do not broadcast, or the mask is not boolean.
    Source: `torch.masked_select`.
    """
    x, mask = broadcast_arrays(x, mask)
    return getitem(x, mask)


@op("basic::masked_scatter", nondiff=("mask",), composite=True)
def masked_scatter(x: Array, mask: Array, source: Array, /) -> Array:
    """A copy of x with the first entries of `source`, one after the other, where a mask is true.

    Shapes: mask broadcastable to x, source of as many entries as are true at least, result like x. Units: all alike.
    Rule:   x̄ = ȳ with 0 where the mask is true, source's is ȳ there, 0 for entries that were not used.
    Raises: OperandError where source has too few entries, or the mask is not boolean.
    Source: `torch.masked_scatter`.
    """
    mask = broadcast_to(mask, shape_of(x))
    count, entries = int(count_nonzero(mask)), reshape(source, (-1,))
    return setitem(x, mask, narrow(entries, 0, 0, count))


@masked_select.samples
def _(draw, strategies, Sample):
    x, mask = draw(strategies.sampled_from([((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((), ())]))
    return Sample(draw(strategies.array(x)), draw(strategies.booleans(mask)))


@masked_scatter.samples
def _(draw, strategies, Sample):
    mask = draw(strategies.booleans(draw(strategies.sampled_from([(2, 2), (2,), (2, 1)]))))
    return Sample(draw(strategies.array((2, 2))), mask, draw(strategies.array((2, 3))))
