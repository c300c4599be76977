"""Derivatives and integrals of sampled functions: finite differences and trapezoids."""

from __future__ import annotations

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_basic.operands.axes import Axis, axis_key, axis_shape, normalize_axes, shape_of

__all__ = ["gradient", "trapezoid", "trapz"]


@op("basic::gradient", composite=True)
def gradient(
    f: Array, *spacing: Array, axis: Axis = None, edge_order: int = 1, xp: Namespace = injected
) -> Array | tuple[Array, ...]:
    """Finite differences of samples: central ones inside, one-sided ones of order 1 or 2 at both ends.

    `spacing` is nothing (1), one distance, or for each axis a distance or the coordinates along it.

    Shapes: f (...), coordinates (n,), result (...); a tuple of them where there are several axes.
    Units:  f's over those of `spacing`.
    Rule:   made of differentiable ops, in `spacing` too.
    Raises: OperandError where f has no such axis or too few samples along it, or `spacing` is none for each axis.
    Source: `numpy.gradient`; the parabola through three neighbours.
    """
    f = xp.asarray(f)
    axes = normalize_axes(axis, f.ndim)
    spacing = spacing or (1.0,)
    if len(spacing) == 1 and not shape_of(spacing[0]):
        spacing *= len(axes)
    if len(spacing) != len(axes):
        raise ValueError(f"{len(spacing)} spacings for {len(axes)} axes: give one distance, or one spacing per axis")
    differences = tuple(slopes(f, steps, each, edge_order, xp) for steps, each in zip(spacing, axes, strict=True))
    return differences[0] if len(differences) == 1 else differences


def slopes(f, spacing, axis, edge_order, xp):
    """Return the slopes along one axis: the mean of both sides' quotients, each weighted by the other's distance."""
    if edge_order not in (1, 2) or f.shape[axis] <= edge_order:
        raise ValueError(f"{f.shape[axis]} samples along axis {axis} for edge_order={edge_order}, which is 1 or 2")
    first, last, early, late = (axis_key(axis, f.ndim, each) for each in ENDS)
    step, share = spacing, (0.5, 0.5, 0.5)
    if shape_of(spacing):
        step = xp.reshape(xp.diff(xp.asarray(spacing)), axis_shape(axis, f.ndim))
        part = step[early] / (step[early] + step[late])
        share = part[first], part, 1 - part[last]
    slope = xp.diff(f, axis=axis) / step
    bend = slope[late] - slope[early]
    ends = slope[first], slope[last]
    if edge_order == 2:
        ends = slope[first] - bend[first] * share[0], slope[last] + bend[last] * share[2]
    inside = slope[early] + bend * share[1]
    if not shape_of(spacing):  # at equal distances a sample has no part in its own slope, so its NaN has none either
        inside = (f[axis_key(axis, f.ndim, slice(2, None))] - f[axis_key(axis, f.ndim, slice(None, -2))]) / (2 * step)
    return xp.concat([ends[0], inside, ends[1]], axis=axis)


ENDS = (slice(None, 1), slice(-1, None), slice(None, -1), slice(1, None))


@gradient.samples
def _(draw, strategies, Sample):
    f = draw(strategies.array(draw(strategies.shape(1, 2))))
    distances = [draw(strategies.array((), 0.25, 2))] * draw(strategies.sampled_from([0, 1, f.ndim]))
    return Sample(f, *distances, edge_order=draw(strategies.sampled_from([1, 2])))


@gradient.samples
def _(draw, strategies, Sample):
    f = draw(strategies.array((draw(strategies.sides()) + 1, 2)))
    coordinates = draw(strategies.array(f.shape[:1], 0.25, 2)).cumsum()
    return Sample(f, coordinates, axis=0, edge_order=draw(strategies.sampled_from([1, 2])))


@op("basic::trapezoid", composite=True)
def trapezoid(
    y: Array, x: Array | None = None, /, *, dx: float = 1.0, axis: int = -1, xp: Namespace = injected
) -> Array:
    """The integral of samples along an axis: neighbours' means times their distances, those of x or `dx`.

    Shapes: y (..., n, ...), x (n,) or broadcastable to y, result without the axis. Units: y's times x's.
    Rule:   made of differentiable ops, in x too.
    Raises: OperandError where y has no such axis, or the shapes do not broadcast.
    Source: `numpy.trapezoid`.
    """
    y = xp.asarray(y)
    early, late = (axis_key(axis, y.ndim, each) for each in ENDS[2:])
    widths = dx
    if x is not None:
        positions = xp.asarray(x)
        widths = (
            xp.diff(positions, axis=axis)
            if positions.ndim > 1
            else xp.reshape(xp.diff(positions), axis_shape(axis, y.ndim))
        )
    return xp.sum(widths * (y[early] + y[late]) / 2, axis=axis)


trapz = trapezoid


@trapezoid.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(1, 3))
    axis = draw(strategies.axis(len(shape)))
    x = draw(strategies.sampled_from([None, (shape[axis],), shape]))
    return Sample(draw(strategies.array(shape)), None if x is None else draw(strategies.array(x)), axis=axis)
