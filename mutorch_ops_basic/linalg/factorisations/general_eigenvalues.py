"""Eigenvalues and eigenvectors of matrices that need not be symmetric; both are complex, whatever the matrix is."""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_ops_basic.linalg.factorisations.lu_decomposition import lu_factor, lu_solve, without_zero_pivots

__all__ = ["eig", "eigvals"]


class Eigen(NamedTuple):
    """Eigenvalues, and the eigenvectors as columns in their order."""

    eigenvalues: Array
    eigenvectors: Array


@op("basic::linalg.eig")
def eig(x: Array, /, *, xp: Namespace = injected) -> Eigen:
    """Eigenvalues λ and eigenvectors V of x: x V = V diag(λ), both complex.

    An eigenvector is known up to a complex factor. Here its length is 1, and the first of its entries that is at least
    half as large as the largest is positive: so it is a smooth function of x almost everywhere.

    Shapes: x (..., n, n), eigenvalues (..., n), in the array library's order, eigenvectors (..., n, n), as columns.
    Units:  those of eigenvalues are x's, those of eigenvectors none.
    Rule:   x̄ = V⁻ᵀ (diag(λ̄) + F ∘ Vᵀ V̄′) Vᵀ with Fᵢⱼ = 1 / (λⱼ - λᵢ), V̄′ = V̄ less what would change an eigenvector's
            length or turn its positive entry.
    At kinks: terms with equal eigenvalues are dropped. Where eigenvectors are no basis, there is no derivative: V⁻ᵀ has
            huge numbers then, or NaN.
    Raises: OperandError where x has no square matrices.
    Source: `numpy.linalg.eig`; Boeddeker and others, "On the computation of complex-valued gradients", 2017.
    """
    values, vectors = xp.linalg.eig(x)
    dtype = xp.result_type(x.dtype, xp.complex64)
    values, vectors = xp.astype(values, dtype, copy=False), xp.astype(vectors, dtype, copy=False)
    if 0 in vectors.shape:
        return Eigen(values, vectors)
    positive = xp.take_along_axis(vectors, leading_rows(vectors, xp), axis=-2)
    return Eigen(values, vectors * (xp.conj(positive) / xp.abs(positive)))


@eig.vjp("x")
def _(g, eigenvalues, eigenvectors, reached, xp):
    back = xp.matrix_transpose(eigenvectors)
    inner = 0 if g.eigenvalues is None else xp.expand_dims(g.eigenvalues, axis=-1) * back
    if reached.eigenvectors and eigenvectors.size:
        gaps = xp.expand_dims(eigenvalues, axis=-2) - xp.expand_dims(eigenvalues, axis=-1)
        apart = xp.where(gaps == 0, 0, 1 / xp.where(gaps == 0, 1, gaps))
        inner = inner + (apart * (back @ normalized_cotangent(g.eigenvectors, eigenvectors, xp))) @ back
    packed, piv = lu_factor(back)
    return lu_solve((without_zero_pivots(packed, nan, xp), piv), inner)


def normalized_cotangent(g, vectors, xp):
    """Return the cotangent of vectors of free length and phase, from the one of normalised vectors."""
    along = xp.sum(g * vectors, axis=-2, keepdims=True)
    turning, positions = (along - xp.conj(along)) / 2, leading_rows(vectors, xp)
    rows = xp.expand_dims(xp.arange(vectors.shape[-2], device=device_of(vectors)), axis=-1)
    there = xp.where(rows == positions, turning / xp.take_along_axis(vectors, positions, axis=-2), 0)
    return g - xp.conj(vectors) * (along - turning) - there


def leading_rows(vectors, xp):
    """Return the row of each column's first entry that is at least half as large as its largest."""
    sizes = xp.abs(vectors)
    large = sizes >= xp.max(sizes, axis=-2, keepdims=True) / 2
    return xp.argmax(xp.astype(large, xp.int8), axis=-2, keepdims=True)


@op("basic::linalg.eigvals", composite=True)
def eigvals(x: Array, /) -> Array:
    """The eigenvalues of x, complex.

    Shapes: x (..., n, n), result (..., n), in the array library's order. Units: x's.
    Rule:   that of eig without eigenvectors: x̄ = V⁻ᵀ diag(λ̄) Vᵀ.
    At kinks: where eigenvectors are no basis, there is no derivative, and the rule gives huge numbers or NaN.
    Raises: OperandError where x has no square matrices.
    Source: `numpy.linalg.eigvals`.
    """
    return eig(x).eigenvalues


@eig.samples
@eigvals.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    stack = draw(strategies.sampled_from([(), (), (2,)]))
    x = draw(strategies.array((*stack, n, n), -1.0, 1.0)) + np.diag(4.0 * np.arange(n))  # eigenvalues far apart
    rotation = np.asarray([[0.0, 3.0], [-3.0, 0.0]])  # and a pair of complex ones
    return Sample(x + rotation if n == 2 and draw(strategies.booleans()) else x)
