"""The property `second_order`: the rule, a function of operands and cotangent, has the right derivative.

It is checked in three ways: finite differences of the rule, the symmetry of the Hessian, and ⟨J u, v⟩ = ⟨u, Jᵀ v⟩ with
J u from the vjp of the vjp.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import mutorch_core as mt
from mutorch_core.gradcheck.failures import RuleRaises, SecondOrderIsWrong
from mutorch_core.gradcheck.numerics import Claim, compare
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.derivatives.first_order import claim_failure, is_complex_function
from mutorch_core.gradcheck.properties.derivatives.linear import generic_vector
from mutorch_core.gradcheck.under_test import OpUnderTest, Slot, differentiating, pack, pull_back, unpack

__all__ = ["SECOND_ORDER"]


class Rule:
    """The rule of a case as a function of one real vector: the operands, then the cotangents."""

    def __init__(self, subject: OpUnderTest) -> None:
        self.subject = subject
        self.count = len(subject.arrays)
        self.arrays = [*subject.arrays, *subject.cotangents]
        self.slots = [*subject.slots, *(Slot("g") for _ in subject.cotangents)]
        self.point = pack(self.arrays)
        free = np.maximum(0.125 * 2.0 ** np.floor(np.log2(np.maximum(np.abs(self.point), 1.0))), 0.125)
        self.steps = np.concatenate([subject.steps, free[subject.point.size :]])
        with differentiating(subject.case):
            _, self.pullback = mt.vjp(self.pull_back, *self.arrays)

    def pull_back(self, *arrays: Any) -> Any:
        """Return the cotangents for `Var`s or raw arrays."""
        return pull_back(self.subject.forward, self.count, arrays)

    def packed_forward(self, vector: Any) -> Any:
        """Return the packed cotangents for a packed vector."""
        return pack(self.pull_back(*unpack(vector, self.arrays)))

    def transposed(self, cotangents: list[Any]) -> list[Any]:
        """Pull cotangents back through the recorded rule. Raises RuleRaises."""
        with differentiating(self.subject.case):
            return list(self.pullback(tuple(cotangents)))


def check_second_order(subject: OpUnderTest) -> bool | None:
    """Check `second_order` at one case."""
    if not subject.differentiable or not subject.finite or not subject.point.size or not pack(subject.values).size:
        return None
    if not np.isfinite(pack(subject.result)).all():
        return False
    generator = np.random.default_rng(subject.point.size)
    try:
        rule = Rule(subject)
        decided = check_derivative(subject, rule, generator)
        check_symmetry(subject, rule, generator)
        check_dot_product(subject, generator)
    except RuleRaises as failure:
        failure.summary = failure.summary.replace("differentiating it", "differentiating its rule")
        raise
    except SecondOrderIsWrong:
        if is_complex_function(subject):
            raise
        return None
    return decided


def check_derivative(subject: OpUnderTest, rule: Rule, generator: Any) -> bool:
    """Return whether differences of the rule can decide about its derivative. Raises SecondOrderIsWrong."""
    cotangents = unpack(generator.integers(1, 9, subject.point.size) / 4, subject.arrays)
    transposed = pack(rule.transposed(cotangents), dual=True)
    claim = Claim(rule.packed_forward, rule.point, rule.steps, pack(cotangents, dual=True), transposed, subject.terms)
    comparison = compare(claim, single=False)
    if comparison.wrong.any():
        description = "second-order cotangent"
        raise claim_failure(claim, comparison, subject, rule.slots, rule.arrays, SecondOrderIsWrong, description)
    return bool(comparison.decided.any())


def check_symmetry(subject: OpUnderTest, rule: Rule, generator: Any) -> None:
    """Raise SecondOrderIsWrong if ⟨H u, v⟩ differs from ⟨u, H v⟩."""
    u, v = generic_vector(generator, subject.point.size), generic_vector(generator, subject.point.size)
    hessian_u, hessian_v = (
        pack(rule.transposed(unpack(direction, subject.arrays))[: rule.count], dual=True) for direction in (u, v)
    )
    if np.isfinite(hessian_u).all() and np.isfinite(hessian_v).all():
        require_equal_products(
            subject, hessian_u, v, hessian_v, u, "the Hessian is not symmetric", ("⟨H u, v⟩", "⟨u, H v⟩")
        )


def check_dot_product(subject: OpUnderTest, generator: Any) -> None:
    """Raise SecondOrderIsWrong if the vjp of the vjp is not J u."""
    u = generic_vector(generator, subject.point.size)
    with differentiating(subject.case):
        _, tangents = mt.jvp(subject.forward, subject.arrays, unpack(u, subject.arrays))
    g, cotangents = pack(subject.cotangents, dual=True), pack(subject.result, dual=True)
    require_equal_products(
        subject, pack(tangents), g, cotangents, u, "the vjp of its vjp is not its jvp", ("⟨J u, v⟩", "⟨u, Jᵀ v⟩")
    )


def require_equal_products(
    subject: OpUnderTest,
    first: Any,
    with_first: Any,
    second: Any,
    with_second: Any,
    summary: str,
    names: tuple[str, str],
) -> None:
    """Raise SecondOrderIsWrong if two scalar products differ by more than rounding.

    Terms that cancel to 0 leave rounding errors, which are small only relative to the input values.
    """
    one, two = float(first @ with_first), float(second @ with_second)
    terms = float(np.abs(first) @ np.abs(with_first) + np.abs(second) @ np.abs(with_second))
    if not abs(one - two) <= 1e-9 * terms + 1e-11 * subject.terms:
        raise SecondOrderIsWrong(summary, (names[0], f"{one:.10g}"), (names[1], f"{two:.10g}"), case=subject.case)


SECOND_ORDER = Property(
    "second_order",
    SecondOrderIsWrong,
    ("smooth", "broadcast", "ones", "scalar", "parameters", "complex"),
    check_second_order,
    order=2,
    fraction=0.5,
)
