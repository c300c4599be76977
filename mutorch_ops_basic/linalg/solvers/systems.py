"""Systems of linear equations: solutions, inverses, pseudo-inverses, powers, and the rank."""

from __future__ import annotations

import numpy as np

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_core.domain import Interval
from mutorch_ops_basic.linalg.factorisations.eigen_and_svd import svd
from mutorch_ops_basic.linalg.matrix_helpers import adjoint, identity, require_square
from mutorch_ops_basic.operands.dtypes import conjugate

__all__ = ["inv", "matrix_power", "matrix_rank", "pinv", "solve", "solve_transposed"]


@op("basic::linalg.solve")
def solve(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The solution y of x₁ y = x₂.

    Shapes: x1 (..., n, n), x2 (n,) or (..., n, k), leading axes broadcast, result (..., n) or (..., n, k).
    Units:  x2's over x1's.
    Rule:   x̄₂ = x₁⁻ᵀ ȳ, x̄₁ = -x̄₂ yᵀ, with one solution for both.
    Raises: OperandError where x1 is not square or is singular, or the shapes do not fit.
    Source: Array API standard 2024.12; Giles, Collected Matrix Derivative Results (2008) 2.3.1.
    """
    return xp.linalg.solve(x1, x2)


@solve.forward("torch")
def _(x1, x2, *, xp):
    if x1.ndim != x2.ndim or x1.dtype != x2.dtype:  # PyTorch could mistake matrices for vectors
        return xp.linalg.solve(x1, x2)
    return xp.linalg.solve_ex(x1, x2, check_errors=True).result


@solve.vjp("x1", "x2")
def _(g, x1, x2: Meta, out, needs, xp):
    vector = x2.ndim == 1
    if vector:
        g, out = xp.expand_dims(g, axis=-1), xp.expand_dims(out, axis=-1)
    pulled = solve_transposed(x1, g)
    by_x1 = -pulled @ xp.matrix_transpose(out) if needs.x1 else None
    by_x2 = (xp.squeeze(pulled, axis=-1) if vector else pulled) if needs.x2 else None
    return by_x1, by_x2


@op("basic::linalg.solve_transposed")
def solve_transposed(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The solution y of x₁ᵀ y = x₂, by the factors of x₁: those of x₁ᵀ might be refused where `solve` took x₁.

    Shapes: x1 (..., n, n), x2 (..., n, k), leading axes broadcast, result (..., n, k). Units: x2's over x1's.
    Rule:   x̄₂ = x₁⁻¹ ȳ, x̄₁ = -y x̄₂ᵀ, with one solution for both.
    Raises: OperandError where x1 is not square or is singular, or the shapes do not fit; x2 is a vector.
    Source: LAPACK's `getrs` with `trans='T'`.
    """
    require_columns(x2)
    return xp.matrix_transpose(xp.linalg.inv(x1)) @ x2


@solve_transposed.forward("torch")
def _(x1, x2, *, xp):
    require_columns(x2)
    factors = xp.linalg.lu_factor(x1)
    if not x2.is_complex():
        return xp.linalg.lu_solve(*factors, x2, adjoint=True)
    return xp.linalg.lu_solve(*factors, x2.conj(), adjoint=True).conj().resolve_conj()


def require_columns(x2):
    """Raise ValueError for a vector."""
    if x2.ndim < 2:
        raise ValueError("x2 is a vector; it has to be a matrix, or a stack of them")


@solve_transposed.vjp("x1", "x2")
def _(g, x1, out, needs, xp):
    pulled = xp.linalg.solve(x1, g)
    return -out @ xp.matrix_transpose(pulled) if needs.x1 else None, pulled if needs.x2 else None


@solve_transposed.samples
def _(draw, strategies, Sample):
    n, k = draw(strategies.sides()), draw(strategies.sides())
    x1 = draw(strategies.square(n)) + draw(strategies.array((n, n), -0.5, 0.5))
    return Sample(x1, draw(strategies.array(draw(strategies.sampled_from([(n, k), (2, n, k)])))))


@solve.samples
def _(draw, strategies, Sample):
    n, k = draw(strategies.sides()), draw(strategies.sides())
    batch, right = draw(
        strategies.sampled_from([((), (n,)), ((), (n, k)), ((2,), (n,)), ((2,), (n, k)), ((2, 1), (3, n, k))])
    )
    x1 = draw(strategies.square(n)) + draw(strategies.array((*batch, n, n), -0.5, 0.5))
    return Sample(x1, draw(strategies.array(right)))


@op("basic::linalg.inv")
def inv(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The inverses of matrices.

    Shapes: x (..., n, n), result (..., n, n). Units: one over x's.
    Rule:   x̄ = -yᵀ ȳ yᵀ, which keeps the result alone.
    Raises: OperandError where x is not square or is singular.
    Source: Array API standard 2024.12; Giles (2008) 2.2.3.
    """
    return xp.linalg.inv(x)


@inv.vjp("x")
def _(g, out, xp):
    turned = xp.matrix_transpose(out)
    return -turned @ g @ turned


@inv.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    batch = draw(strategies.sampled_from([(), (2,)]))
    return Sample(draw(strategies.square(n)) + draw(strategies.array((*batch, n, n), -0.5, 0.5)))


@op("basic::linalg.matrix_power", composite=True)
def matrix_power(x: Array, n: int, /, *, xp: Namespace = injected) -> Array:
    """Matrices to an integer power, by repeated squaring; of their inverses where it is negative.

    Shapes: x (..., k, k), result (..., k, k). Units: x's to that power.
    Rule:   that of the products, 0 for n = 0.
    Raises: OperandError where x is not square, or is singular and n negative; TypeError where n is no integer.
    Source: Array API standard 2024.12.
    """
    if not isinstance(n, int):
        raise TypeError(f"n is {n!r}: the power of a matrix must be an integer")
    require_square(x)
    if n == 0:
        return xp.zeros_like(x) + identity(x.shape[-1], x, xp)
    square, left = (inv(x), -n) if n < 0 else (x, n)
    power = square if left % 2 else None
    while left := left // 2:
        square = square @ square
        if left % 2:
            power = square if power is None else power @ square
    return power


@matrix_power.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    batch = draw(strategies.sampled_from([(), (2,)]))
    x = draw(strategies.square(n)) / (4 * n) + draw(strategies.array((*batch, n, n), -0.25, 0.25))
    return Sample(x, draw(strategies.sampled_from([2, 3, -1, 5, 0, -2])))


@op("basic::linalg.pinv", composite=True, domain={"rtol": Interval(2**-10, 1)}, nondiff=("rtol",))
def pinv(x: Array, /, *, rtol: Array | None = None, xp: Namespace = injected) -> Array:
    """The Moore-Penrose inverses of matrices; singular values up to `rtol` times the largest count as 0.

    Shapes: x (..., m, n), rtol (...), result (..., n, m). Units: one over x's.
    Rule:   x̄ = -yᵀ ȳ yᵀ + conj((1 - x y) ȳᵀ y yᴴ + yᴴ y ȳᵀ (1 - y x)), that of a matrix whose rank stays; where `rtol`
            is given, of x without the singular values that it leaves out.
    At kinks: where the rank changes the inverse has a pole; the rule is that of changes which keep the rank.
    Raises: OperandError where x has fewer than two axes.
    Source: Array API standard 2024.12; Golub & Pereyra, SIAM J. Numer. Anal. 10 (1973) 413, eq. 4.12.
    """
    return pseudoinverse(x if rtol is None or 0 in x.shape[-2:] else truncate(x, rtol, xp), rtol=rtol)


def truncate(x, rtol, xp):
    """Drop the singular values below `rtol` by a projection, which depends on no choice of vectors."""
    factors = svd(x, full_matrices=False)
    sizes = factors.S
    kept = sizes > xp.expand_dims(xp.asarray(rtol, dtype=sizes.dtype, device=device_of(x)), axis=-1) * sizes[..., :1]
    left = xp.where(xp.expand_dims(kept, axis=-2), factors.U, 0)
    return left @ (adjoint(left, xp) @ x)


@op("basic::linalg.pseudoinverse", nondiff=("rtol",))
def pseudoinverse(x: Array, /, *, rtol: Array | None = None, xp: Namespace = injected) -> Array:
    """Return the pseudo-inverse for an `rtol` that drops rounding alone."""
    return xp.linalg.pinv(x, rtol=rtol)


@pseudoinverse.vjp("x")
def _(g, x, out, xp):
    y, w = out, adjoint(out, xp)
    seed = xp.matrix_transpose(g)
    left, right = (
        bounded_projection(each, seed, xp)
        for each in (seed - triple_product(x, y, seed), seed - triple_product(seed, y, x))
    )
    return conjugate(
        triple_product(left, y, w) + triple_product(w, y, right) - triple_product(w, conjugate(g, xp), w), xp
    )


def triple_product(a, b, c):
    """Multiply m × n, n × m and m × n matrices without squaring the longer side, which may be millions of rows."""
    return a @ (b @ c) if a.shape[-2] > a.shape[-1] else (a @ b) @ c


def bounded_projection(part, whole, xp):
    """Drop entries of a projection that exceed the norm of `whole`: they are rounding, and products might overflow."""
    return xp.where(xp.abs(part) > xp.sum(xp.abs(whole), axis=(-2, -1), keepdims=True), 0, part)


@pinv.samples
def _(draw, strategies, Sample):
    m, n = draw(strategies.sides()), draw(strategies.sides())
    batch = draw(strategies.sampled_from([(), (2,)]))
    return Sample(draw(strategies.array((*batch, m, n), -1, 1)) + 4 * np.eye(m, n))


@op("basic::linalg.matrix_rank", domain={"rtol": Interval(2**-10, 0.5)}, nondiff=("x", "rtol"))
def matrix_rank(x: Array, /, *, rtol: Array | None = None, xp: Namespace = injected) -> Array:
    """The number of singular values that exceed `rtol` times the largest.

    Shapes: x (..., m, n), result (...), integer. Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x has fewer than two axes.
    Source: Array API standard 2024.12.
    """
    return xp.linalg.matrix_rank(x, rtol=rtol)


@matrix_rank.samples
def _(draw, strategies, Sample):
    batch = draw(strategies.sampled_from([(), (2,)]))
    rtol = draw(strategies.sampled_from([None, 0.125, 0.5]))
    x = draw(strategies.array((*batch, draw(strategies.sides()), draw(strategies.sides()))))
    return Sample(x, rtol=None if rtol is None else np.full(batch, rtol))
