"""Cholesky and QR factorisations."""

from __future__ import annotations

from typing import Literal, NamedTuple

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_basic.linalg.matrix_helpers import adjoint, antihermitian, hermitian, identity, require_square
from mutorch_ops_basic.operands.dtypes import conjugate, is_complex

__all__ = ["cholesky", "qr"]


@op("basic::linalg.cholesky")
def cholesky(x: Array, /, *, upper: bool = False, xp: Namespace = injected) -> Array:
    """The triangular L with positive diagonal and L Lᴴ = (x + xᴴ) / 2, or Lᴴ if `upper`.

    Both triangles of x count alike, so that its cotangent is Hermitian, as a change of x should be.

    Shapes: x (..., n, n), result (..., n, n). Units: the root of x's.
    Rule:   x̄ = conj(L⁻ᴴ H L⁻¹), H the Hermitian matrix whose lower triangle is half that of Lᴴ conj(ȳ).
    Raises: OperandError where x is not square, or not positive definite.
    Source: Array API standard 2024.12; Murray, Differentiation of the Cholesky decomposition (2016) eq. 10.
    """
    require_square(x)
    return xp.linalg.cholesky(hermitian(x, xp), upper=upper)


@cholesky.forward("dask")
def _(x, *, upper, xp):
    from dask.array.linalg import cholesky as factor  # upper by default, which the standard's is not

    return factor(hermitian(x, xp), lower=not upper)


@cholesky.vjp("x")
def _(g, out, upper, xp):
    lower, g = (adjoint(out, xp), xp.matrix_transpose(g)) if upper else (out, conjugate(g, xp))
    half = xp.tril(adjoint(lower, xp) @ g)
    inner = hermitian(half - 0.5 * xp.tril(xp.triu(half)), xp)
    turned = adjoint(lower, xp)
    return conjugate(adjoint(xp.linalg.solve(turned, adjoint(xp.linalg.solve(turned, inner), xp)), xp), xp)


@cholesky.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    x = draw(strategies.spd(n)) + draw(
        strategies.array((*draw(strategies.sampled_from([(), (2,)])), n, n), -0.25, 0.25)
    )
    return Sample(x, upper=draw(strategies.booleans()))


class QRResult(NamedTuple):
    """Q with orthonormal columns, and the upper triangular R."""

    Q: Array
    R: Array


@op("basic::linalg.qr")
def qr(x: Array, /, *, mode: Literal["reduced", "complete"] = "reduced", xp: Namespace = injected) -> QRResult:
    """The factors of x = Q R, Q with orthonormal columns and R upper triangular, its diagonal real and of either sign.

    "complete" makes Q square. Its further columns are those that Householder's reflections give: a function of the
    others, and so they have derivatives too.

    Shapes: x (..., m, n), Q (..., m, k), R (..., k, n), k the smaller of m and n, or m for "complete".
    Units:  Q none, R x's.
    Rule:   x̄ = conj([Q̃ + Q C] R⁻ᴴ), C the Hermitian matrix with the lower triangle of R R̃ᴴ - Q̃ᴴ Q, and Q̃ and R̃ the
            conjugates of Q̄ and R̄; where m < n for the first m columns, the others by R's others = Qᴴ x.
    At kinks: a column of x that depends on those before it leaves its column of Q unknown; that one's cotangent is
        dropped.
    Raises: OperandError where x has fewer than two axes, or for another `mode`.
    Source: Array API standard 2024.12; Walter & Lehmann, arXiv:1009.6112; Roberts & Roberts, arXiv:2009.10071.
    """
    return QRResult(*xp.linalg.qr(x, mode=mode))


@qr.vjp("x")
def _(g, Q, R, xp):
    k = min(Q.shape[-2], R.shape[-1])
    by_q, by_r = conjugate(g.Q, xp), xp.triu(conjugate(g.R, xp))[..., :k, :]
    q, square, rest = Q[..., :, :k], R[..., :k, :k], R[..., :k, k:]
    if Q.shape[-1] > k:
        by_q = by_q[..., :, :k] + cotangent_by_others(Q, by_q, k, xp)
    if R.shape[-1] == k:
        return conjugate(cotangent_by_columns(q, square, by_q, by_r, xp), xp)
    by_rest = by_r[..., :, k:]
    by_q = by_q + q @ rest @ adjoint(by_rest, xp)
    return conjugate(xp.concat([cotangent_by_columns(q, square, by_q, by_r[..., :, :k], xp), q @ by_rest], axis=-1), xp)


def cotangent_by_columns(q, r, by_q, by_r, xp):
    """Return the cotangent of x = q r, from q, the square r, and the cotangents of both.

    With X = qᴴ dx and Ω = qᴴ dq, which is antihermitian: dr = X - Ω r, where Ω's lower triangle is that of X r⁻¹.
    """
    inner = antihermitian(r @ adjoint(by_r, xp) - adjoint(by_q, xp) @ q, xp)
    lower = 2 * xp.tril(inner, k=-1)
    if is_complex(inner):
        lower = lower + xp.tril(xp.triu(inner))  # the diagonal of Ω, imaginary, keeps that of r real
    direction = q @ (lower - adjoint(q, xp) @ by_q) + by_q
    sizes = xp.abs(r)
    pivots = xp.expand_dims(xp.linalg.diagonal(sizes), axis=-2)
    dependent = pivots <= 4 * max(q.shape[-2:]) * xp.finfo(sizes.dtype).eps * xp.sum(sizes, axis=-2, keepdims=True)
    safe = xp.where(dependent, identity(r.shape[-1], r, xp), r)
    return q @ by_r + xp.where(dependent, 0, adjoint(xp.linalg.solve(safe, adjoint(direction, xp)), xp))


def cotangent_by_others(full, by_full, k, xp):
    """Turn the cotangent of the further columns of Q into one of the first k columns.

    Householder's Q fixes the vectors in the span of [-z; 1], since Q - 1 has rank k. The span keeps its dimension: this
    determines how the further columns turn among themselves as the first ones move.
    """
    q, others, by_others = full[..., :, :k], full[..., :, k:], by_full[..., :, k:]
    top = q[..., :k, :] - identity(k, q, xp)
    z = xp.linalg.pinv(adjoint(top, xp)) @ adjoint(q[..., k:, :], xp)
    turn = antihermitian(adjoint(others, xp) @ by_others, xp) @ adjoint(z, xp)
    return others @ (2 * turn - adjoint(by_others, xp) @ q) - q @ (z @ turn)


@qr.samples
def _(draw, strategies, Sample):
    m, n = draw(strategies.sides()), draw(strategies.sides())
    x = draw(strategies.array((*draw(strategies.sampled_from([(), (2,)])), m, n)))
    return Sample(x, mode=draw(strategies.sampled_from(["reduced", "complete"])))
