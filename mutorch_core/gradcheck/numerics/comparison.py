"""The comparison of a claimed cotangent with finite differences.

the claim     rule = Jᵀ cotangent, J the Jacobian of `function` at `point`
the test      ⟨rule, u⟩ against ⟨cotangent, J u⟩ along directions u
tolerance     3 · estimated error + 1e-10 · Σ|terms of both sums| + rounding of larger terms; there is no option for it
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from mutorch_core.gradcheck.numerics.finite_differences import NOISE_THRESHOLD, Slopes, rounding_noise, slopes

__all__ = [
    "CANCELLATION",
    "MAX_SINGLE_DIRECTIONS",
    "Claim",
    "Comparison",
    "compare",
    "random_step_fractions",
    "rounding_floor",
]

Vector = Any

MAX_SINGLE_DIRECTIONS = 4
"""The largest number of entries that are moved one by one. More are moved together in random directions."""

CANCELLATION = 2.0**-40
"""A bound on the relative rounding error that remains where terms cancel, after some thousand roundings."""

MAX_SINGLE_RESULTS = 16
"""The largest number of results that are compared one by one. Of more, the weighted sum is compared."""


@attrs.frozen
class Claim:
    """The claim that `rule` is the transposed Jacobian of `function` at `point`, applied to `cotangent`.

    All are real vectors. `steps` bounds the step of each entry of the point, `terms` the size of terms that may cancel
    in `rule`.
    """

    function: Callable[[Vector], Vector]
    point: Vector
    steps: Vector
    cotangent: Vector
    rule: Vector
    terms: float = 0.0

    def with_smaller_steps(self) -> Claim:
        """Return the same claim with steps a 32nd as wide."""
        return attrs.evolve(self, steps=self.steps / 32)


@attrs.frozen
class Comparison:
    """The values of rule and differences by direction, the tolerance, and the verdicts `decided` and `wrong`."""

    rule: Vector
    truth: Vector
    tolerance: Vector
    decided: Vector
    wrong: Vector
    slopes: Slopes

    @property
    def worst(self) -> int:
        """The index of the wrong direction with the largest difference."""
        return int(np.argmax(np.where(self.wrong, np.abs(self.rule - self.truth), -1)))


def single_directions(claim: Claim) -> Vector:
    """Return one direction per entry."""
    return np.diag(claim.steps)


def random_directions(claim: Claim, count: int = 2) -> Vector:
    """Return random signed directions that move all entries, each by 1/2, 5/8, 3/4, 7/8 or all of its step."""
    generator = np.random.default_rng(claim.steps.size)
    return np.array([random_step_fractions(generator, claim.steps.size) * claim.steps for _ in range(count)])


def random_step_fractions(generator: Any, size: int) -> Vector:
    """Return random signed fractions of a step: 1/2, 5/8, 3/4, 7/8 or 1."""
    return generator.integers(4, 9, size) * generator.choice([-1, 1], size) / 8


def compare(claim: Claim, single: bool | None = None) -> Comparison:
    """Compare along single directions if there are few. A difference counts if smaller steps confirm it.

    Imprecision leaves a direction undecided. A kink leaves all directions undecided: where kinks cross, the rule may
    follow another smooth piece than the one along which the function happens to be smooth. Smaller steps also
    distinguish an undeclared kink that wide steps cross from a mistake. A function whose values are nothing but
    rounding is undecided.
    """
    directions_of = (
        single_directions
        if single or (single is None and claim.point.size <= MAX_SINGLE_DIRECTIONS)
        else random_directions
    )
    comparison = compare_along(claim, directions_of(claim))
    if comparison.wrong.any():
        closer = claim.with_smaller_steps()
        closer_wrong = compare_along(closer, directions_of(closer)).wrong
        closer_wrong &= ~is_rounding(claim, comparison)
        comparison = attrs.evolve(
            comparison,
            decided=comparison.decided & (closer_wrong | ~comparison.wrong),
            wrong=comparison.wrong & closer_wrong,
        )
    return comparison


def is_rounding(claim: Claim, comparison: Comparison) -> Vector:
    """Return by direction whether the weighted sum of the function's entries is nothing but rounding.

    It is if the sum never changes while the rule's value is small enough to vanish beside larger terms.
    """
    weights, size = np.abs(claim.cotangent), comparison.slopes.size
    whole = size @ weights if weights.size <= MAX_SINGLE_RESULTS else size[:, 0]
    still = (comparison.truth == 0) & (np.abs(comparison.rule) <= rounding_floor(claim.point) * weights.sum())
    return still | (rounding_noise(claim.function, claim.point) @ weights > NOISE_THRESHOLD * whole)


def rounding_floor(point: Vector) -> float:
    """Return the largest change that may be invisible in values made of terms as large as the operands."""
    return CANCELLATION * (1 + float(np.abs(point).max(initial=0.0)))


def compare_along(claim: Claim, directions: Vector) -> Comparison:
    """Compare along the given directions."""
    weights = np.abs(claim.cotangent)
    if claim.cotangent.size > MAX_SINGLE_RESULTS:
        estimates = slopes(claim.function, claim.point, directions, claim.cotangent)
        claim, weights = attrs.evolve(claim, cotangent=np.ones(1)), np.ones(1)
    else:
        estimates = slopes(claim.function, claim.point, directions)
    matters = weights > 0
    central = np.where(matters, estimates.central, 0.0)
    truth, error = central @ claim.cotangent, np.where(matters, estimates.central_error, 0.0) @ weights
    rule = np.where(directions != 0, directions * claim.rule, 0.0).sum(axis=1)
    terms = np.abs(central) @ weights
    claimed = np.where(np.isfinite(rule), np.abs(rule), 0.0)
    tolerance = 3 * error + 1e-10 * (terms + claimed)
    tolerance += CANCELLATION * claim.terms * np.abs(directions).sum(axis=1)
    exact = 3 * error <= 1e-5 * np.maximum(terms, claimed) + 1e-9 * (estimates.size @ weights)
    decided = exact & np.isfinite(error) & estimates.converged.all(axis=1) & ~(estimates.kinked & matters).any()
    wrong = decided & ~(np.abs(rule - truth) <= tolerance)
    return Comparison(rule, truth, tolerance, decided, wrong, estimates)
