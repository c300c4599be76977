"""Helpers for matrices: adjoints, Hermitian parts, diagonals, and thresholds of rounding.

Rules of factorisations are derived for ⟨A, B⟩ = Re tr(Aᴴ B), as the literature does. A cotangent of this project,
a transpose, is the conjugate of theirs: such rules conjugate what comes in and what they return.
"""

from __future__ import annotations

from typing import Any

from mutorch_core.authoring import device_of
from mutorch_ops_basic.operands.dtypes import conjugate

__all__ = [
    "adjoint",
    "antihermitian",
    "expand_per_matrix",
    "hermitian",
    "identity",
    "place_on_diagonal",
    "require_square",
    "rounding_bound",
    "safe_reciprocal",
]


def adjoint(x: Any, xp: Any) -> Any:
    """Return the conjugate transpose xᴴ."""
    return conjugate(xp.matrix_transpose(x), xp)


def hermitian(x: Any, xp: Any) -> Any:
    """Return (x + xᴴ) / 2, exactly x if x is Hermitian. It halves first, so that the sum can't overflow."""
    half = 0.5 * x
    return half + adjoint(half, xp)


def antihermitian(x: Any, xp: Any) -> Any:
    """Return the antihermitian part (x - xᴴ) / 2."""
    half = 0.5 * x
    return half - adjoint(half, xp)


def identity(n: int, like: Any, xp: Any) -> Any:
    """Return the n × n identity matrix, of the dtype of `like`."""
    return xp.eye(n, dtype=like.dtype, device=device_of(like))


def place_on_diagonal(entries: Any, shape: tuple[int, ...], offset: int, xp: Any) -> Any:
    """Return matrices of `shape` with the last axis of `entries` on a diagonal, zeros elsewhere."""
    m, n = shape[-2:]
    axis, side = (-1, m) if offset >= 0 else (-2, n)  # a row, or a column, for each entry
    rest = xp.zeros((*entries.shape[:-1], side - entries.shape[-1]), dtype=entries.dtype, device=device_of(entries))
    lines = xp.expand_dims(xp.concat([entries, rest], axis=-1), axis=axis)
    return xp.where(xp.eye(m, n, k=offset, device=device_of(entries)) == 1, lines, 0)


def expand_per_matrix(x: Any, xp: Any) -> Any:
    """Reshape one number per matrix so that it multiplies the matrix's entries."""
    return xp.expand_dims(xp.expand_dims(x, axis=-1), axis=-1)


def require_square(x: Any) -> None:
    """Raise ValueError if x holds no square matrices."""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"x has the shape {tuple(x.shape)}: its last two axes must be of one length")


def rounding_bound(sizes: Any, sides: tuple[int, ...], xp: Any) -> Any:
    """Return a bound, (..., 1), on the rounding error of eigenvalues or singular values `sizes`, (..., k).

    A factorisation is exact for a matrix this near: values that differ by less can't be told apart.
    """
    if sizes.shape[-1] == 0:
        return xp.zeros((*sizes.shape[:-1], 1), dtype=sizes.dtype, device=device_of(sizes))
    return 4 * max(sides) * xp.finfo(sizes.dtype).eps * xp.max(xp.abs(sizes), axis=-1, keepdims=True)


def safe_reciprocal(x: Any, slack: Any, xp: Any) -> Any:
    """Return 1 / x, but 0 with zero derivatives where |x| is no larger than `slack`."""
    none = xp.abs(x) <= slack
    return xp.where(none, 0, 1 / xp.where(none, 1, x))
