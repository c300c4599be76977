"""Eigenvalues of Hermitian matrices and singular values, with their vectors.

Vectors of equal values are an arbitrary basis of their space. A function that depends on the space alone has a
derivative, without the terms that divide by a difference of equal values: the rules drop these terms. Values count as
equal if rounding could have separated them.

To second order, a change of the matrix inside of such a space matters too, since it turns the basis. V diag(w) Vᴴ does
not contain it, but Vᴴ x V does: its off-diagonal entries between equal values, `inner`, are 0 in value but not in their
derivatives. The rules add them, so that functions of invariant subspaces are right to second order.

No rule can be right for a function that differs inside of such a space: a change there multiplies f' in
V diag(f(w)) Vᴴ, and f'' in Σ f(w) to second order, of which w̄ holds only a diagonal and V̄ nothing. Such functions need
distinct values.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_basic.linalg.factorisations.cholesky_and_qr import qr
from mutorch_ops_basic.linalg.matrix_helpers import (
    adjoint,
    antihermitian,
    hermitian,
    identity,
    require_square,
    rounding_bound,
    safe_reciprocal,
)
from mutorch_ops_basic.operands.dtypes import conjugate, is_complex

__all__ = ["eigh", "eigvalsh", "svd", "svdvals"]


class EighResult(NamedTuple):
    """Eigenvalues in ascending order, and the orthonormal eigenvectors, as columns."""

    eigenvalues: Array
    eigenvectors: Array


@op("basic::linalg.eigh")
def eigh(x: Array, /, *, xp: Namespace = injected) -> EighResult:
    """Eigenvalues and eigenvectors of the Hermitian part (x + xᴴ) / 2, which of a Hermitian x is x.

    Both triangles of x count alike, so that its cotangent is Hermitian. The first entry of each complex eigenvector is
    real; signs are the library's.

    Shapes: x (..., n, n), eigenvalues (..., n), eigenvectors (..., n, n). Units: eigenvalues x's, eigenvectors none.
    Rule:   x̄ = conj(V (diag(w̄) + F ∘ K) Vᴴ), Fᵢⱼ = 1 / (wⱼ - wᵢ), K the antihermitian part of Vᴴ conj(V̄), less what
            would turn a vector's first entry.
    At kinks: F is 0 for equal eigenvalues, which is right for what depends on their space alone, to second order. A
        vector whose first entry is 0 has no phase to keep, nor must a function of it depend on one.
    Raises: OperandError where x is not square.
    Source: Array API standard 2024.12; Magnus & Neudecker (2019) 8.9; Giles (2008) 3.1.
    """
    require_square(x)
    values, vectors = xp.linalg.eigh(hermitian(x, xp))
    if is_complex(vectors):
        vectors = vectors * phase_corrections(vectors[..., :1, :], xp)
    return EighResult(values, vectors)


@eigh.vjp("x")
def _(g, x, eigenvalues, eigenvectors, xp):
    v, back = eigenvectors, adjoint(eigenvectors, xp)
    turning = back @ conjugate(g.eigenvectors, xp)
    slack = rounding_bound(eigenvalues, x.shape[-2:], xp)
    if is_complex(v):
        turning = project_phases(turning, turning, v[..., :1, :], xp)
    inner = degenerate_block(back @ hermitian(x, xp) @ v, eigenvalues, slack, xp)
    across = solve_differences(antihermitian(turning, xp), eigenvalues, slack, inner, xp)
    return conjugate((v * xp.expand_dims(g.eigenvalues, axis=-2) + v @ across) @ back, xp)


@op("basic::linalg.eigvalsh")
def eigvalsh(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Eigenvalues of the Hermitian part (x + xᴴ) / 2, which of a Hermitian x is x, in ascending order.

    Shapes: x (..., n, n), result (..., n), real. Units: x's.
    Rule:   x̄ = conj(V diag(ȳ) Vᴴ), which divides by nothing.
    At kinks: equal eigenvalues get the cotangents of some basis of their space: right where those are equal too.
    Raises: OperandError where x is not square.
    Source: Array API standard 2024.12; Giles (2008) 3.1.
    """
    require_square(x)
    return xp.linalg.eigvalsh(hermitian(x, xp))


@eigvalsh.vjp("x")
def _(g, x, xp):
    v = eigh(x).eigenvectors
    return conjugate((v * xp.expand_dims(g, axis=-2)) @ adjoint(v, xp), xp)


@eigh.samples
@eigvalsh.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    x = draw(strategies.array((*draw(strategies.sampled_from([(), (2,)])), n, n), -1, 1))
    return Sample(x + np.diag(4.0 * np.arange(n)))


class SVDResult(NamedTuple):
    """Left singular vectors as columns, singular values in descending order, right singular vectors as rows."""

    U: Array
    S: Array
    Vh: Array


@op("basic::linalg.svd", composite=True)
def svd(x: Array, /, *, full_matrices: bool = True, xp: Namespace = injected) -> SVDResult:
    """The factors of x = U diag(S) Vh, U and Vhᴴ with orthonormal columns; with `full_matrices` both square.

    The first entry of each complex right singular vector is real, or of each left one where m < n; signs are the
    library's. The further vectors of a square U or Vh are those that a complete `qr` of the others gives.

    Shapes: x (..., m, n), S (..., k), U (..., m, k or m), Vh (..., k or n, n), k the smaller of m and n.
    Units:  S x's, U and Vh none.
    Rule:   x̄ = conj(U (diag(S̄) + F ∘ (K + L) + G ∘ (K - L)) Vh), Fᵢⱼ = 1 / (sⱼ - sᵢ), Gᵢⱼ = 1 / (sᵢ + sⱼ), K and L the
            antihermitian parts of Uᴴ conj(Ū) and Vᴴ conj(V̄); and what leaves the spaces of U and V, over S. Apart,
            since only F is infinite for equal singular values.
    At kinks: F is 0 for equal singular values, G and 1 / S are for those that are 0, which is right for what depends on
        their spaces alone, or on U Vh, to second order. Phases are as in `eigh`.
    Raises: OperandError where x has fewer than two axes.
    Source: Array API standard 2024.12; Townsend, Differentiating the Singular Value Decomposition (2016).
    """
    factors = reduced_svd(x)
    m, n = x.shape[-2:]
    if not full_matrices or m == n:
        return factors
    if m > n:
        others = qr(factors.U, mode="complete").Q[..., :, n:]
        return factors._replace(U=xp.concat([factors.U, others], axis=-1))
    others = qr(adjoint(factors.Vh, xp), mode="complete").Q[..., :, m:]
    return factors._replace(Vh=xp.concat([factors.Vh, adjoint(others, xp)], axis=-2))


@op("basic::linalg.reduced_svd")
def reduced_svd(x: Array, /, *, xp: Namespace = injected) -> SVDResult:
    """Return the `svd` with as many vectors on either side as there are singular values."""
    U, S, Vh = xp.linalg.svd(x, full_matrices=False)
    if is_complex(U) and 0 not in x.shape[-2:]:
        tall = x.shape[-2] >= x.shape[-1]
        turns = phase_corrections(Vh[..., :, :1], xp) if tall else adjoint(phase_corrections(U[..., :1, :], xp), xp)
        U, Vh = U * adjoint(turns, xp), Vh * turns
    return SVDResult(U, S, Vh)


@reduced_svd.vjp("x")
def _(g, x, U, S, Vh, xp):
    (m, n), left, v = x.shape[-2:], adjoint(U, xp), adjoint(Vh, xp)
    by_u, by_v = conjugate(g.U, xp), xp.matrix_transpose(g.Vh)
    turn_u, turn_v = left @ by_u, Vh @ by_v
    slack = rounding_bound(S, (m, n), xp)
    inner = degenerate_block(left @ x @ v, S, slack, xp)
    away_u, away_v = ((by - w @ turn) for by, w, turn in ((by_u, U, turn_u), (by_v, v, turn_v)))
    if is_complex(U) and m >= n:
        turn_v = project_phases(turn_v, turn_u + turn_v, v[..., :1, :], xp)
    elif is_complex(U):
        turn_u = project_phases(turn_u, turn_u + turn_v, U[..., :1, :], xp)
    turn_u, turn_v = antihermitian(turn_u, xp), antihermitian(turn_v, xp)
    across = solve_differences(turn_u + turn_v, S, slack, inner, xp) + solve_sums(turn_u - turn_v, S, slack, inner, xp)
    result = (U * xp.expand_dims(g.S, axis=-2) + U @ across) @ Vh
    if m > n:
        result = result + solve_values(away_u, S, slack, inner, xp) @ Vh
    if m < n:
        result = result + U @ adjoint(solve_values(away_v, S, slack, inner, xp), xp)
    return conjugate(result, xp)


@op("basic::linalg.svdvals")
def svdvals(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Singular values in descending order.

    Shapes: x (..., m, n), result (..., k), k the smaller of m and n; real. Units: x's.
    Rule:   x̄ = conj(U diag(ȳ) Vh), which divides by nothing.
    At kinks: the same at singular values that are equal, or 0, with some bases of their spaces; 0 at the zero matrix.
    Raises: OperandError where x has fewer than two axes.
    Source: Array API standard 2024.12; Giles (2008) 3.2.
    """
    return xp.linalg.svdvals(x)


@svdvals.vjp("x")
def _(g, x, out, xp):
    factors = reduced_svd(x)
    g = xp.where(out[..., :1] == 0, 0, g)
    return conjugate((factors.U * xp.expand_dims(g, axis=-2)) @ factors.Vh, xp)


@svd.samples
@svdvals.samples
def _(draw, strategies, Sample):
    m, n = draw(strategies.sides()), draw(strategies.sides())
    x = draw(strategies.array((*draw(strategies.sampled_from([(), (2,)])), m, n), -1, 1))
    return Sample(x + np.eye(m, n) * (2.0 + 4.0 * np.arange(n)))


# ------------------------------------------------------------------------------------------------------- phases


def phase_corrections(entries, xp):
    """Return the factors of modulus 1 that make complex entries real and keep their signs; 1 for 0."""
    real, imaginary, modulus = xp.real(entries), xp.imag(entries), xp.abs(entries)
    signed = xp.where(modulus == 0, 1, xp.where(real < 0, -modulus, modulus))
    return xp.where(modulus == 0, 1, real / signed) - 1j * (imaginary / signed)


def project_phases(turn, total, first, xp):
    """Project Vᴴ conj(V̄), the cotangent of vectors, so that their first entries stay real.

    The diagonal of `total` is the cotangent of the phases, from these vectors and from those that turn with them. It is
    moved to the first entries, since a phase turns the whole vector by the angle of its first entry. A first entry of
    nearly 0, as in some bases of a space of equal values, would amplify rounding and gets nothing.
    """
    phases = xp.expand_dims(xp.imag(xp.linalg.diagonal(total)), axis=-2)
    share = phases * safe_reciprocal(xp.real(first), xp.finfo(phases.dtype).eps ** 0.5, xp)
    return turn - 1j * (adjoint(first, xp) * share)


# --------------------------------------------------------------------------- quotients by differences and sums


def degenerate_block(inner, values, slack, xp):
    """Return the off-diagonal entries of the Hermitian `inner` between equal values."""
    gaps = xp.abs(xp.expand_dims(values, axis=-2) - xp.expand_dims(values, axis=-1))
    equal = (gaps <= xp.expand_dims(slack, axis=-1)) & (identity(values.shape[-1], values, xp) == 0)
    return xp.where(equal, hermitian(inner, xp), 0)


def solve_differences(k, values, slack, inner, xp):
    """Solve y m - m y = k for m = diag(values) + inner, to first order in `inner`; y is 0 between equal values."""
    row, column = xp.expand_dims(values, axis=-2), xp.expand_dims(values, axis=-1)
    over = safe_reciprocal(row - column, xp.expand_dims(slack, axis=-1), xp)
    y = over * k
    return y - over * (y @ inner - inner @ y)


def solve_sums(k, values, slack, inner, xp):
    """Solve y m + m y = k in the same way; y is 0 between values that are 0."""
    row, column = xp.expand_dims(values, axis=-2), xp.expand_dims(values, axis=-1)
    over = safe_reciprocal(row + column, xp.expand_dims(slack, axis=-1), xp)
    y = over * k
    return y - over * (y @ inner + inner @ y)


def solve_values(k, values, slack, inner, xp):
    """Solve y m = k in the same way; y is 0 for values that are 0."""
    over = xp.expand_dims(safe_reciprocal(values, slack, xp), axis=-2)
    y = over * k
    return y - over * (y @ inner)
