"""Norms of vectors and of matrices, with slope 0 where they are 0."""

from __future__ import annotations

from math import inf
from typing import Literal

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import At
from mutorch_ops_basic.elementwise.arithmetic import sign
from mutorch_ops_basic.linalg.factorisations.eigen_and_svd import svdvals
from mutorch_ops_basic.linalg.matrix_helpers import expand_per_matrix, rounding_bound
from mutorch_ops_basic.operands.axes import Axis, restore_axes
from mutorch_ops_basic.operands.dtypes import conjugate

__all__ = ["matrix_norm", "vector_norm"]


@op("basic::linalg.vector_norm", kinks=(At("x", 0.0, cotangent=0.0),))
def vector_norm(
    x: Array, /, *, axis: Axis = None, keepdims: bool = False, ord: int | float = 2, xp: Namespace = injected
) -> Array:
    """The p-norm of the entries over axes, over all of them by default: (Σ |x|^p)^(1/p), p being `ord`.

    The largest modulus for inf, the smallest for -inf, the number of entries that are not 0 for 0.

    Shapes: x (...), result without the axes, or with them as length 1; real. Units: x's; none for ord 0.
    Rule:   x̄ = ȳ (|x| / y)^(p - 1) conj(sign(x)), as ratios, whose powers don't overflow; ȳ conj(x) / y for p = 2.
    At kinks: 0 at the zero vector, and at zero entries; for ±inf split evenly over extremes that are equal but for
        rounding.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    return xp.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


@vector_norm.vjp("x")
def _(g, x, out, *, axis, keepdims, ord, xp):
    if ord == 0:
        return xp.zeros_like(x)
    direction = conjugate(sign(x), xp)
    if abs(ord) == inf:
        return restore_axes(g, x, axis, keepdims, xp) * extreme_weights(xp.abs(x), axis, ord, xp) * direction
    g, size = restore_axes(g, x, axis, keepdims, xp), restore_axes(out, x, axis, keepdims, xp)
    none, safe = size == 0, xp.where(size == 0, 1, size)
    if ord == 2:  # without moduli, so that it is smooth at entries that are 0
        return g * xp.where(none, 0, conjugate(x, xp) / safe)
    if ord == 1:
        return g * direction
    ratio = xp.where(none, 0, xp.abs(x) / safe)
    if ord > 2:
        return g * ratio ** (ord - 1) * direction
    absent = ratio == 0  # a pole of the power, below
    return g * xp.where(absent, 0, xp.where(absent, 1, ratio) ** (ord - 1)) * direction


def extreme_weights(sizes, axis, ord, xp):
    """Return the weights of entries in an extreme, NaN for a NaN: even among entries that differ by rounding alone.

    Moduli of equal size need not be equal, nor the same when they are computed again in another order in memory.
    """
    if 0 in sizes.shape:
        return sizes
    extreme = (xp.max if ord > 0 else xp.min)(sizes, axis=axis, keepdims=True)
    near = (sizes == extreme) | (xp.abs(sizes - extreme) <= 8 * xp.finfo(sizes.dtype).eps * extreme)
    count = xp.astype(xp.count_nonzero(near, axis=axis, keepdims=True), sizes.dtype)
    return xp.where(near, 1 / count, xp.where(xp.isnan(extreme), extreme, 0))


@vector_norm.samples
def _(draw, strategies, Sample):
    shape, axis = draw(
        strategies.sampled_from(
            [((3,), None), ((2, 3), 1), ((2, 2), -1), ((2, 3), None), ((2, 1, 3), (0, 2)), ((3, 2), (1, 0)), ((), None)]
        )
    )
    ord = draw(strategies.sampled_from([2, 1, inf, -inf, 3, 0.5, 1.5, -1, -2.5, 0]))
    x = draw(strategies.array(shape, complex=draw(strategies.booleans())))
    return Sample(x, axis=axis, keepdims=draw(strategies.booleans()), ord=ord)


@op("basic::linalg.matrix_norm", composite=True)
def matrix_norm(
    x: Array,
    /,
    *,
    keepdims: bool = False,
    ord: float | Literal["fro", "nuc", 1, -1, 2, -2] = "fro",
    xp: Namespace = injected,
) -> Array:
    """Norms of matrices: "fro" of the entries, "nuc" and ±2 of singular values, ±1 of columns, ±inf of rows.

    "fro" is the root of the sum of squares, "nuc" the sum of singular values; 2 and -2 are the largest and the smallest
    of these, 1 and inf the largest sum of moduli in a column or a row, -1 and -inf the smallest.

    Shapes: x (..., m, n), result (...), or (..., 1, 1); real. Units: x's.
    Rule:   that of vector_norm, of sums of moduli, and of svdvals: U Vᴴ for "nuc", u vᴴ for ±2, conjugated.
    At kinks: 0 at the zero matrix, U Vᴴ of the singular values that are not 0, and split evenly over equal extremes,
        those included that differ by rounding alone.
    Raises: OperandError where x has fewer than two axes, ValueError for another `ord`.
    Source: Array API standard 2024.12.
    """
    if ord == "fro" or (0 in x.shape[-2:] and ord in ("nuc", 1, 2, inf)):  # without entries they are all 0
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in (1, -1, inf, -inf):
        sums = xp.sum(xp.abs(x), axis=-2 if abs(ord) == 1 else -1, keepdims=True)
        return vector_norm(sums, axis=(-2, -1), keepdims=keepdims, ord=inf if ord > 0 else -inf)
    if ord not in ("nuc", 2, -2):
        raise ValueError(f"ord is {ord!r}; a matrix has the norms 'fro', 'nuc', 1, -1, 2, -2, inf and -inf")
    norm = spectral_norm(svdvals(x), x.shape[-2:], ord, xp)
    return expand_per_matrix(norm, xp) if keepdims else norm


def spectral_norm(sizes, sides, ord, xp):
    """Return the sum or an extreme of the singular values that exceed rounding."""
    slack = rounding_bound(sizes, sides, xp)
    some = sizes > slack
    if ord == "nuc":
        return xp.sum(xp.where(some, sizes, 0), axis=-1)
    near = sizes >= sizes[..., :1] - slack if ord == 2 else sizes <= sizes[..., -1:] + slack
    count = xp.count_nonzero(near, axis=-1)
    return xp.sum(xp.where(some & near, sizes, 0), axis=-1) / xp.astype(count, sizes.dtype)


@matrix_norm.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.sampled_from([(2, 2), (3, 2), (2, 3), (2, 2, 2), (1, 3)]))
    ord = draw(strategies.sampled_from(["fro", "nuc", 2, -2, 1, -1, inf, -inf]))
    x = draw(strategies.array(shape, complex=draw(strategies.booleans())))
    return Sample(x, keepdims=draw(strategies.booleans()), ord=ord)
