"""Finite differences with error estimates.

A slope is the limit of difference quotients at the steps 1, 1/2, 1/4, … of a direction. Richardson's extrapolation
builds a triangle on them. Ridders' method takes the entry that agrees best with its neighbours, and their difference as
the error:

    steps   quotients                    each column removes one more power of the step
    1       T00
    1/2     T10 ── T11                   error of T11: the larger of |T11 - T10| and |T11 - T00|,
    1/4     T20 ── T21 ── T22            plus the effect of rounding
    …

Left and right quotients are extrapolated beside the central ones, because a central difference alone does not
distinguish a kink from a slope: at 0 it gives |x| the derivative 0 and relu 1/2, both without any error.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import product
from typing import Any

import attrs
import numpy as np

__all__ = ["NOISE_THRESHOLD", "Slopes", "rounding_noise", "slopes"]

Vector = Any

STEPS = 0.5 ** np.arange(7)

STAGES = ((slice(None, None, 2), 4.0), (slice(None), 2.0))
"""The steps of each stage, and the ratio of consecutive ones. The first stage takes every other step; the second takes
all steps if the slopes of the first are not accurate.
"""

ERROR_GOAL = 1e-9
"""A slope with a smaller relative error needs no further steps."""

ROUNDING = 2 * float(np.finfo(np.float64).eps)

PERTURBATIONS = 16
"""The number of points, a few roundings away, at which `rounding_noise` evaluates a function."""

NOISE_THRESHOLD = 1e-6
"""A function with a larger relative rounding noise is what remains of terms that cancelled."""


@attrs.frozen
class Slopes:
    """Slopes of every output entry along every direction, each an array (direction, output), with their errors.

    `left` and `right` are one-sided; `central` assumes that the two are equal. `size` is the largest magnitude of the
    function's values that were used, by direction.
    """

    value: Vector
    left: Vector
    left_error: Vector
    right: Vector
    right_error: Vector
    central: Vector
    central_error: Vector
    size: Vector

    @property
    def kinked(self) -> Vector:
        """A mask of the entries at which the one-sided slopes exist and differ."""
        gap = np.abs(self.right - self.left)
        return gap > 3 * (self.right_error + self.left_error) + 1e-7 * (np.abs(self.right) + np.abs(self.left))

    @property
    def converged(self) -> Vector:
        """A mask of the entries at which both one-sided slopes exist. At a cusp such as √|x| they do not."""
        known = 1e-3 * (np.abs(self.right) + np.abs(self.left)) + 1e-6 * self.size
        return np.isfinite(known) & (self.right_error + self.left_error <= known)

    @property
    def accurate(self) -> bool:
        """True if no further steps are needed: no kink, and small errors everywhere."""
        known = self.central_error <= ERROR_GOAL * (np.abs(self.central) + 1e-3 * self.size)
        return bool(known.all() and self.converged.all() and not self.kinked.any())


@attrs.frozen
class Tableau:
    """Extrapolation as a linear map: weights of the quotients for each entry of the triangle.

    `entries` are those past the first column, `newer` and `older` their two predecessors, `weights` (entry, level).
    `uses` marks the quotients that an entry depends on, `narrow` the entries that depend on the narrowest step. `noise`
    is the effect of rounding of the function's values on each entry.
    """

    weights: Vector
    entries: Vector
    newer: Vector
    older: Vector
    uses: Vector
    narrow: Vector
    noise: Vector


def make_tableau(ratio: float, steps: Vector) -> Tableau:
    """Return the tableau for a set of steps.

    `ratio` is the factor by which the leading error shrinks from step to step, to the power of the column: 2 for
    one-sided quotients of halved steps, 4 for central ones.
    """
    levels = len(steps)
    columns = [np.eye(levels)]
    for order in range(1, levels):
        newer, older = columns[-1][1:], columns[-1][:-1]
        columns.append(newer + (newer - older) / (ratio**order - 1))
    starts = np.cumsum([0] + [len(column) for column in columns])
    places = [(starts[j] + i, starts[j - 1] + i + 1, starts[j - 1] + i)
              for j in range(1, levels) for i in range(levels - j)]  # fmt: skip
    weights, (entries, newer, older) = np.concatenate(columns), np.array(places).T
    entry_weights = weights[entries]
    noise = ROUNDING * (np.abs(entry_weights) / steps).sum(axis=1, keepdims=True)
    return Tableau(
        weights, entries, newer, older, (entry_weights != 0).astype(float), np.flatnonzero(entry_weights[:, -1]), noise
    )


TABLEAUX = tuple((make_tableau(ratio, STEPS[used]), make_tableau(ratio**2, STEPS[used])) for used, ratio in STAGES)
"""The tableaux of one-sided and of central quotients by stage."""


def extrapolate(quotients: Vector, size: Vector, tableau: Tableau) -> tuple[Vector, Vector]:
    """Return the limit of quotients (level, …) for steps to 0, and its error; infinite if no entry is usable.

    Wide steps that cross a kink can agree by chance, in particular on a lattice. So the best entry of all must agree
    with the best that uses the narrowest step; otherwise their difference is the error. `size` (…) is the magnitude of
    the values that were subtracted.
    """
    levels, shape = len(quotients), quotients.shape[1:]
    quotients, size = quotients.reshape(levels, -1), size.reshape(1, -1)
    usable = np.isfinite(quotients)
    everywhere = bool(usable.all())
    every = tableau.weights @ (quotients if everywhere else np.where(usable, quotients, 0.0))
    limits = every[tableau.entries]
    errors = np.maximum(np.abs(limits - every[tableau.newer]), np.abs(limits - every[tableau.older]))
    errors += tableau.noise * size
    if not everywhere:
        errors[tableau.uses @ ~usable > 0] = np.inf
    value, error = pick_smallest_error(limits, errors)
    if levels < len(STEPS):  # of few steps only the narrowest may be short enough
        error = np.maximum(error, errors[tableau.narrow].min(axis=0))
    else:
        value_narrow, error_narrow = pick_smallest_error(limits[tableau.narrow], errors[tableau.narrow])
        gap = np.abs(value - value_narrow)
        error = np.maximum(error, np.where(gap > 3 * (error + error_narrow), gap, 0.0))
    return value.reshape(shape), error.reshape(shape)


def pick_smallest_error(limits: Vector, errors: Vector) -> tuple[Vector, Vector]:
    """Return the limit with the smallest error, of several (entry, slope), and that error."""
    best, places = errors.argmin(axis=0), range(errors.shape[1])
    return limits[best, places], errors[best, places]


def slopes(
    function: Callable[[Vector], Vector], point: Vector, directions: Vector, weights: Vector | None = None
) -> Slopes:
    """Return the slopes of `function` (vector to vector) at `point` along each row of `directions`.

    With `weights` they are the slopes of the weighted sum of the function's entries. The first step is a whole
    direction. Steps at which the function raises or returns a number that is not finite are left out. Lattice points
    and directions keep `point ± step` exact, so that the realised step is the intended one.
    """
    value = function(point)
    sides = np.full((2, len(STEPS), len(directions), value.size), np.nan)
    untried = set(range(len(STEPS)))
    estimates: Any = None
    for (used, _), tableaux in zip(STAGES, TABLEAUX, strict=True):
        levels = untried & set(range(*used.indices(len(STEPS))))
        untried -= levels
        for level, row, (side, sign) in product(sorted(levels), range(len(directions)), enumerate((1.0, -1.0))):
            with suppress(Exception):
                sides[side, level, row] = function(point + (sign * STEPS[level]) * directions[row])
        (center, center_size), (side_values, side_sizes) = weigh(value, weights), weigh(sides[:, used], weights)
        size = np.fmax(center_size, np.fmax.reduce(side_sizes, axis=(0, 1)))
        estimates = extrapolate_sides(center, side_values, size, STEPS[used, None, None, None], *tableaux)
        if estimates.accurate:
            break
    return estimates


def weigh(values: Vector, weights: Vector | None) -> tuple[Vector, Vector]:
    """Return values and their magnitudes, or the weighted sums of both."""
    if weights is None:
        return values, np.abs(values)
    used = weights != 0
    terms = values[..., used] * weights[used]
    return terms.sum(axis=-1, keepdims=True), np.abs(terms).sum(axis=-1, keepdims=True)


def rounding_noise(function: Callable[[Vector], Vector], point: Vector) -> Vector:
    """Return the change of the function's entries if the point's entries are perturbed by a few roundings.

    The errors of slopes follow from the size of the values, which is no bound for values that are nothing but rounding.
    """
    generator: Any = np.random.default_rng(point.size)
    value = function(point)
    changes = [np.zeros_like(value)]
    for nudge in generator.integers(-4, 5, (PERTURBATIONS, point.size)):
        with suppress(Exception):  # the point may lie at the edge of the domain
            changes.append(np.abs(function(point * (1 + ROUNDING * nudge)) - value))
    return np.fmax.reduce(changes)


def extrapolate_sides(
    value: Vector, sides: Vector, size: Vector, steps: Vector, one_sided: Tableau, central: Tableau
) -> Slopes:
    """Return the slopes for values on both sides, as an array (side, level, direction, output)."""
    quotients = np.stack([sides[0] - value, value - sides[1]], axis=1) / steps
    (right, left), (right_error, left_error) = extrapolate(quotients, np.stack([size, size]), one_sided)
    middle, error = extrapolate(quotients.sum(axis=1) / 2, size, central)
    return Slopes(value, left, left_error, right, right_error, middle, error, size)
