"""Triangular systems, and systems with a Cholesky factor, which are two of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_ops_basic.linalg.batching import broadcast_stacks, map_matrices
from mutorch_ops_basic.linalg.factorisations.cholesky_and_qr import cholesky
from mutorch_ops_basic.linalg.matrix_helpers import adjoint, identity, require_square
from mutorch_ops_basic.operands.axes import require_matrices
from mutorch_ops_basic.operands.dtypes import conjugate

__all__ = ["Transposition", "cho_factor", "cho_solve", "solve_triangular"]

Transposition = Literal[0, 1, 2, "N", "T", "C"]
PLAIN, TRANSPOSED, ADJOINT = (0, "N"), (1, "T"), (2, "C")


@op("basic::linalg.solve_triangular")
def solve_triangular(
    a: Array,
    b: Array,
    /,
    *,
    lower: bool = False,
    trans: Transposition = 0,
    unit_diagonal: bool = False,
    xp: Namespace = injected,
) -> Array:
    """The solution of a x = b (`trans=0`), aᵀ x = b (1) or aᴴ x = b (2) by the upper or lower triangle of a alone.

    With `unit_diagonal` the diagonal counts as ones and is not read either.

    Shapes: a (..., n, n), b (n,) or (..., n, k), leading axes broadcast, result like b. Units: b's over a's.
    Rule:   b̄ = a⁻ᵀ ȳ, ā = -b̄ xᵀ in the triangle that was read, 0 elsewhere; ā transposed where a was.
    Raises: OperandError where shapes don't fit, or a diagonal has a 0.
    Source: `scipy.linalg.solve_triangular`.
    """
    a = triangle(a, lower, unit_diagonal, xp)
    if unit_diagonal:
        a = a + identity(a.shape[-1], a, xp)
    if trans not in PLAIN:
        a = xp.matrix_transpose(a) if trans in TRANSPOSED else adjoint(a, xp)
    return xp.linalg.solve(a, b)


@solve_triangular.forward("numpy")
def _(a, b, *, lower, trans, unit_diagonal, xp):
    from scipy.linalg import LinAlgError, get_lapack_funcs

    require_square(a)
    (trtrs,) = get_lapack_funcs(("trtrs",), (a, b))
    code = 0 if trans in PLAIN else 1 if trans in TRANSPOSED else 2

    def solve(a, b):
        if b.shape[0] != a.shape[0]:
            raise ValueError(f"b has {b.shape[0]} rows, and a {a.shape[0]}")
        if not b.size:
            return b
        x, zero = trtrs(a, b, lower=lower, trans=code, unitdiag=unit_diagonal)
        if zero:
            raise LinAlgError(f"a is singular: its diagonal has a 0 at {zero - 1}")
        return x

    return solve_as_columns(partial(map_matrices, solve), a, b, xp)


@solve_triangular.forward("torch")
def _(a, b, *, lower, trans, unit_diagonal, xp):
    if trans not in PLAIN:
        a, lower = (a.mT if trans in TRANSPOSED else a.mH), not lower

    def solve(a, b):
        return xp.linalg.solve_triangular(*broadcast_stacks(xp, a, b), upper=not lower, unitriangular=unit_diagonal)

    return solve_as_columns(solve, a, b, xp)


@solve_triangular.forward("jax")
def _(a, b, *, lower, trans, unit_diagonal, xp):
    from jax.scipy.linalg import solve_triangular

    def solve(a, b):
        a, b = broadcast_stacks(xp, a, b)
        return solve_triangular(a, b, lower=lower, trans=trans, unit_diagonal=unit_diagonal)

    return solve_as_columns(solve, a, b, xp)


@solve_triangular.vjp("a", "b")
def _(g, a, b: Meta, out, needs, *, lower, trans, unit_diagonal, xp):
    plain, adjoint = trans in PLAIN, trans in ADJOINT
    g, out = (as_columns(x, b.ndim, xp) for x in (g, out))
    g = conjugate(g, xp) if adjoint else g
    back = solve_triangular(a, g, lower=lower, trans=1 if plain else 0, unit_diagonal=unit_diagonal)
    to_a = None
    if needs.a:
        out = conjugate(out, xp) if adjoint else out
        product = back @ xp.matrix_transpose(out) if plain else out @ xp.matrix_transpose(back)
        to_a = triangle(-product, lower, unit_diagonal, xp)
    if not needs.b:
        return to_a, None
    back = conjugate(back, xp) if adjoint else back
    return to_a, xp.squeeze(back, axis=-1) if b.ndim == 1 else back


def triangle(x, lower, unit_diagonal, xp):
    """Return the entries that a triangular solution reads, 0 elsewhere."""
    return xp.tril(x, k=-1 if unit_diagonal else 0) if lower else xp.triu(x, k=1 if unit_diagonal else 0)


def as_columns(x, ndim, xp):
    """Return a right-hand side or solution as columns if it is a vector."""
    return xp.expand_dims(x, axis=-1) if ndim == 1 else x


def solve_as_columns(solve, a, b, xp):
    """Extend a solver of matrix right-hand sides to vectors."""
    x = solve(a, as_columns(b, b.ndim, xp))
    return x[..., 0] if b.ndim == 1 else x


@solve_triangular.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    stack = draw(strategies.sampled_from([(), (), (2,)]))
    right = draw(strategies.sampled_from([(n,), (n, 2), (2, n, 1)]))
    a = draw(strategies.array((*stack, n, n), -1.0, 1.0)) + 2 * n * np.eye(n)
    b = draw(strategies.array(right))
    lower, unit_diagonal = draw(strategies.booleans()), draw(strategies.booleans())
    trans = draw(strategies.sampled_from([0, 1, 2, "N", "T", "C"]))
    return Sample(a, b, lower=lower, trans=trans, unit_diagonal=unit_diagonal)


class CholeskyFactor(NamedTuple):
    """A triangular factor, and a flag for the lower one."""

    c: Array
    lower: bool


@op("basic::linalg.cho_factor", composite=True)
def cho_factor(a: Array, /, *, lower: bool = False, xp: Namespace = injected) -> CholeskyFactor:
    """The factor that `cho_solve` takes: c with a = cᴴ c, or c cᴴ for `lower`, read off that triangle of a alone.

    Shapes: a (..., n, n), c alike, its other triangle 0. Units: the root of a's.
    Rule:   that of cholesky, into the triangle that was read.
    Raises: OperandError where a is not positive definite.
    Source: `scipy.linalg.cho_factor`.
    """
    require_matrices(a)
    half = xp.tril(a, k=-1) if lower else xp.triu(a, k=1)
    whole = half + adjoint(half, xp) + xp.tril(xp.triu(a))
    return CholeskyFactor(cholesky(whole, upper=not lower), lower)


@op("basic::linalg.cho_solve", composite=True)
def cho_solve(c_and_lower: Sequence[Array], b: Array, /) -> Array:
    """The solution of a x = b from what `cho_factor` returns for a, a factor and whether it is the lower one.

    Shapes: c (..., n, n), b (n,) or (..., n, k), result like b. Units: b's over the square of c's.
    Rule:   that of solve_triangular, twice; nothing flows to the triangle that is not read.
    Raises: OperandError where shapes don't fit, or `lower` is no boolean.
    Source: `scipy.linalg.cho_solve`.
    """
    c, lower = c_and_lower
    if getattr(lower, "shape", ()) != ():
        raise TypeError("c_and_lower is a factor and whether it is the lower one")
    lower = bool(lower)
    first = solve_triangular(c, b, lower=lower, trans=0 if lower else 2)
    return solve_triangular(c, first, lower=lower, trans=2 if lower else 0)


@cho_factor.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    stack = draw(strategies.sampled_from([(), (2,)]))
    a = draw(strategies.array((*stack, n, n), -1.0, 1.0)) / 8 + 2 * n * np.eye(n)
    return Sample(a, lower=draw(strategies.booleans()))


@cho_solve.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    c = draw(strategies.array((n, n), -1.0, 1.0)) + 2 * n * np.eye(n)
    b = draw(strategies.array(draw(strategies.sampled_from([(n,), (n, 2)]))))
    return Sample((c, draw(strategies.booleans())), b)
