"""Determinants, right at singular matrices too.

The slope of det is the matrix of cofactors, a polynomial in the entries: written out for up to three rows, so that it
is right to every order, and from a singular value decomposition for more. Neither it nor its rule divides, so that
det is right to second order everywhere:

    x = U S Vᴴ          cof(x) = cof(U) cof(S) cof(Vᴴ),         cof(U) = det(U) conj(U) for a unitary U
    cof(S)ᵢᵢ = Πₖ≠ᵢ sₖ   D cof(S)[F]ᵢᵢ = Σⱼ≠ᵢ Fⱼⱼ Πₖ≠ᵢⱼ sₖ,     D cof(S)[F]ᵢⱼ = -Fⱼᵢ Πₖ≠ᵢⱼ sₖ
"""

from __future__ import annotations

from math import nan
from typing import NamedTuple

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_basic.linalg.matrix_helpers import expand_per_matrix, identity, place_on_diagonal
from mutorch_ops_basic.operands.dtypes import conjugate, is_complex
from mutorch_ops_basic.reductions.cumulative import products_of_others

__all__ = ["det", "slogdet"]


@op("basic::linalg.det")
def det(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The determinants of matrices.

    Shapes: x (..., n, n), result (...). Units: x's to the power n.
    Rule:   x̄ = ȳ cof(x), also where x is singular: of rank n - 1 the cofactors are not all 0, of rank n - 2 their own
            slopes are not. For n > 3 orders past the second divide by the determinant.
    Raises: OperandError where x is not square; from the third order on, where it is singular and n > 3.
    Source: Array API standard 2024.12; Magnus & Neudecker, Matrix Differential Calculus (2019) 8.3.
    """
    return xp.linalg.det(x)


@det.vjp("x")
def _(g, x, xp):
    return expand_per_matrix(g, xp) * slope_of_det(x, xp)


def slope_of_det(x, xp):
    """Return the cofactors of x, (..., n, n)."""
    n = x.shape[-1]
    if n == 1:
        return xp.ones_like(x)
    if n == 2:
        around = xp.flip(x, axis=(-2, -1))
        return xp.where(identity(2, x, xp) == 1, around, -around)
    if n == 3:  # each row is the cross product of the two that follow it
        return xp.linalg.cross(xp.roll(x, -1, axis=-2), xp.roll(x, -2, axis=-2), axis=-1)
    return cofactors(x)


@op("basic::linalg.cofactors")
def cofactors(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Return the cofactors of x, (..., n, n), of any size."""
    left, sizes, right, turn = svd_factors(x, xp)
    return turn * ((left * xp.expand_dims(products_of_others(sizes, xp), axis=-2)) @ right)


@cofactors.vjp("x")
def _(g, x):
    return curvature(x, g)


@op("basic::linalg.curvature")
def curvature(x: Array, w: Array, /, *, xp: Namespace = injected) -> Array:
    """Return the change of the cofactors of x (..., n, n) along w (..., n, n)."""
    left, sizes, right, turn = svd_factors(x, xp)
    n = x.shape[-1]
    inner = xp.matrix_transpose(left) @ w @ xp.matrix_transpose(right)
    diagonal = identity(n, sizes, xp) == 1
    rows = xp.where(diagonal, 1, xp.expand_dims(sizes, axis=-2))
    others = xp.where(diagonal, 0, products_of_others(rows, xp))
    along = xp.sum(others * xp.expand_dims(xp.linalg.diagonal(inner), axis=-2), axis=-1)
    return turn * (left @ (place_on_diagonal(along, inner.shape, 0, xp) - others * xp.matrix_transpose(inner)) @ right)


@curvature.vjp("w")
def _(g, x):
    return curvature(x, g)


@curvature.vjp("x")
def _(g, x, w, xp):
    turned = xp.matrix_transpose(xp.linalg.inv(x))  # of the third order on; exact to all of them
    by_w, by_g = (turned @ xp.matrix_transpose(each) @ turned for each in (w, g))
    share_w, share_g = (xp.sum(turned * each, axis=(-2, -1), keepdims=True) for each in (w, g))
    both = xp.sum(by_w * g, axis=(-2, -1), keepdims=True)
    mixed = by_w @ xp.matrix_transpose(g) @ turned + by_g @ xp.matrix_transpose(w) @ turned
    total = (share_w * share_g - both) * turned - share_g * by_w - share_w * by_g + mixed
    return expand_per_matrix(xp.linalg.det(x), xp) * total


def svd_factors(x, xp):
    """Return conj(U), the singular values, conj(Vᴴ), and det(U Vᴴ), which has modulus 1."""
    left, sizes, right = xp.linalg.svd(x)
    turn = expand_per_matrix(xp.linalg.det(left) * xp.linalg.det(right), xp)
    return conjugate(left, xp), sizes, conjugate(right, xp), turn


class SlogdetResult(NamedTuple):
    """A determinant as its sign, of modulus 1, and the logarithm of its modulus."""

    sign: Array
    logabsdet: Array


@op("basic::linalg.slogdet")
def slogdet(x: Array, /, *, xp: Namespace = injected) -> SlogdetResult:
    """The sign and the logarithm of the modulus of determinants, which may themselves be too large or small.

    Shapes: x (..., n, n), sign (...), logabsdet (...), real. Units: none.
    Rule:   x̄ = l̄ x⁻ᵀ; of complex x, where the sign turns, (l̄ + i Im(s̄ s)) x⁻ᵀ.
    At kinks: the sign is 0 and the logarithm -inf where x is singular, and x̄ is NaN; 0 where l̄ is 0.
    Raises: OperandError where x is not square.
    Source: Array API standard 2024.12; Giles (2008) 2.2.4.
    """
    return SlogdetResult(*xp.linalg.slogdet(x))


@slogdet.vjp("x")
def _(g, x, sign, xp):
    share = g.logabsdet + 1j * xp.imag(g.sign * sign) if is_complex(x) else g.logabsdet
    singular = sign == 0
    share = xp.where(singular & (share != 0), nan, share)
    safe = xp.where(expand_per_matrix(singular, xp), identity(x.shape[-1], x, xp), x)
    return expand_per_matrix(share, xp) * xp.matrix_transpose(xp.linalg.inv(safe))


@det.samples
@slogdet.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    batch = draw(strategies.sampled_from([(), (2,), (1, 2)]))
    return Sample(draw(strategies.array((*batch, n, n))))


@det.samples
def _(draw, strategies, Sample):
    n, rank = draw(strategies.sampled_from([(2, 1), (4, 4), (3, 2), (4, 3), (2, 0)]))
    left, right = draw(strategies.array((n, rank))), draw(strategies.array((rank, n)))
    return Sample(left @ right)
