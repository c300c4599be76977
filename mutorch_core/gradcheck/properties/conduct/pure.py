"""The property `pure`: operands do not change, nothing is remembered, and results are deterministic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import attrs
import numpy as np

from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.cases import Case, fields_of
from mutorch_core.gradcheck.failures import CotangentIsWrong, NotPure, RuleRaises
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.conduct.masks import equal_up_to_rounding
from mutorch_core.gradcheck.properties.derivatives.first_order import check_derivative
from mutorch_core.gradcheck.under_test import OpUnderTest
from mutorch_core.gradcheck.value_types import is_several

__all__ = ["PURE"]


def check_pure(subject: OpUnderTest) -> bool | None:
    """Check `pure` at one case; of an op without gradients only the forward."""
    case = subject.case.copied()
    forward = to_bytes(fields_of(case.call(case.operands)))
    require_unchanged(case, subject.case, "the forward", "forward")
    require_same_bits(subject, forward, to_bytes(fields_of(case.call(case.operands))), "the forward")
    if not subject.differentiable:
        return True
    fresh = OpUnderTest(case)
    value = to_bytes(fresh.traced[0])
    first = to_bytes(fresh.result)
    require_unchanged(case, subject.case, "the rule", "rule")
    if to_bytes(fresh.traced[0]) != value:
        raise NotPure("the rule changes the forward's result", case=subject.case)
    require_same_bits(subject, first, to_bytes(fresh.rule(fresh.cotangents)), "the rule, run twice on one graph,")
    check_read_only(subject)
    check_two_uses(subject)
    check_memory(subject)
    require_same_bits(
        subject, first, to_bytes(OpUnderTest(subject.case.copied()).result), "the rule, run again after another point,"
    )
    return True


def arrays_in(values: Any) -> Iterator[Any]:
    """Yield all arrays in nested containers."""
    for value in values:
        if is_several(value):
            yield from arrays_in(value)
        elif value is not None:
            yield np.asarray(value)


def to_bytes(values: Any) -> list[bytes]:
    """Return arrays as bytes, which are equal only if every bit is."""
    return [array.tobytes() for array in arrays_in(values)]


def require_unchanged(case: Case, original: Case, who: str, operand: str) -> None:
    """Raise NotPure if operands or cotangents have changed."""
    for name, value in case.operands.items():
        if to_bytes([value]) != to_bytes([original.operands[name]]):
            raise NotPure(f"{who} changes its operand {name}", case=original)
    if to_bytes(case.cotangents) != to_bytes(original.cotangents):
        raise NotPure(f"{who} changes its cotangent", case=original)


def require_same_bits(subject: OpUnderTest, first: list[bytes], again: list[bytes], who: str) -> None:
    """Raise NotPure if two runs differ in any bit."""
    if first != again:
        raise NotPure(f"{who} does not give the same bits", case=subject.case)


def check_read_only(subject: OpUnderTest) -> None:
    """Raise NotPure if forward or rule fails on read-only arrays."""
    case = subject.case.copied(writeable=False)
    try:
        _ = OpUnderTest(case).result
    except (RuleRaises, ValueError, TypeError) as error:
        row = error.rows[0] if isinstance(error, RuleRaises) else ("it says", str(error))
        raise NotPure("it writes into read-only arrays", row, case=subject.case) from error


def check_two_uses(subject: OpUnderTest) -> None:
    """Raise NotPure if two uses in one graph affect each other, as with one buffer for both results."""
    count = len(subject.arrays)

    def twice(*arrays: Any) -> Any:
        return subject.forward(*arrays[:count]) + subject.forward(*arrays[count:])

    arrays = [array.copy(order="K") for array in (*subject.arrays, *subject.arrays)]
    cotangents = (*subject.cotangents, *(3 * g for g in subject.cotangents))
    pulled_back = subject.pull_back(twice, arrays, cotangents)
    expected = [*subject.result, *subject.rule([3 * g for g in subject.cotangents])]
    if not all(map(partial(equal_up_to_rounding, terms=3 * subject.terms), pulled_back, expected)):
        raise NotPure("two uses in one graph disturb each other: do they share an array?", case=subject.case)


def check_memory(subject: OpUnderTest) -> None:
    """Raise NotPure if the rule, right after this point, is wrong at another point of the same shapes."""
    moved = [np.ascontiguousarray(array.ravel()[::-1]).reshape(array.shape) for array in subject.arrays]
    moved_case = attrs.evolve(subject.case, operands=subject.operands(moved))
    with suppress(OperandError, RuleRaises):  # the other point may lie outside of the op's domain
        after = OpUnderTest(moved_case)
        if after.finite and after.point.size and to_bytes(after.values) != to_bytes(subject.values):
            require_correct_at(after, subject)


def require_correct_at(after: OpUnderTest, subject: OpUnderTest) -> None:
    """Raise NotPure if finite differences refute the rule at `after`."""
    try:
        check_derivative(after, CotangentIsWrong)
    except CotangentIsWrong as failure:
        raise NotPure(
            "right after another point of the same shapes, the rule is wrong: does it remember something?",
            *failure.rows,
            case=subject.case,
        ) from failure


PURE = Property(
    "pure",
    NotPure,
    ("smooth", "broadcast", "ones", "scalar", "empty", "parameters", "complex"),
    check_pure,
    applies=lambda _: True,
    fraction=0.4,
)
