"""Numerical differentiation: finite differences with error estimates, and the comparison of a rule with them."""

from mutorch_core.gradcheck.numerics.comparison import (
    CANCELLATION,
    MAX_SINGLE_DIRECTIONS,
    Claim,
    Comparison,
    compare,
    random_step_fractions,
    rounding_floor,
)
from mutorch_core.gradcheck.numerics.finite_differences import NOISE_THRESHOLD, Slopes, rounding_noise, slopes
from mutorch_core.gradcheck.numerics.step_bounds import first_steps, inside

__all__ = [
    "CANCELLATION",
    "MAX_SINGLE_DIRECTIONS",
    "NOISE_THRESHOLD",
    "Claim",
    "Comparison",
    "Slopes",
    "compare",
    "first_steps",
    "inside",
    "random_step_fractions",
    "rounding_floor",
    "rounding_noise",
    "slopes",
]
