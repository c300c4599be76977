"""Covariances and correlations of variables that were observed together."""

from __future__ import annotations

from mutorch_core import Array, Namespace, injected, op, stop_gradient
from mutorch_core.authoring import device_of
from mutorch_ops_basic.operands.dtypes import conjugate, is_complex
from mutorch_ops_basic.reductions.standard_reductions import degrees_of_freedom

__all__ = ["corrcoef", "cov"]


@op("basic::cov", composite=True)
def cov(m: Array, /, *, rowvar: bool = True, correction: float = 1, xp: Namespace = injected) -> Array:
    """The covariances of variables, each a row of observations, or a column where `rowvar` is false.

    Shapes: m (k, n), or (n,) of one variable, result (k, k); () of one variable. Units: the square of m's.
    Rule:   made of differentiable ops: that of the product of the deviations, conjugated on the right.
    At kinks: NaN where n ≤ correction.
    Raises: OperandError where m has no axis, or more than two.
    Source: `numpy.cov`.
    """
    deviation = deviations(m, rowvar, xp)
    return unwrap_single(deviation @ conjugate(deviation, xp).T / degrees_of_freedom(deviation, 1, correction), xp)


@op("basic::corrcoef", composite=True)
def corrcoef(x: Array, /, *, rowvar: bool = True, xp: Namespace = injected) -> Array:
    """The correlation coefficients of variables, each a row of observations, or a column where `rowvar` is false.

    Shapes: x (k, n), or (n,) of one variable, result (k, k); () of one variable. Units: none.
    Rule:   made of differentiable ops: that of the product of the deviations, each divided by its length.
    At kinks: NaN for a constant variable, which correlates with nothing.
    Raises: OperandError where x has no axis, or more than two.
    Source: `numpy.corrcoef`.
    """
    deviation = deviations(x, rowvar, xp)
    squares = deviation * conjugate(deviation, xp)
    squares = xp.real(squares) if is_complex(squares) else squares
    direction = deviation / xp.sqrt(xp.sum(squares, axis=1, keepdims=True))
    matrix = direction @ conjugate(direction, xp).T
    fixed = stop_gradient(matrix)
    count, observations = direction.shape
    positions = xp.arange(count, device=device_of(x))
    steady = xp.expand_dims(positions, axis=-1) == positions
    if not is_complex(fixed):
        steady = steady | (observations <= 2)  # ±1 whatever they are: no slope, instead of one made by rounding
        rounding = fixed - xp.clip(fixed, -1, 1)  # taken off as a constant, since a clip would cut the slope at ±1
        matrix, fixed = matrix - rounding, fixed - rounding
    return unwrap_single(xp.where(steady, fixed, matrix), xp)


def deviations(x, rowvar, xp):
    """Return the observations less their means, a row for each variable."""
    if x.ndim not in (1, 2):
        raise ValueError(f"observations of variables have one axis or two, not {x.ndim}")
    rows = xp.reshape(x, (1, -1)) if x.ndim == 1 else x if rowvar else x.T
    return rows - xp.mean(rows, axis=1, keepdims=True)


def unwrap_single(matrix, xp):
    """Return a matrix, or its only entry."""
    return xp.reshape(matrix, ()) if matrix.shape == (1, 1) else matrix


@cov.samples
@corrcoef.samples
def _(draw, strategies, Sample):
    count, observations = draw(strategies.sides()), draw(strategies.sides()) + 1
    shape = draw(strategies.sampled_from([(count, observations), (observations,)]))
    return Sample(draw(strategies.array(shape)))
