"""Finite differences that know how wrong they are.

A slope is the limit of difference quotients at the steps 1, 1/2, 1/4, … of a direction. Richardson's extrapolation
builds a triangle on them; Ridders' rule picks the place in it where neighbours agree best, and takes their
disagreement as the error:

    steps   quotients                    each column removes one more power of the step
    1       T00
    1/2     T10 ── T11                   error of T11: the larger of |T11 - T10| and |T11 - T00|,
    1/4     T20 ── T21 ── T22            and what rounding can do to it
    …

Left and right quotients are extrapolated beside the central ones, for a central difference alone can't tell a kink
from a slope: at 0 it gives |x| the derivative 0 and relu 1/2, both without any error.
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
"""The steps that are tried in turn, and how they follow one another: every other one is tried first, from the widest
to the narrowest; all where their slopes do not agree well.
"""

ERROR_GOAL = 1e-9
"""A slope of which the error is a smaller part than this needs no further steps."""

ROUNDING = 2 * float(np.finfo(np.float64).eps)

PERTURBATIONS = 16
"""So many points beside another are looked at, a few roundings away."""

NOISE_THRESHOLD = 1e-6
"""A function that these change by a larger part is what rounding left of terms that cancelled."""


@attrs.frozen
class Slopes:
    """Slopes of every output entry along every direction, each an array (direction, output), with their errors.

    `left` and `right` are one-sided, `central` assumes that these two are one; `size` is the largest magnitude of
    the function's values that were used, by direction.
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
        """Where both one-sided slopes exist and differ."""
        gap = np.abs(self.right - self.left)
        return gap > 3 * (self.right_error + self.left_error) + 1e-7 * (np.abs(self.right) + np.abs(self.left))

    @property
    def converged(self) -> Vector:
        """Where both one-sided slopes exist: a cusp such as √|x| has none, though its central one seems to be 0."""
        known = 1e-3 * (np.abs(self.right) + np.abs(self.left)) + 1e-6 * self.size
        return np.isfinite(known) & (self.right_error + self.left_error <= known)

    @property
    def accurate(self) -> bool:
        """Whether no further steps are needed: every slope is one, and known well."""
        known = self.central_error <= ERROR_GOAL * (np.abs(self.central) + 1e-3 * self.size)
        return bool(known.all() and self.converged.all() and not self.kinked.any())


@attrs.frozen
class Tableau:
    """Extrapolation as a linear map: the triangle's entries as weights of the quotients, and who judges whom.

    `entries` are those past the first column, `newer` and `older` their two predecessors among all, `weights` (entry,
    level). `uses` says which quotients an entry has any of, `narrow` which use that of the narrowest step, `rounding_noise` how
    much rounding of the function's values does to each.
    """

    weights: Vector
    entries: Vector
    newer: Vector
    older: Vector
    uses: Vector
    narrow: Vector
    noise: Vector


def make_tableau(ratio: float, steps: Vector) -> Tableau:
    """The tableau of quotients at some steps.

    `ratio` is the factor by which the leading error shrinks from step to step, to the power of the column: where steps
    are halved, 2 for one-sided quotients and 4 for central ones.
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
"""By stage the tableaux of one-sided and of central quotients."""


def extrapolate(quotients: Vector, size: Vector, tableau: Tableau) -> tuple[Vector, Vector]:
    """The limit of quotients (level, …) as the step goes to 0, and its error; infinite where no entry can be trusted.

    Wide steps that cross a kink can agree by chance, all the more on a lattice. So the best place of all must agree
    with the best that uses the narrowest step; where it does not, their difference is the error. `size` (…) is the
    magnitude of the values that were subtracted.
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
    if levels < len(STEPS):  # of few steps the narrowest may be the only one that tells
        error = np.maximum(error, errors[tableau.narrow].min(axis=0))
    else:
        value_narrow, error_narrow = pick_smallest_error(limits[tableau.narrow], errors[tableau.narrow])
        gap = np.abs(value - value_narrow)
        error = np.maximum(error, np.where(gap > 3 * (error + error_narrow), gap, 0.0))
    return value.reshape(shape), error.reshape(shape)


def pick_smallest_error(limits: Vector, errors: Vector) -> tuple[Vector, Vector]:
    """Of several limits (entry, place) the one with the smallest error."""
    best, places = errors.argmin(axis=0), range(errors.shape[1])
    return limits[best, places], errors[best, places]


def slopes(
    function: Callable[[Vector], Vector], point: Vector, directions: Vector, weights: Vector | None = None
) -> Slopes:
    """The slopes of `function` (vector to vector) at `point` along each row of `directions`.

    With `weights` they are those of one number, the weighted sum of the function's entries. A direction is as long as
    its first step; where a step is out of the function's domain (it raises, or returns what is not finite), shorter
    ones must do. Lattice points and directions keep `point ± step` exact, so that no realised difference needs to be
    told from the intended one.
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
    """Values, or their weighted sums, and the magnitudes of what they are made of."""
    if weights is None:
        return values, np.abs(values)
    used = weights != 0
    terms = values[..., used] * weights[used]
    return terms.sum(axis=-1, keepdims=True), np.abs(terms).sum(axis=-1, keepdims=True)


def rounding_noise(function: Callable[[Vector], Vector], point: Vector) -> Vector:
    """How much the function's entries change where those of the point are rounded otherwise.

    The errors of slopes come from the size of its values, which is no bound for values that are nothing but rounding.
    """
    generator: Any = np.random.default_rng(point.size)
    value = function(point)
    changes = [np.zeros_like(value)]
    for nudge in generator.integers(-4, 5, (PERTURBATIONS, point.size)):
        with suppress(Exception):  # beside the edge of its domain
            changes.append(np.abs(function(point * (1 + ROUNDING * nudge)) - value))
    return np.fmax.reduce(changes)


def extrapolate_sides(
    value: Vector, sides: Vector, size: Vector, steps: Vector, one_sided: Tableau, central: Tableau
) -> Slopes:
    """The slopes that the values at both sides (side, level, direction, output) extrapolate to."""
    quotients = np.stack([sides[0] - value, value - sides[1]], axis=1) / steps
    (right, left), (right_error, left_error) = extrapolate(quotients, np.stack([size, size]), one_sided)
    middle, error = extrapolate(quotients.sum(axis=1) / 2, size, central)
    return Slopes(value, left, left_error, right, right_error, middle, error, size)
