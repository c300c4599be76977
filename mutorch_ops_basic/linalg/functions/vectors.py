"""Cross and outer products, diagonals and traces."""

from __future__ import annotations

from typing import Any

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_ops_basic.linalg.matrix_helpers import expand_per_matrix, place_on_diagonal

__all__ = ["cross", "diagonal", "outer", "trace"]


@op("basic::linalg.cross")
def cross(x1: Array, x2: Array, /, *, axis: int = -1, xp: Namespace = injected) -> Array:
    """The cross product of vectors in space, which lie along an axis.

    Shapes: x1 and x2 (..., 3, ...) broadcast to the result. Units: the product of theirs.
    Rule:   x̄₁ = x₂ × ȳ, x̄₂ = ȳ × x₁.
    Raises: OperandError where the axis is not 3 long, or where it is counted from the front and the numbers of axes
            differ.
    Source: Array API standard 2024.12.
    """
    if axis >= 0 and x1.ndim != x2.ndim:
        raise ValueError(f"axis {axis} is another one in {x1.ndim} axes than in {x2.ndim}: count it from the end")
    if not x1.shape[axis] == x2.shape[axis] == 3:
        raise ValueError(f"vectors in space have three entries, not {x1.shape[axis]} and {x2.shape[axis]}")
    return xp.linalg.cross(x1, x2, axis=axis)


@cross.vjp("x1")
def _(g, x2, axis, xp):
    return xp.linalg.cross(x2, g, axis=axis)


@cross.vjp("x2")
def _(g, x1, axis, xp):
    return xp.linalg.cross(g, x1, axis=axis)


@cross.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    left, right, axis = draw(
        strategies.sampled_from(
            [
                ((3,), (3,), -1),
                ((n, 3), (n, 3), 1),
                ((n, 3), (3,), -1),
                ((3, n), (3, 1), 0),
                ((1, 3, n), (2, 3, 1), -2),
                ((3, 3), (2, 1, 3), -1),
            ]
        )
    )
    return Sample(draw(strategies.array(left)), draw(strategies.array(right)), axis=axis)


@op("basic::linalg.outer")
def outer(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The products of every entry of one vector with every entry of another.

    Shapes: x1 (m,), x2 (n,), result (m, n). Units: the product of theirs.
    Rule:   x̄₁ = ȳ x₂, x̄₂ = ȳᵀ x₁.
    Raises: OperandError where an operand is not 1-d.
    Source: Array API standard 2024.12.
    """
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"outer is for vectors, not for arrays of {x1.ndim} and {x2.ndim} axes")
    return xp.linalg.outer(x1, x2)


@outer.vjp("x1")
def _(g, x2):
    return g @ x2


@outer.vjp("x2")
def _(g, x1):
    return x1 @ g


@outer.samples
def _(draw, strategies, Sample):
    m, n = draw(strategies.sides()), draw(strategies.sides())
    return Sample(draw(strategies.array((m,))), draw(strategies.array((n,))))


@op("basic::linalg.diagonal")
def diagonal(x: Array, /, *, offset: int = 0, xp: Namespace = injected) -> Array:
    """The diagonals of matrices; those above for a positive `offset`, below for a negative one.

    The matrices are in the last two axes, as in the standard. `numpy.diagonal` takes the first two by default, so its
    results differ for three axes or more.

    Shapes: x (..., m, n), result (..., length of the diagonal). Units: x's.
    Rule:   x̄ = ȳ on that diagonal, 0 elsewhere.
    Raises: OperandError where x has fewer than two axes.
    Source: Array API standard 2024.12.
    """
    return xp.linalg.diagonal(x, offset=offset)


@diagonal.vjp("x")
def _(g, x: Meta, offset, xp):
    return place_on_diagonal(g, x.shape, offset, xp)


@op("basic::linalg.trace")
def trace(x: Array, /, *, offset: int = 0, dtype: Any = None, xp: Namespace = injected) -> Array:
    """The sum of each matrix's diagonal, or of one above (positive `offset`) or below it.

    The matrices are in the last two axes, as in the standard. `numpy.trace` takes the first two by default, so its
    results differ for three axes or more.

    Shapes: x (..., m, n), result (...). Units: x's.
    Rule:   x̄ = ȳ all along that diagonal, 0 elsewhere.
    Raises: OperandError where x has fewer than two axes.
    Source: Array API standard 2024.12.
    """
    return xp.linalg.trace(x, offset=offset, dtype=dtype)


@trace.vjp("x")
def _(g, x: Meta, offset, xp):
    return xp.where(xp.eye(*x.shape[-2:], k=offset, device=x.device) == 1, expand_per_matrix(g, xp), 0)


@diagonal.samples
@trace.samples
def _(draw, strategies, Sample):
    x = draw(strategies.array(draw(strategies.sampled_from([(3, 3), (2, 3, 4), (4, 2), (1, 3)]))))
    return Sample(x, offset=draw(strategies.sampled_from([0, 1, -1, 2, -2])))
