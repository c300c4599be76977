"""The property `linear`: the rule is linear in its cotangent over many magnitudes, and maps 0 to 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from mutorch_core.gradcheck.failures import NotLinear
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.under_test import OpUnderTest, pack, unpack

__all__ = ["LINEAR", "generic_vector"]

FACTORS = (-1.0, 0.5**20, 2.0**20)
"""Powers of two, which scale a linear rule without rounding."""


def check_linear(subject: OpUnderTest) -> bool | None:
    """Check `linear` at one case."""
    if not subject.differentiable or not subject.finite or subject.point.size == 0:
        return None
    first, g = pack(subject.result), pack(subject.cotangents)
    if not np.isfinite(first).all():
        return False
    for factor in (0.0, *FACTORS):
        scaled = rule_at(subject, factor * g)
        terms = np.abs(factor) * np.abs(first)
        require_linear(
            subject, scaled, factor * first, terms, factor * g, f"{factor:g} g", f"{factor:g} times that of g"
        )
    second_cotangent = generic_vector(np.random.default_rng(g.size), g.size)
    second, both = rule_at(subject, second_cotangent), rule_at(subject, g + second_cotangent)
    require_linear(
        subject,
        both,
        first + second,
        np.abs(first) + np.abs(second),
        g + second_cotangent,
        "g + h",
        "that of g plus that of h",
    )
    return True


def generic_vector(generator: Any, size: int) -> Any:
    """Return a vector without zeros or round numbers."""
    return generator.integers(-8, 9, size) / 4 + 1 / 3


def rule_at(subject: OpUnderTest, cotangent: Any) -> Any:
    """Return the rule's cotangents, packed, for a packed cotangent."""
    return pack(subject.rule(unpack(cotangent, subject.cotangents)))


def require_linear(
    subject: OpUnderTest, cotangents: Any, expected: Any, terms: Any, cotangent: Any, argument: str, expected_text: str
) -> None:
    """Raise NotLinear if two cotangents differ by more than rounding.

    A rule may sum terms of the cotangent's size that cancel almost completely, as those of softmax and layer_norm do.
    The remainder has the terms' rounding error, which is not visible from its own size.
    """
    scale = terms + 1e-3 * terms.max(initial=0.0) + 1e-3 * np.abs(cotangent).max(initial=0.0)
    off = ~(np.abs(cotangents - expected) <= 1e-10 * scale)
    if off.any():
        first = int(np.argmax(off))
        raise NotLinear(
            "the rule is not linear in its cotangent",
            ("rule says", f"{cotangents[first]:.10g} for {argument}"),
            ("it is", f"{expected[first]:.10g}, {expected_text}"),
            case=subject.case,
        )


LINEAR = Property(
    "linear", NotLinear, ("smooth", "broadcast", "ones", "scalar", "parameters", "complex"), check_linear, fraction=0.5
)
