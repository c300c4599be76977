"""Norms under NumPy's rules for vectors and matrices, and condition numbers."""

from __future__ import annotations

from math import inf
from typing import Any, Literal

import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_basic.linalg.factorisations.eigen_and_svd import svdvals
from mutorch_ops_basic.linalg.functions.norms import matrix_norm, vector_norm
from mutorch_ops_basic.linalg.solvers.systems import inv
from mutorch_ops_basic.operands.axes import normalize_axes

__all__ = ["cond", "norm"]

Order = float | Literal["fro", "nuc"] | None


@op("basic::linalg.norm", composite=True)
def norm(
    x: Array,
    /,
    ord: Order = None,
    *,
    axis: int | tuple[int, int] | None = None,
    keepdims: bool = False,
    xp: Namespace = injected,
) -> Array:
    """The norm of vectors along one axis or of matrices along two; without `axis` of x as a whole.

    Without `axis` x must have one or two axes; without `ord` it may have any, and the norm is the root of the sum of
    all squared absolute values.

    Shapes: x (...), result without the axes, or with them as length 1. Units: x's.
    Rule:   that of vector_norm or matrix_norm.
    At kinks: 0 at zero, as there.
    Raises: OperandError where `ord` is not known for vectors or matrices, or x has other than one or two axes.
    Source: `numpy.linalg.norm`.
    """
    if axis is None and ord is None:
        return vector_norm(x, axis=None, keepdims=keepdims)
    axes = normalize_axes(axis, x.ndim)
    if len(axes) == 1:
        if isinstance(ord, str):
            raise ValueError(f"ord={ord!r} is a norm of matrices, and this is one of vectors")
        return vector_norm(x, axis=axes[0], keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        raise ValueError(f"a norm is taken over one axis or two, and these are {len(axes)}: say over which")
    result = matrix_norm(xp.moveaxis(x, axes, (-2, -1)), keepdims=keepdims, ord="fro" if ord is None else ord)
    return xp.moveaxis(result, (-2, -1), axes) if keepdims else result


@op("basic::linalg.cond", composite=True)
def cond(x: Array, /, *, p: Any = None) -> Array:
    """The condition number: the largest singular value over the smallest, or |x| |x⁻¹| in another norm `p`.

    Shapes: x (..., m, n), square for another p than None, 2 and -2, result (...). Units: none.
    Rule:   that of svdvals, or of matrix_norm and inv.
    At kinks: those of svdvals and of the norm.
    Raises: OperandError where another p meets matrices that are singular or not square.
    Source: `numpy.linalg.cond`.
    """
    if p in (None, 2, -2):
        values = svdvals(x)
        largest, smallest = values[..., 0], values[..., -1]
        return smallest / largest if p == -2 else largest / smallest
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)


@norm.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(2, 3))
    axis, ord = draw(
        strategies.sampled_from(
            [(-1, None), (0, 1), (0, 3), (1, inf), ((0, 1), None), ((1, 0), 1), ((-1, 0), inf), ((0, -1), "fro")]
        )
    )
    return Sample(draw(strategies.array(shape)), ord, axis=axis, keepdims=draw(strategies.booleans()))


@cond.samples
def _(draw, strategies, Sample):
    p = draw(strategies.sampled_from([None, 2, -2, "fro", 1, -1, inf, -inf, "nuc"]))
    n = draw(strategies.sides()) + (p not in (None, 2, -2))  # a number has condition 1, and a derivative of rounding
    x = draw(strategies.array((n, n), -1.0, 1.0)) + np.diag(2.0 * n + 3 * np.arange(n))
    return Sample(x, p=p)
