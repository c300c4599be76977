"""Tridiagonal systems of equations, solved by LAPACK in linear time."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from scipy.linalg import LinAlgError, get_lapack_funcs

from mutorch_core import Array, Meta, Namespace, Op, hookimpl, injected, op

__all__ = ["solve"]


@op("tridiagonal::solve", opaque=True, libraries=("numpy",))
def solve(lower: Array, diagonal: Array, upper: Array, b: Array, /, *, xp: Namespace = injected) -> Array:
    """The solution x of A x = b, where A has three diagonals: lower, the main one, upper.

    Shapes: lower and upper (n - 1), diagonal (n), b (n) or (n, k), result b's. Units: b's over the diagonals'.
    Rule:   b̄ = λ with Aᵀ λ = x̄, the diagonals exchanged; Ā = -λ xᵀ on the three diagonals, summed over columns.
    Raises: OperandError where the lengths do not fit or A is singular.
    Source: LAPACK gtsv; Giles, Collected Matrix Derivative Results (2008) 2.3.1.
    """
    n = diagonal.shape[0]
    if diagonal.ndim != 1 or b.ndim not in (1, 2) or b.shape[0] != n or not lower.shape == upper.shape == (n - 1,):
        raise ValueError("n unknowns need n - 1 entries in lower and upper, n in diagonal, and n or (n, k) in b")
    if n == 1:
        if diagonal[0] == 0:
            raise LinAlgError("the matrix is singular")
        return b / diagonal[0]
    (gtsv,) = get_lapack_funcs(("gtsv",), (lower, diagonal, upper, b))
    *_, x, info = gtsv(lower, diagonal, upper, b)
    if info > 0:
        raise LinAlgError(f"the matrix is singular: pivot {info} is zero")
    return x.reshape(b.shape)


@solve.meta
def _(lower, diagonal, upper, b):
    return attrs.evolve(b, dtype=np.result_type(lower.dtype, diagonal.dtype, upper.dtype, b.dtype))


@solve.vjp("lower", "diagonal", "upper", "b")
def _(g, lower, diagonal, upper, b: Meta, out, needs, xp):
    adjoint = solve(upper, diagonal, lower, g)
    return (
        -inner(adjoint[1:, ...], out[:-1, ...], b, xp) if needs.lower else None,
        -inner(adjoint, out, b, xp) if needs.diagonal else None,
        -inner(adjoint[:-1, ...], out[1:, ...], b, xp) if needs.upper else None,
        adjoint if needs.b else None,
    )


def inner(left, right, b, xp):
    """Return products row by row, summed over the columns where there are any."""
    return left * right if b.ndim == 1 else xp.sum(left * right, axis=1)


@solve.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    sides = draw(strategies.sampled_from([(n,), (n, draw(strategies.sides()))]))
    lower, upper = (draw(strategies.array((n - 1,))) for _ in range(2))
    return Sample(lower, 12 + draw(strategies.array((n,))), upper, draw(strategies.array(sides)))


@hookimpl
def mutorch_register_ops(namespace: str, api_version: int) -> Sequence[Op[..., object]]:
    """Return the only op."""
    return [solve]
