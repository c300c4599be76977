"""A rule's claim about a function, and what finite differences say to it.

    the claim     rule = Jᵀ cotangent, J the Jacobian of `function` at `point`
    the test      ⟨rule, u⟩ against ⟨cotangent, J u⟩ along directions u
    tolerance     3 · estimated error + 1e-10 · Σ|terms of both sums|: nobody sets it
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from mutorch_core.gradcheck.differences import Slopes, slopes

__all__ = ["FULL", "Claim", "Judgement", "judge", "several_directions", "single_directions"]

Vector = Any

FULL = 8
"""Up to so many entries each one is moved by itself; more are moved together, in random directions."""


@attrs.frozen
class Claim:
    """That `rule` is the transposed Jacobian of `function` at `point`, applied to `cotangent`; all real vectors.

    `steps` says how far each entry of the point may be moved.
    """

    function: Callable[[Vector], Vector]
    point: Vector
    steps: Vector
    cotangent: Vector
    rule: Vector


@attrs.frozen
class Judgement:
    """By direction: what the rule says, what the differences say, how exact they are, and whether that is enough."""

    rule: Vector
    truth: Vector
    tolerance: Vector
    decided: Vector
    wrong: Vector
    slopes: Slopes


def single_directions(claim: Claim) -> Vector:
    """One direction per entry."""
    return np.diag(claim.steps)


def several_directions(claim: Claim, count: int = 2) -> Vector:
    """Random signed directions that move all entries at once, each by 1/2, 5/8, 3/4, 7/8 or all of its step."""
    generator = np.random.default_rng(claim.steps.size)
    shares = generator.integers(4, 9, (count, claim.steps.size)) / 8
    return generator.choice([-1.0, 1.0], shares.shape) * shares * claim.steps


def judge(claim: Claim, directions: Vector | None = None) -> Judgement:
    """Compare; along single directions where there are few. Kinks and imprecision leave a direction undecided."""
    if directions is None:
        few = claim.point.size <= FULL
        directions = single_directions(claim) if few else several_directions(claim)
    found = slopes(claim.function, claim.point, directions)
    weights = np.abs(claim.cotangent)
    matters = weights > 0
    central = np.where(matters, found.central, 0.0)
    truth, error = central @ claim.cotangent, np.where(matters, found.central_error, 0.0) @ weights
    rule = directions @ claim.rule
    terms = np.abs(central) @ weights
    tolerance = 3 * error + 1e-10 * (terms + np.nan_to_num(np.abs(directions) @ np.abs(claim.rule), posinf=0.0))
    exact = 3 * error <= 1e-5 * np.maximum(terms, np.nan_to_num(np.abs(rule), posinf=0.0)) + 1e-9 * (found.size @ weights)
    decided = exact & ~(found.kinked & matters).any(axis=1)
    wrong = decided & ~(np.abs(rule - truth) <= tolerance)
    return Judgement(rule, truth, tolerance, decided, wrong, found)
