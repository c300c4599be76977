"""Structured linear systems: Sylvester's equation and banded matrices."""

from __future__ import annotations

import numpy as np

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_ops_basic.linalg.batching import broadcast_stacks, map_matrices
from mutorch_ops_basic.linalg.matrix_helpers import identity, require_square

__all__ = ["solve_banded", "solve_sylvester"]


@op("basic::linalg.solve_sylvester")
def solve_sylvester(a: Array, b: Array, q: Array, /, *, xp: Namespace = injected) -> Array:
    """The solution of a x + x b = q.

    Where the array library is not SciPy's, one system of m n equations is solved, which takes (m n)³ operations.

    Shapes: a (..., m, m), b (..., n, n), q (..., m, n), leading axes broadcast, result like q.
    Units:  q's over a's, which are b's.
    Rule:   q̄ solves aᵀ q̄ + q̄ bᵀ = ȳ; ā = -q̄ xᵀ, b̄ = -xᵀ q̄.
    Raises: OperandError where shapes don't fit.
    Source: `scipy.linalg.solve_sylvester`.
    """
    a, b, q = broadcast_stacks(xp, a, b, q) if a.ndim + b.ndim + q.ndim > 6 else (a, b, q)
    (*stack, m, n) = q.shape
    one_m, one_n = (identity(side, q, xp) for side in (m, n))
    left = a[..., :, None, :, None] * one_n[:, None, :]
    right = xp.matrix_transpose(b)[..., None, :, None, :] * one_m[:, None, :, None]
    whole = xp.reshape(left + right, (*stack, m * n, m * n))
    return xp.reshape(xp.linalg.solve(whole, xp.reshape(q, (*stack, m * n, 1))), (*stack, m, n))


@solve_sylvester.forward("numpy")
def _(a, b, q, *, xp):
    require_square(a)
    require_square(b)
    if q.shape[-2:] != (a.shape[-1], b.shape[-1]):
        raise ValueError(f"q is {q.shape}; a and b need it to end with {(a.shape[-1], b.shape[-1])}")
    return map_matrices(solved, a, b, q)


def solved(a, b, q):
    """Return SciPy's solution, or nan if an operand is not finite, which SciPy refuses: a failed `sqrtm` is not."""
    from scipy.linalg import solve_sylvester

    finite = all(np.isfinite(operand).all() for operand in (a, b, q))
    return solve_sylvester(a, b, q) if finite else np.full(q.shape, np.nan, dtype=np.result_type(a, b, q))


@solve_sylvester.vjp("a", "b", "q")
def _(g, a, b, out, needs, xp):
    back = solve_sylvester(xp.matrix_transpose(a), xp.matrix_transpose(b), g)
    turned = xp.matrix_transpose(out)
    return (
        -(back @ turned) if needs.a else None,
        -(turned @ back) if needs.b else None,
        back if needs.q else None,
    )


@solve_sylvester.samples
def _(draw, strategies, Sample):
    m, n = (min(draw(strategies.sides()), 6) for _ in range(2))
    stack = draw(strategies.sampled_from([(), (), (2,)]))
    a = draw(strategies.array((*stack, m, m), -1.0, 1.0)) + 2 * m * np.eye(m)
    b = draw(strategies.array((n, n), -1.0, 1.0)) + 2 * n * np.eye(n)
    return Sample(a, b, draw(strategies.array((m, n))))


@op("basic::linalg.solve_banded")
def solve_banded(l_and_u: tuple[int, int], ab: Array, b: Array, /, *, xp: Namespace = injected) -> Array:
    """The solution of a x = b for a matrix of which only l diagonals below and u above the main one are not 0.

    `ab` has a diagonal in each row, the uppermost first: a[i, j] is ab[u + i - j, j]. What lies outside of a is not
    read. Where the array library is not SciPy's, the whole matrix is formed.

    Shapes: ab (l + u + 1, n), b (n,) or (n, k), result like b. Units: b's over ab's.
    Rule:   b̄ = a⁻ᵀ ȳ, by the same function for the transposed bands; āb has the bands of -b̄ xᵀ.
    Raises: OperandError where shapes don't fit, or a is singular.
    Source: `scipy.linalg.solve_banded`.
    """
    require_bands(ab, l_and_u)
    positions = xp.arange(ab.shape[-1], device=device_of(ab))
    rows = l_and_u[1] + positions[:, None] - positions
    inside = (rows >= 0) & (rows < ab.shape[0])
    return xp.linalg.solve(xp.where(inside, xp.take_along_axis(ab, xp.where(inside, rows, 0), axis=0), 0), b)


def require_bands(ab, l_and_u):
    """Raise ValueError unless there is a row for each diagonal."""
    count = sum(l_and_u) + 1
    if ab.ndim != 2 or ab.shape[0] != count:
        raise ValueError(f"ab is {tuple(ab.shape)}; for {l_and_u} diagonals around the main one it needs {count} rows")


@solve_banded.forward("numpy")
def _(l_and_u, ab, b, *, xp):
    from scipy.linalg import solve_banded

    require_bands(ab, l_and_u)
    return solve_banded(l_and_u, ab, b, check_finite=False)


@solve_banded.vjp("ab", "b")
def _(g, l_and_u, ab, b: Meta, out, needs, xp):
    (lower, upper), (height, n) = l_and_u, ab.shape
    bands, positions = xp.arange(height, device=device_of(ab))[:, None], xp.arange(n, device=device_of(ab))
    # positions outside of the matrix wrap around, and their entries are masked
    transposed = xp.take_along_axis(xp.flip(ab, axis=0), (positions + bands - lower) % n, axis=1)
    back = solve_banded((upper, lower), transposed, g)
    if not needs.ab:
        return None, back
    rows = positions + bands - upper
    taken = xp.reshape(xp.take(back, xp.reshape(rows % n, (-1,)), axis=0), (height, *b.shape))
    product = taken * out if b.ndim == 1 else xp.sum(taken * out, axis=-1)
    return xp.where((rows >= 0) & (rows < n), -product, 0), back if needs.b else None


@solve_banded.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    lower, upper = draw(strategies.sampled_from([(1, 1), (0, 0), (1, 0), (0, 1), (2, 1)]))
    ab = draw(strategies.array((lower + upper + 1, n), -1.0, 1.0))
    ab[upper] += 8
    b = draw(strategies.array(draw(strategies.sampled_from([(n,), (n, 2)]))))
    return Sample((lower, upper), ab, b)
