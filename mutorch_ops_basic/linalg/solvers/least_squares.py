"""Least squares: overdetermined, underdetermined and rank-deficient systems alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import Interval
from mutorch_ops_basic.linalg.factorisations.eigen_and_svd import svdvals
from mutorch_ops_basic.linalg.solvers.systems import pinv
from mutorch_ops_basic.operands.dtypes import conjugate

__all__ = ["lstsq"]


class LeastSquares(NamedTuple):
    """The solution, its squared residuals, the rank of the matrix and its singular values."""

    x: Array
    residuals: Array
    rank: Array
    s: Array


ORDINARY = Interval(-1e60, 1e60)
"""Range in which the gradient of a squared residual does not overflow: it multiplies three operands."""


@op("basic::linalg.lstsq", composite=True, domain={"x1": ORDINARY, "x2": ORDINARY})
def lstsq(x1: Array, x2: Array, /, *, rcond: float | None = None, xp: Namespace = injected) -> LeastSquares:
    """The x that makes |x1 x - x2| smallest; of several the one of smallest length.

    Singular values below `rcond` times the largest count as 0; by default below the larger side times the rounding
    unit. `residuals` are always there, whatever the rank; NumPy's are left out where x1 has not full column rank.

    Shapes: x1 (..., m, n), x2 (m,) or (..., m, k), x (n,) or (..., n, k), residuals () or (..., k), rank (...),
            s (..., min(m, n)).
    Units:  x's are x2's over x1's, those of residuals x2's squared, those of s x1's.
    Rule:   that of pinv and svdvals.
    At kinks: where the rank changes, x jumps; elsewhere the rule is right for any rank.
    Raises: OperandError where shapes don't fit.
    Source: `numpy.linalg.lstsq`; Golub and Pereyra, "The differentiation of pseudo-inverses", 1973.
    """
    values = svdvals(x1)
    x = pinv(x1, rtol=rcond) @ x2
    rest = x2 - x1 @ x
    residuals = xp.real(xp.sum(rest * conjugate(rest, xp), axis=-1 if x2.ndim == 1 else -2))
    least = max(x1.shape[-2:]) * float(xp.finfo(values.dtype).eps) if rcond is None else rcond
    counted = values > least * values[..., :1]
    return LeastSquares(x, residuals, xp.count_nonzero(counted, axis=-1), values)


@lstsq.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    m = n + draw(strategies.sampled_from([1, 0, 2]))
    x1 = draw(strategies.array((m, n), -1.0, 1.0)) + 2 * n * np.eye(m, n)
    if draw(strategies.booleans()):
        x1 = x1.T
    x2 = draw(strategies.array(draw(strategies.sampled_from([x1.shape[:1], (x1.shape[0], 2)]))))
    return Sample(x1, x2)
