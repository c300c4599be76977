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
from typing import Any

import attrs
import numpy as np

__all__ = ["Slopes", "slopes"]

Vector = Any

LEVELS = 7
STEPS = 0.5 ** np.arange(LEVELS)
ROUNDING = 2 * float(np.finfo(np.float64).eps)


@attrs.frozen
class Slopes:
    """Slopes of every output entry along every direction, each an array (direction, output), with their errors.

    `left` and `right` are one-sided, `central` assumes that these two are one; `size` is the largest magnitude of
    the function's values that were used.
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
    def settled(self) -> Vector:
        """Where both one-sided slopes exist: a cusp such as √|x| has none, though its central one seems to be 0."""
        known = 1e-3 * (np.abs(self.right) + np.abs(self.left)) + 1e-6 * self.size
        return np.isfinite(known) & (self.right_error + self.left_error <= known)


def triangle(base: float) -> tuple[Vector, Vector, Vector, Vector]:
    """Extrapolation as a linear map: the triangle's entries as weights of the quotients, and who judges whom.

    `base` is the factor by which the leading error shrinks when a step is halved, to the power of the column: 2 for
    one-sided quotients, 4 for central ones. Returns the weights (entry, level), and the positions of each entry past
    the first column with its two predecessors.
    """
    columns = [np.eye(LEVELS)]
    for order in range(1, LEVELS):
        newer, older = columns[-1][1:], columns[-1][:-1]
        columns.append(newer + (newer - older) / (base**order - 1))
    starts = np.cumsum([0] + [len(column) for column in columns])
    entries = [(starts[j] + i, starts[j - 1] + i + 1, starts[j - 1] + i)
               for j in range(1, LEVELS) for i in range(LEVELS - j)]  # fmt: skip
    entry, newer, older = np.array(entries).T
    return np.concatenate(columns), entry, newer, older


ONE_SIDED, CENTRAL = triangle(2.0), triangle(4.0)


def extrapolate(
    quotients: Vector, noise: Vector, tableau: tuple[Vector, Vector, Vector, Vector]
) -> tuple[Vector, Vector]:
    """The limit of quotients (level, …) as the step goes to 0, and its error; infinite where no entry can be trusted.

    Wide steps that cross a kink can agree by chance, all the more on a lattice. So the best place of all must agree
    with the best that uses the narrowest step; where it does not, their difference is the error.
    """
    weights, entry, newer, older = tableau
    usable = np.isfinite(quotients)
    everywhere = bool(usable.all())
    limits = np.tensordot(weights, quotients if everywhere else np.where(usable, quotients, 0.0), axes=1)
    errors = np.maximum(np.abs(limits[entry] - limits[newer]), np.abs(limits[entry] - limits[older]))
    errors += np.tensordot(np.abs(weights[entry]), noise, axes=1)
    if not everywhere:
        errors[np.tensordot(weights[entry] != 0, ~usable, axes=1) > 0] = np.inf
    narrow = weights[entry, -1] != 0
    value, error = best_of(limits[entry], errors)
    value_narrow, error_narrow = best_of(limits[entry][narrow], errors[narrow])
    apart = np.abs(value - value_narrow)
    return value, np.maximum(error, np.where(apart > 3 * (error + error_narrow), apart, 0.0))


def best_of(limits: Vector, errors: Vector) -> tuple[Vector, Vector]:
    """Of several limits (entry, …) the one with the smallest error."""
    best = np.argmin(errors, axis=0)[None]
    return np.take_along_axis(limits, best, axis=0)[0], np.take_along_axis(errors, best, axis=0)[0]


def slopes(function: Callable[[Vector], Vector], point: Vector, directions: Vector) -> Slopes:
    """The slopes of `function` (vector to vector) at `point` along each row of `directions`.

    A direction is as long as its first step; where a step is out of the function's domain (it raises, or returns
    what is not finite), shorter ones must do. Lattice points and directions keep `point ± step` exact, so that no
    realised difference needs to be told from the intended one.
    """
    value = function(point)
    sides = np.full((2, LEVELS, len(directions), value.size), np.nan)
    for row, direction in enumerate(directions):
        for level, step in enumerate(STEPS):
            for side, sign in enumerate((1.0, -1.0)):
                try:
                    sides[side, level, row] = function(point + (sign * step) * direction)
                except Exception:
                    continue
    steps = STEPS[:, None, None]
    right, left = (sides[0] - value) / steps, (value - sides[1]) / steps
    size = np.maximum(np.nanmax(np.abs(sides), axis=(0, 1), initial=0.0), np.abs(value))
    noise = ROUNDING * size / steps
    return Slopes(
        value,
        *extrapolate(left, noise, ONE_SIDED),
        *extrapolate(right, noise, ONE_SIDED),
        *extrapolate((right + left) / 2, noise, CENTRAL),
        size=size,
    )
