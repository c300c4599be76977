"""Products of matrices and vectors.

Rules are transposes and nothing is conjugated, so that they hold for complex operands as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_core.authoring import as_arrays
from mutorch_ops_basic.operands.axes import normalize_axes
from mutorch_ops_basic.operands.dtypes import conjugate

__all__ = ["matmul", "matrix_transpose", "tensordot", "vecdot"]


@op("basic::matmul", symbol="@", operator="@")
def matmul(x1: Array, x2: Array, /) -> Array:
    """Matrix product of x1 and x2; a 1-d operand is a row on the left, a column on the right.

    Shapes: x1 (..., m, k) or (k,), x2 (..., k, n) or (k,), leading axes broadcast, result (..., m, n).
    Units:  the product of theirs.
    Rule:   x̄₁ = ȳ x₂ᵀ, x̄₂ = x₁ᵀ ȳ; outer products where an operand is 1-d.
    Raises: OperandError where the inner lengths differ, or an operand is 0-d.
    Source: Array API standard 2024.12.
    """
    return x1 @ x2


@matmul.vjp("x1")
def _(g, x2, xp):
    if x2.ndim == 2:
        return g @ x2.T
    if x2.ndim == 1:
        return xp.expand_dims(g, axis=-1) * x2
    if g.ndim < x2.ndim:  # x1 is 1-d
        return xp.squeeze(x2 @ xp.expand_dims(g, axis=-1), axis=-1)
    return g @ xp.matrix_transpose(x2)


@matmul.vjp("x2")
def _(g, x1, x2: Meta, xp):
    if x1.ndim == 2:
        return x1.T @ g
    if x1.ndim == 1:
        return g * x1 if x2.ndim == 1 else xp.expand_dims(x1, axis=-1) * xp.expand_dims(g, axis=-2)
    if x2.ndim > 2:
        return xp.matrix_transpose(x1) @ g
    *batch, inner = x1.shape  # as one product over the whole batch, instead of one matrix for each of it
    return xp.reshape(x1, (prod(batch), inner)).T @ xp.reshape(g, (prod(batch), *x2.shape[1:]))


@matmul.samples
def _(draw, strategies, Sample):
    m, k, n = (draw(strategies.sides()) for _ in range(3))
    left = draw(strategies.sampled_from([(k,), (m, k), (2, m, k), (3, 1, m, k)]))
    right = draw(strategies.sampled_from([(k,), (k, n), (2, k, n), (1, 2, k, n)]))
    return Sample(draw(strategies.array(left)), draw(strategies.array(right)))


@op("basic::matrix_transpose")
def matrix_transpose(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The last two axes exchanged.

    Shapes: x (..., m, n), result (..., n, m). Units: x's.
    Rule:   x̄ = ȳᵀ.
    Raises: OperandError where x has fewer than two axes.
    Source: Array API standard 2024.12.
    """
    return xp.matrix_transpose(x)


@matrix_transpose.vjp("x")
def _(g, xp):
    return xp.matrix_transpose(g)


@op("basic::vecdot")
def vecdot(x1: Array, x2: Array, /, *, axis: int = -1, xp: Namespace = injected) -> Array:
    """Dot product along an axis; of complex numbers, x1 conjugated.

    Shapes: x1 and x2 (..., n, ...) broadcast, result without the axis. Units: the product of theirs.
    Rule:   x̄₁ = conj(ȳ x₂), x̄₂ = ȳ conj(x₁).
    Raises: OperandError where the lengths of the axis differ, or where it is counted from the front and the numbers
            of axes differ.
    Source: Array API standard 2024.12.
    """
    if axis >= 0 and x1.ndim != x2.ndim:
        raise ValueError(f"axis {axis} is another one in {x1.ndim} axes than in {x2.ndim}: count it from the end")
    if axis >= x1.ndim:
        raise ValueError(f"axis {axis} is out of bounds for {x1.ndim} axes")
    return xp.vecdot(x1, x2, axis=axis if axis < 0 else axis - x1.ndim)  # the standard counts from the end alone


@vecdot.vjp("x1")
def _(g, x2, axis, xp):
    return conjugate(xp.expand_dims(g, axis=axis) * x2, xp)


@vecdot.vjp("x2")
def _(g, x1, axis, xp):
    return xp.expand_dims(g, axis=axis) * conjugate(x1, xp)


@vecdot.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    left, right = (draw(strategies.sampled_from([(n,), (1, n), (3, n), (2, 3, n)])) for _ in range(2))
    return Sample(draw(strategies.array(left)), draw(strategies.array(right)))


Axes = int | tuple[Sequence[int], Sequence[int]]


@op("basic::tensordot")
def tensordot(x1: Array, x2: Array, /, *, axes: Axes = 2, xp: Namespace = injected) -> Array:
    """Product of x1 and x2, summed over pairs of axes: the last of x1 with the first of x2, or those given.

    A number is an array without axes.

    Shapes: result has the other axes of x1, then those of x2. Units: the product of theirs.
    Rule:   ȳ contracted with the other operand over that one's free axes, its axes then put in order.
    Raises: OperandError where the lengths of paired axes differ.
    Source: Array API standard 2024.12.
    """
    x1, x2 = as_arrays(xp, x1, x2)
    return xp.tensordot(x1, x2, axes=axes)


@tensordot.vjp("x1")
def _(g, x1: Meta, x2, axes, xp):
    g, x2 = as_arrays(xp, g, x2)
    mine, theirs = contracted_axes(axes, x1.ndim, x2.ndim)
    free = other_axes(theirs, x2.ndim)
    product = xp.tensordot(g, x2, axes=(tuple(range(x1.ndim - len(mine), g.ndim)), free))
    return xp.permute_dims(product, positions(other_axes(mine, x1.ndim), mine, theirs))


@tensordot.vjp("x2")
def _(g, x1, x2: Meta, axes, xp):
    g, x1 = as_arrays(xp, g, x1)
    theirs, mine = contracted_axes(axes, x1.ndim, x2.ndim)
    free = other_axes(theirs, x1.ndim)
    product = xp.tensordot(g, x1, axes=(tuple(range(len(free))), free))
    return xp.permute_dims(product, positions(other_axes(mine, x2.ndim), mine, theirs))


def contracted_axes(axes: Axes, ndim1: int, ndim2: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the contracted axes of both operands, counted from 0."""
    if isinstance(axes, int):
        return tuple(range(ndim1 - axes, ndim1)), tuple(range(axes))
    return normalize_axes(axes[0], ndim1), normalize_axes(axes[1], ndim2)


def other_axes(axes: Sequence[int], ndim: int) -> tuple[int, ...]:
    """Return the axes that are not among `axes`."""
    return tuple(axis for axis in range(ndim) if axis not in axes)


def positions(free: Sequence[int], mine: Sequence[int], theirs: Sequence[int]) -> tuple[int, ...]:
    """Return the position of each axis of an operand in the product that is its cotangent.

    In that product its free axes come first, then the contracted ones, in the other operand's order.
    """
    lying = (*free, *(own for _, own in sorted(zip(theirs, mine, strict=True))))
    return tuple(lying.index(axis) for axis in range(len(lying)))


@tensordot.samples
def _(draw, strategies, Sample):
    j, k, m, n = (draw(strategies.sides()) for _ in range(4))
    left, right, axes = draw(
        strategies.sampled_from(
            [
                ((m, k), (k, n), 1),
                ((m, k, j), (k, j, n), 2),
                ((m,), (n,), 0),
                ((k, m, j), (j, n, k), ((0, 2), (2, 0))),
                ((k, m, j), (n, j, k), ((-1, 0), (1, -1))),
            ]
        )
    )
    return Sample(draw(strategies.array(left)), draw(strategies.array(right)), axes=axes)
