"""Functions of a matrix as a whole: its exponential and its square root."""

from __future__ import annotations

from math import nan

import numpy as np

from mutorch_core import Array, Namespace, injected, op, stop_gradient
from mutorch_ops_basic.linalg.batching import map_matrices
from mutorch_ops_basic.linalg.matrix_helpers import identity, require_square
from mutorch_ops_basic.linalg.solvers.matrix_equations import solve_sylvester

__all__ = ["expm", "matrix_exp", "sqrtm"]

PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
    10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
"""The coefficients of the Padé approximant of order 13 to the exponential, exact in double precision up to REACH."""

REACH = 5.371920351148152

ROOT_STEPS = 20
"""Number of Newton steps to a square root: scaling brings the iterate near, then each step squares the error."""

HARDLY = 1e-3
"""Largest relative error of the square for which Newton's iteration has converged."""


@op("basic::linalg.expm")
def expm(a: Array, /, *, xp: Namespace = injected) -> Array:
    """The exponential of a matrix, Σ aᵏ / k!.

    Shapes: a (..., n, n), result (..., n, n). Units: none.
    Rule:   ā is the derivative of the exponential at aᵀ along ȳ: the upper right block of exp([[aᵀ, ȳ], [0, aᵀ]]).
    Raises: OperandError where a has no square matrices.
    Source: `scipy.linalg.expm`; Higham, "The scaling and squaring method revisited", 2005; Mathias, "A chain rule for
            matrix functions", 1996.
    """
    if 0 in a.shape:
        return xp.asarray(a, copy=True)
    norms = xp.max(xp.sum(xp.abs(a), axis=-2, keepdims=True), axis=-1, keepdims=True)
    halvings = xp.ceil(xp.log2(xp.maximum(norms / REACH, xp.ones_like(norms))))
    power = approximated(a * 2.0**-halvings, xp)
    for step in range(int(xp.max(halvings))):
        power = xp.where(step < halvings, power @ power, power)
    return power


@expm.forward("numpy")
def _(a, *, xp):
    from scipy.linalg import expm

    require_square(a)
    return expm(a)


@expm.forward("torch")
def _(a, *, xp):
    return xp.linalg.matrix_exp(a)


@expm.forward("jax")
def _(a, *, xp):
    from jax.scipy.linalg import expm

    return expm(a)


@expm.vjp("a")
def _(g, a, xp):
    back, n = xp.matrix_transpose(a), a.shape[-1]
    if n == 1:  # a number may be too negative for the scaled series
        return g * xp.exp(a)
    # the block matrix is scaled by its largest block: a huge cotangent, unless normalised, would cost a's digits
    size = stop_gradient(xp.sum(xp.abs(g), axis=(-2, -1), keepdims=True))
    size = xp.where(size == 0, 1, size)
    above = xp.concat([back, g / size], axis=-1)
    below = xp.concat([xp.zeros_like(back), back], axis=-1)
    return expm(xp.concat([above, below], axis=-2))[..., :n, n:] * size


def approximated(a, xp):
    """Return the exponential of small matrices by Padé's approximant p(a) / p(-a), even and odd powers apart."""
    one = identity(a.shape[-1], a, xp)
    two = a @ a
    four = two @ two
    six = four @ two
    even, odd = (
        six @ (c[12] * six + c[10] * four + c[8] * two) + c[6] * six + c[4] * four + c[2] * two + c[0] * one
        for c in ((*PADE, 0.0), (*PADE[1:], 0.0, 0.0))
    )
    odd = a @ odd
    return xp.linalg.solve(even - odd, even + odd)


matrix_exp = expm


@op("basic::linalg.sqrtm")
def sqrtm(a: Array, /, *, xp: Namespace = injected) -> Array:
    """The principal square root of a matrix, x with x x = a and no eigenvalue left of the imaginary axis.

    Shapes: a (..., n, n), result (..., n, n). Where a real matrix has no real root, SciPy's is complex, others' NaN.
    Units:  the root of a's.
    Rule:   ā solves xᵀ ā + ā xᵀ = ȳ.
    At kinks: at an eigenvalue of 0 there is no derivative; on the negative axis the root jumps.
    Raises: OperandError where a has no square matrices.
    Source: `scipy.linalg.sqrtm`; Cheng and others, "Approximating the logarithm of a matrix", 2001, for the iteration.
    """
    one = identity(a.shape[-1], a, xp)
    root = target = a
    for _ in range(ROOT_STEPS):
        size = xp.exp(xp.linalg.slogdet(a).logabsdet / (-2 * max(a.shape[-1], 1)))[..., None, None]
        a = a * size**2
        inverse = xp.linalg.inv(a)
        root = (root * size) @ (one + inverse) / 2
        a = one / 2 + (a + inverse) / 4
    miss, whole = (xp.sum(xp.abs(each), axis=(-2, -1), keepdims=True) for each in (root @ root - target, target))
    return xp.where(miss <= HARDLY * whole, root, nan)


@sqrtm.forward("numpy")
def _(a, *, xp):
    from scipy.linalg import sqrtm

    require_square(a)
    return map_matrices(sqrtm, a)


@sqrtm.vjp("a")
def _(g, out, xp):
    back = xp.matrix_transpose(out)
    return solve_sylvester(back, back, g)


@expm.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    stack = draw(strategies.sampled_from([(), (), (2,)]))
    return Sample(draw(strategies.array((*stack, n, n), -1.0, 1.0)))


@sqrtm.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    stack = draw(strategies.sampled_from([(), (), (2,)]))
    return Sample(draw(strategies.array((*stack, n, n), -1.0, 1.0)) + 2 * n * np.eye(n))
