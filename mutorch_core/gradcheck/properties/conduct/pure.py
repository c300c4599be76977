"""`pure`: nothing that is handed in changes, nothing is remembered, and nothing is left to chance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import attrs
import numpy as np

from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.cases.case import Case, fields_of
from mutorch_core.gradcheck.failures import CotangentIsWrong, NotPure, RuleRaises
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.conduct.masks import equal
from mutorch_core.gradcheck.properties.derivatives.first_order import check_derivative
from mutorch_core.gradcheck.under_test.op_under_test import Subject
from mutorch_core.gradcheck.value_types import is_several

__all__ = ["PURE"]


def check_pure(subject: Subject) -> bool | None:
    """Property 4 at one case; of an op without gradients the forward alone."""
    case = subject.case.copied()
    forward = bits(fields_of(case.call(case.operands)))
    unchanged(case, subject.case, "the forward", "forward")
    same(subject, forward, bits(fields_of(case.call(case.operands))), "the forward")
    if not subject.differentiable:
        return True
    fresh = Subject(case)
    value = bits(fresh.traced[0])
    first = bits(fresh.result)
    unchanged(case, subject.case, "the rule", "rule")
    if bits(fresh.traced[0]) != value:
        raise NotPure("the rule changes the forward's result", case=subject.case)
    same(subject, first, bits(fresh.rule(fresh.cotangents)), "the rule, run twice on one graph,")
    check_read_only(subject)
    check_two_uses(subject)
    check_memory(subject)
    same(subject, first, bits(Subject(subject.case.copied()).result), "the rule, run again after another point,")
    return True


def arrays_in(values: Any) -> Iterator[Any]:
    """All arrays in nested containers."""
    for value in values:
        if is_several(value):
            yield from arrays_in(value)
        elif value is not None:
            yield np.asarray(value)


def bits(values: Any) -> list[bytes]:
    """Arrays as bytes: equal only where every digit is."""
    return [array.tobytes() for array in arrays_in(values)]


def unchanged(case: Case, original: Case, who: str, operand: str) -> None:
    """Raise NotPure where operands or cotangents are no longer what they were."""
    for name, value in case.operands.items():
        if bits([value]) != bits([original.operands[name]]):
            raise NotPure(f"{who} changes its operand {name}", case=original)
    if bits(case.cotangents) != bits(original.cotangents):
        raise NotPure(f"{who} changes its cotangent", case=original)


def same(subject: Subject, first: list[bytes], again: list[bytes], who: str) -> None:
    """Raise NotPure where two runs differ in any digit."""
    if first != again:
        raise NotPure(f"{who} does not give the same bits", case=subject.case)


def check_read_only(subject: Subject) -> None:
    """Raise NotPure where forward or rule can't do without writing into what it is given."""
    case = subject.case.copied(writeable=False)
    try:
        _ = Subject(case).result
    except (RuleRaises, ValueError, TypeError) as error:
        row = error.rows[0] if isinstance(error, RuleRaises) else ("it says", str(error))
        raise NotPure("it writes into read-only arrays", row, case=subject.case) from error


def check_two_uses(subject: Subject) -> None:
    """Raise NotPure where two uses in one graph disturb each other, as with one buffer for both results."""
    count = len(subject.arrays)

    def twice(*arrays: Any) -> Any:
        return subject.forward(*arrays[:count]) + subject.forward(*arrays[count:])

    arrays = [array.copy(order="K") for array in (*subject.arrays, *subject.arrays)]
    cotangents = (*subject.cotangents, *(3 * g for g in subject.cotangents))
    found = subject.pulled(twice, arrays, cotangents)
    wanted = [*subject.result, *subject.rule([3 * g for g in subject.cotangents])]
    if not all(map(partial(equal, terms=3 * subject.terms), found, wanted)):
        raise NotPure("two uses in one graph disturb each other: do they share an array?", case=subject.case)


def check_memory(subject: Subject) -> None:
    """Raise NotPure where, right after this point, the rule is wrong at another of the same shapes."""
    moved = [np.ascontiguousarray(array.ravel()[::-1]).reshape(array.shape) for array in subject.arrays]
    other = attrs.evolve(subject.case, operands=subject.operands(moved))
    with suppress(OperandError, RuleRaises):  # the other point may lie outside of the op's domain
        after = Subject(other)
        if after.finite and after.point.size and bits(after.values) != bits(subject.values):
            expect_right(after, subject)


def expect_right(after: Subject, subject: Subject) -> None:
    """Raise NotPure where differences refute the rule at `after`."""
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
    share=0.4,
)
