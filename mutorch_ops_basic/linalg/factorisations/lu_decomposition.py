"""Triangular decomposition with row exchanges, packed or as three matrices, and systems solved by it.

a = P L U       P exchanges rows, L has ones on its diagonal
packed          U in the upper triangle, L below the diagonal, and at step i row i was exchanged with row piv[i]
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, NamedTuple

import attrs
import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_ops_basic.linalg.batching import permute_rows
from mutorch_ops_basic.linalg.factorisations.triangular import (
    ADJOINT,
    PLAIN,
    Transposition,
    as_columns,
    solve_triangular,
)

__all__ = ["lu", "lu_factor", "lu_solve", "pivots_to_permutation"]


class PackedLU(NamedTuple):
    """Both triangles in one matrix, and the row exchanged at each step."""

    lu: Array
    piv: Array


@op("basic::linalg.lu_factor", opaque=True, libraries=("numpy",))
def lu_factor(a: Array, /) -> PackedLU:
    """The decomposition that `lu_solve` takes: U and, below the diagonal, L in one matrix, with the exchanges of rows.

    Shapes: a (..., m, n), lu alike, piv (..., min(m, n)), integer, counted from 0. Units: U's are a's, L's none.
    Rule:   ā = P L⁻ᵀ (Ū + S U⁻ᵀ) with S = Lᵀ L̄ - Ū Uᵀ below the diagonal; piv has no derivative. Pivots with nothing
            below them are not divided by, so that the last one of a square matrix may be 0.
    At kinks: where rows could be exchanged or not, as they were; what a pivot of 0 would divide is left out.
    Raises: OperandError where a has fewer than two axes.
    Source: `scipy.linalg.lu_factor`; Lu and others, "LU decomposition and its derivatives", in the transposed form.
    """
    from scipy.linalg import get_lapack_funcs

    *stack, m, n = a.shape
    (getrf,) = get_lapack_funcs(("getrf",), (a,))
    dtype = np.result_type(a, np.float32)
    lu, piv = np.array(a, dtype=dtype), np.zeros((*stack, min(m, n)), dtype=np.int64)
    for position in np.ndindex(*stack) if a.size else ():
        lu[position], piv[position], _ = getrf(a[position])
    return PackedLU(lu, piv)


@lu_factor.forward("torch")
def _(a):
    from torch.linalg import lu_factor_ex

    lu, piv, _ = lu_factor_ex(a)
    return PackedLU(lu, piv.long() - 1)


@lu_factor.forward("jax")
def _(a):
    from jax.lax.linalg import lu

    packed, piv, _ = lu(a)
    return PackedLU(packed, piv)


@lu_factor.meta
def _(a):
    *stack, m, n = a.shape
    return PackedLU(a, attrs.evolve(a, shape=(*stack, min(m, n)), dtype=a.space.int64))


@lu_factor.vjp("a")
def _(g, lu, piv, xp):
    g, (m, n) = g.lu, lu.shape[-2:]
    k = min(m, n)
    square, beside, below = lu[..., :k, :k], lu[..., :k, k:], lu[..., k:, :k]
    to_lower, to_upper = xp.tril(g[..., :k, :k], k=-1), xp.triu(g[..., :k, :k])
    to_beside, to_below = g[..., :k, k:], g[..., k:, :k]
    skew = to_lower + transposed(xp.tril(square, k=-1)) @ to_lower + transposed(below) @ to_below
    skew = skew - to_upper @ transposed(xp.triu(square)) - to_beside @ transposed(beside)
    skew = xp.concat([xp.tril(skew, k=-1), to_below], axis=-2)
    used = k if m > n else max(k - 1, 0)  # columns with anything below the diagonal: no other pivot is divided by
    pivots = without_zero_pivots(lu[..., :used, :used], inf, xp)
    over = transposed(solve_triangular(pivots, transposed(skew[..., :, :used])))
    over = xp.concat([over, skew[..., :, used:]], axis=-1)
    top, rest = to_upper + over[..., :k, :], over[..., k:, :]
    top = xp.concat([top - transposed(below) @ rest, to_beside], axis=-1)
    rows = solve_triangular(square, top, lower=True, trans=1, unit_diagonal=True)
    rows = xp.concat([rows, rest], axis=-2) if m > n else rows
    return permute_rows(rows, xp.argsort(pivots_to_permutation(piv, m), axis=-1), xp)


def without_zero_pivots(packed: Any, instead: float, xp: Any) -> Any:
    """Replace pivots of 0 in a square decomposition, so that dividing by them does not raise."""
    diagonal = xp.eye(packed.shape[-1], dtype=xp.bool, device=device_of(packed))
    return xp.where(diagonal & (packed == 0), instead, packed)


def transposed(x: Any) -> Any:
    """Transpose each matrix of a stack."""
    return x.mT


@op("basic::linalg.pivots_to_permutation", nondiff=("piv",))
def pivots_to_permutation(piv: Array, /, rows: int, *, xp: Namespace = injected) -> Array:
    """The order in which the exchanges of a decomposition leave rows: row i of Pᵀ a is row order[i] of a.

    Shapes: piv (..., k), integer, result (..., rows), integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where piv points outside of the rows, or has more entries than there are.
    Source: `jax.lax.linalg.lu_pivots_to_permutation`.
    """
    require_pivots(piv, rows)
    positions = xp.arange(rows, device=device_of(piv))
    order = xp.broadcast_to(positions, (*piv.shape[:-1], rows))
    for step in range(piv.shape[-1]):
        other = piv[..., step : step + 1]
        here, there = order[..., step : step + 1], xp.take_along_axis(order, other, axis=-1)
        order = xp.where(positions == step, there, xp.where(positions == other, here, order))
    return order


@pivots_to_permutation.forward("numpy")
def _(piv, rows, *, xp):
    require_pivots(piv, rows)
    order = np.empty((*piv.shape[:-1], rows), dtype=np.int64)
    for position in np.ndindex(*piv.shape[:-1]):
        line = list(range(rows))
        for step, other in enumerate(piv[position].tolist()):
            line[step], line[other] = line[other], line[step]
        order[position] = line
    return order


@pivots_to_permutation.forward("jax")
def _(piv, rows, *, xp):
    from jax.lax.linalg import lu_pivots_to_permutation

    require_pivots(piv, rows)
    return lu_pivots_to_permutation(piv.astype("int32"), rows)


def require_pivots(piv: Any, rows: int) -> None:
    """Raise ValueError for pivots that can't be exchanges of `rows` rows."""
    if piv.ndim == 0 or piv.shape[-1] > rows:
        raise ValueError(f"piv is {tuple(piv.shape)}; it has to say what {rows} rows at most are exchanged with")


@pivots_to_permutation.samples
def _(draw, strategies, Sample):
    rows = draw(strategies.sides())
    stack = draw(strategies.sampled_from([(), (2,)]))
    return Sample(draw(strategies.labels((*stack, rows), rows)), rows)


class LU(NamedTuple):
    """The factors of a = P L U."""

    P: Array
    L: Array
    U: Array


@op("basic::linalg.lu", composite=True)
def lu(a: Array, /, *, xp: Namespace = injected) -> LU:
    """The factors of a = P L U: P exchanges rows, L has ones on its diagonal and 0 above, U has 0 below.

    Shapes: a (..., m, n), P (..., m, m), L (..., m, k), U (..., k, n), k the smaller of m and n. Units: U's are a's.
    Rule:   that of lu_factor; P has no derivative.
    Raises: OperandError where a has fewer than two axes.
    Source: `scipy.linalg.lu`.
    """
    packed, piv = lu_factor(a)
    m, k = packed.shape[-2], min(packed.shape[-2:])
    order = xp.expand_dims(pivots_to_permutation(piv, m), axis=-2)
    rows = xp.expand_dims(xp.arange(m, device=device_of(piv)), axis=-1)
    ones = xp.eye(m, k, dtype=packed.dtype, device=device_of(packed))
    lower = xp.tril(packed[..., :, :k], k=-1) + ones
    return LU(xp.astype(rows == order, packed.dtype), lower, xp.triu(packed[..., :k, :]))


@op("basic::linalg.lu_solve", composite=True)
def lu_solve(lu_and_piv: Sequence[Array], b: Array, /, *, trans: Transposition = 0, xp: Namespace = injected) -> Array:
    """The solution of a x = b (`trans=0`), aᵀ x = b (1) or aᴴ x = b (2) from what `lu_factor` returns for a.

    Shapes: lu (..., n, n), piv (..., n), b (n,) or (..., n, k), result like b. Units: b's over lu's.
    Rule:   that of solve_triangular, twice.
    Raises: OperandError where shapes don't fit, or a pivot is 0.
    Source: `scipy.linalg.lu_solve`.
    """
    packed, piv = lu_and_piv
    order, x = pivots_to_permutation(piv, packed.shape[-1]), as_columns(b, b.ndim, xp)
    if trans in PLAIN:
        x = solve_triangular(packed, permute_rows(x, order, xp), lower=True, unit_diagonal=True)
        x = solve_triangular(packed, x)
    else:
        turn = 2 if trans in ADJOINT else 1
        x = solve_triangular(
            packed, solve_triangular(packed, x, trans=turn), lower=True, trans=turn, unit_diagonal=True
        )
        x = permute_rows(x, xp.argsort(order, axis=-1), xp)
    return xp.squeeze(x, axis=-1) if b.ndim == 1 else x


def sample(draw, strategies, shapes):
    """Draw matrices whose pivots are far larger than the rest, so that they stay pivots, and not all in place."""
    n = draw(strategies.sides())
    shape = draw(strategies.sampled_from(shapes(n)))
    a = draw(strategies.array(shape, -1.0, 1.0)) + 4 * max(shape[-2:]) * np.eye(*shape[-2:])
    return np.roll(a, draw(strategies.sampled_from([0, 1])), axis=-2)


@lu_factor.samples
@lu.samples
def _(draw, strategies, Sample):
    return Sample(sample(draw, strategies, lambda n: [(n, n), (n + 1, n), (n, n + 2), (2, n, n)]))


@lu_solve.samples
def _(draw, strategies, Sample):
    lu, piv = lu_factor(sample(draw, strategies, lambda n: [(n, n), (n, n), (2, n, n)]))
    b = draw(strategies.array(draw(strategies.sampled_from([lu.shape[-1:], (lu.shape[-1], 2)]))))
    return Sample((lu, piv), b, trans=draw(strategies.sampled_from([0, 1, 2, "N", "T", "C"])))
