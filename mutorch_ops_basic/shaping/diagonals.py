"""Diagonals, block-diagonal matrices and Vandermonde matrices.

Flattened, the diagonal of a matrix of n columns is every (n + 1)-th entry: a plain slice, so that reading and
writing it is indexing, whose rules these are.
"""

from __future__ import annotations

from mutorch_core import Array, op
from mutorch_core.authoring import device_of, namespace_of
from mutorch_ops_basic.indexing.keyed_access import setitem
from mutorch_ops_basic.operands.axes import require_axis
from mutorch_ops_basic.operands.dtypes import unwrap
from mutorch_ops_basic.reductions.cumulative import cumulative_prod
from mutorch_ops_basic.shaping.joining import concat
from mutorch_ops_basic.shaping.padding import pad
from mutorch_ops_basic.shaping.shapes import broadcast_to, expand_dims, flip, moveaxis, reshape
from mutorch_ops_basic.shaping.stacking import atleast_2d

__all__ = [
    "block_diag",
    "diag",
    "diag_embed",
    "diagflat",
    "diagonal_scatter",
    "fill_diagonal",
    "make_diagonal",
    "vander",
]


def diagonal_of(rows: int, columns: int, offset: int) -> slice:
    """Return the slice of a flattened matrix that is the diagonal `offset` above the main one."""
    length = min(rows, columns - offset) if offset > 0 else min(rows + offset, columns)
    start = max(offset, -offset * columns)
    return slice(start, start + (length - 1) * (columns + 1) + 1, columns + 1) if length > 0 else slice(0, 0)


@op("basic::diag_embed", composite=True)
def diag_embed(x: Array, /, *, offset: int = 0, axis1: int = -2, axis2: int = -1) -> Array:
    """Matrices with the lines of x on a diagonal, `offset` above the main one, and 0 elsewhere.

    Shapes: x (..., n), result (..., m, m) with m = n + |offset|, the last two moved to `axis1` and `axis2`. Units: x's.
    Rule:   x̄ = that diagonal of ȳ.
    Raises: OperandError where x is 0-d, or the result has no such axes.
    Source: `torch.diag_embed`.
    """
    side = x.shape[-1] + abs(offset)
    zeros = namespace_of(unwrap(x)).zeros((*x.shape[:-1], side * side), dtype=x.dtype, device=device_of(x))
    flat = setitem(zeros, (..., diagonal_of(side, side, offset)), x)
    return moveaxis(reshape(flat, (*x.shape[:-1], side, side)), (-2, -1), (axis1, axis2))


make_diagonal = diag_embed


@op("basic::diag", composite=True)
def diag(v: Array, /, k: int = 0) -> Array:
    """The matrix with v on its k-th diagonal; of a matrix, that diagonal.

    Shapes: v (n,), result (n + |k|, n + |k|); or v (m, n), result (length of the diagonal,). Units: v's.
    Rule:   v̄ = the k-th diagonal of ȳ; or ȳ on it and 0 elsewhere.
    Raises: OperandError where v has neither one axis nor two.
    Source: `numpy.diag`.
    """
    if v.ndim not in (1, 2):
        raise ValueError(f"v has {v.ndim} axes; it must have one or two")
    if v.ndim == 1:
        return diag_embed(v, offset=k)
    rows, columns = v.shape
    return reshape(v, (rows * columns,))[diagonal_of(rows, columns, k)]


@op("basic::diagflat", composite=True)
def diagflat(v: Array, /, k: int = 0) -> Array:
    """The matrix with all entries of v on its k-th diagonal.

    Shapes: v (...) of n entries, result (n + |k|, n + |k|). Units: v's.
    Rule:   v̄ = the k-th diagonal of ȳ, in v's shape.
    Raises: nothing.
    Source: `numpy.diagflat`.
    """
    return diag_embed(reshape(v, (-1,)), offset=k)


@op("basic::diagonal_scatter", composite=True)
def diagonal_scatter(x: Array, src: Array, /, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """A copy of x with `src` on a diagonal of the matrices that two axes span.

    Shapes: x (..., m, ..., n, ...), src (..., length of the diagonal), result like x. Units: all alike.
    Rule:   x̄ = ȳ with 0 on the diagonal, src's is the diagonal of ȳ.
    Raises: OperandError where x has no such axes, or src does not broadcast to the diagonal.
    Source: `torch.diagonal_scatter`.
    """
    matrices = moveaxis(x, (axis1, axis2), (-2, -1))
    *lead, rows, columns = matrices.shape
    flat = setitem(reshape(matrices, (*lead, rows * columns)), (..., diagonal_of(rows, columns, offset)), src)
    return moveaxis(reshape(flat, matrices.shape), (-2, -1), (axis1, axis2))


@op("basic::fill_diagonal", composite=True)
def fill_diagonal(x: Array, value: Array, /) -> Array:
    """A copy of x with `value` on the main diagonal: where all indices are equal.

    Shapes: x (m, n) or (n, n, …, n), value () or (n,), result like x. Units: all alike.
    Rule:   x̄ = ȳ with 0 on the diagonal, value's is the diagonal of ȳ.
    Raises: OperandError where x has one axis, or more than two of different lengths.
    Source: `numpy.fill_diagonal`.
    """
    if x.ndim < 2 or (x.ndim > 2 and len(set(x.shape)) > 1):
        raise ValueError(f"x has shape {tuple(x.shape)}: a diagonal needs two axes, or more of one length")
    length, step = min(x.shape), 0
    for side in x.shape:
        step = step * side + 1
    positions = slice(0, (length - 1) * step + 1, step) if length else slice(0, 0)
    return reshape(setitem(reshape(x, (-1,)), positions, value), x.shape)


@op("basic::block_diag", composite=True)
def block_diag(*arrays: Array) -> Array:
    """A matrix of matrices along the diagonal, and 0 elsewhere; numbers and vectors count as rows.

    Shapes: arrays (mᵢ, nᵢ), (nᵢ,) or (), result (Σ mᵢ, Σ nᵢ). Units: all alike.
    Rule:   each array gets its own block of ȳ.
    Raises: OperandError where an array has more than two axes.
    Source: `scipy.linalg.block_diag`.
    """
    blocks = [atleast_2d(array) for array in arrays]
    for block in blocks:
        if block.ndim > 2:
            raise ValueError(f"a block has shape {tuple(block.shape)}; it can have two axes at most")
    width, start, rows = sum(block.shape[1] for block in blocks), 0, []
    for block in blocks:
        stop = start + block.shape[1]
        rows.append(pad(block, ((0, 0), (start, width - stop))))
        start = stop
    return concat(rows, axis=0)


@op("basic::vander", composite=True)
def vander(x: Array, /, N: int | None = None, *, increasing: bool = False) -> Array:
    """The powers of each entry from N - 1 down to 0, or from 0 up: Vandermonde's matrix. N is the number of entries.

    Shapes: x (..., n), result (..., n, N). Units: none.
    Rule:   that of cumulative_prod, which is right at 0.
    Raises: OperandError where x is 0-d, or N negative.
    Source: `numpy.vander`.
    """
    require_axis(x)
    count = x.shape[-1] if N is None else N
    if count < 0:
        raise ValueError(f"N is {N}; it can't be negative")
    columns = broadcast_to(expand_dims(x, axis=-1), (*x.shape, max(count - 1, 0)))
    powers = cumulative_prod(columns, axis=-1, include_initial=True)[..., :count]
    return powers if increasing else flip(powers, axis=-1)


@diag.samples
@diagflat.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.sampled_from([(3,), (2, 3), (3, 2), (1,)]))
    return Sample(draw(strategies.array(shape)), draw(strategies.sampled_from([0, 1, -1, 2, -4])))


@diag_embed.samples
def _(draw, strategies, Sample):
    axes = draw(strategies.sampled_from([(-2, -1), (-1, -2), (0, 1), (0, -1)]))
    offset = draw(strategies.sampled_from([0, 1, -2]))
    return Sample(draw(strategies.array((2, 2))), offset=offset, axis1=axes[0], axis2=axes[1])


@diagonal_scatter.samples
def _(draw, strategies, Sample):
    offset, length = draw(strategies.sampled_from([(0, 2), (1, 2), (-1, 1), (3, 0)]))
    (axis1, axis2), shape = draw(strategies.sampled_from([((0, 1), (2, 3)), ((1, 2), (2, 2, 3)), ((-1, 0), (3, 2, 2))]))
    src = (*(2,) * (len(shape) - 2), length)
    return Sample(draw(strategies.array(shape)), draw(strategies.array(src)), offset=offset, axis1=axis1, axis2=axis2)


@fill_diagonal.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.sampled_from([(2, 2), (2, 3), (3, 2), (2, 2, 2)]))
    return Sample(draw(strategies.array(shape)), draw(strategies.array(draw(strategies.sampled_from([(), (2,)])))))


@block_diag.samples
def _(draw, strategies, Sample):
    shapes = draw(strategies.sampled_from([((2, 1), (1, 2)), ((2,), (), (2, 2)), ((0, 2), (2, 0), (1, 1))]))
    return Sample(*(draw(strategies.array(shape)) for shape in shapes))


@vander.samples
def _(draw, strategies, Sample):
    count, increasing = draw(strategies.sampled_from([None, 0, 1, 2, 4])), draw(strategies.booleans())
    return Sample(draw(strategies.array((2,))), count, increasing=increasing)
