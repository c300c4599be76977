"""Which op is to blame: each application that a function made of an op, checked by itself where it happened."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from inspect import Parameter
from itertools import cycle
from typing import Any, cast

import attrs
import numpy as np

import mutorch_core as mt
from mutorch_core import trees
from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.cases.case import Case, cotangents_for, fields_of
from mutorch_core.gradcheck.checking.diagnosis import diagnosis
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.properties import properties_of
from mutorch_core.gradcheck.reporting.terminal import failure_block
from mutorch_core.gradcheck.sampling.lattice import COTANGENTS
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest
from mutorch_core.graph import Node
from mutorch_core.modes import Mode, entered
from mutorch_core.plans import Plan

__all__ = ["OpCall", "ops_to_blame", "recorded_calls"]

MAX_CALLS = 32
"""Up to so many applications of one op are looked at, the smallest first."""

HARMLESS = ("precision", "saves")
"""Properties whose failure makes no gradient wrong in double precision."""


@attrs.frozen
class OpCall:
    """An op applied while something was recorded: what it runs, and its arguments by name, operands raw."""

    plan: Plan
    arguments: Mapping[str, Any]


class CallRecorder(Mode):
    """Lets every node pass, and notes which call it comes from."""

    def __init__(self) -> None:
        self.made: list[OpCall] = []

    def admit(self, node: Node) -> Node:
        """Note the call that makes this node.

        A node keeps no more than rules name, so the arguments are taken from the frame of the call itself: the one
        whose own variable `_node`, which no operand can be called, is this node.
        """
        frame = inspect.currentframe() if isinstance(node.rule, Plan) else None
        while frame is not None and frame.f_locals.get("_node") is not node:
            frame = frame.f_back
        if frame is not None:
            given = {name: frame.f_locals[name] for name in node.rule.declaration.signature.parameters}
            self.made.append(OpCall(node.rule, given))
        return node


@contextmanager
def recorded_calls() -> Generator[list[OpCall], None, None]:
    """Note every op that is applied to something tracked: the function's own, and those of rules that are recorded."""
    calls = CallRecorder()
    with entered(calls):
        yield calls.made


# ------------------------------------------------------------------------------------------------------- checks


def ops_to_blame(calls: Sequence[OpCall], order: int) -> list[Failure]:
    """How the ops that are wrong at some of these calls fail there, the first failure of each."""
    by_op: dict[str, list[Case]] = {}
    for case in map(case_of, calls):
        by_op.setdefault(case.op.name, []).append(case)
    failures = (first_failure(cases, order) for cases in by_op.values())
    return [failure for failure in failures if failure is not None]


def first_failure(cases: Sequence[Case], order: int) -> Failure | None:
    """How an op fails at the smallest of some cases at which it does; None where it is right at all of them."""
    different = {repr((case.operands, case.parameters)): case for case in cases}
    for case in sorted(different.values(), key=size_of)[:MAX_CALLS]:
        try:
            subject = OpUnderTest(with_cotangents(case))
        except OperandError:
            continue  # NumPy refuses what another library took
        for prop in properties_of(case.op, order):
            if prop.name in HARMLESS:
                continue
            try:
                prop.check(subject)
            except Failure as failure:
                failure.rows += diagnosis(failure)
                failure.block = failure_block(case.op, prop.name, failure)
                return failure
    return None


def case_of(call: OpCall) -> Case:
    """A call as a case without cotangents: double precision NumPy, the parameters that are off their defaults."""
    op = op_of(call.plan)
    operands = {
        operand.name: as_double(value) if operand.kind == "single" else tuple(map(as_double, value))
        for operand, value in ((operand, call.arguments[operand.name]) for operand in op.operands)
    }
    parameters = {p.name: call.arguments[p.name] for p in op.parameters if not is_default(p, call.arguments[p.name])}
    return Case(op, operands, parameters, ())


def op_of(plan: Plan) -> Any:
    """The op that a plan belongs to: the registered one, or one of the same declaration and rules."""
    declaration = plan.declaration
    registered = mt.ops.get(declaration.name)
    if registered is not None and registered.declaration is declaration:
        return registered
    op: Any = cast("Any", mt.Op)(declaration)
    for rule in dict.fromkeys(plan.rules.values()):
        op.vjp(*rule.operands)(rule.function)
    return op


def is_default(parameter: Parameter, value: Any) -> bool:
    """Whether a parameter's value says nothing."""
    return type(value) is type(parameter.default) and value == parameter.default


def as_double(operand: Any) -> Any:
    """An operand as a case holds it; what is no array (a key, an integer) as it is."""
    if not isinstance(operand, (float, complex)) and not hasattr(operand, "dtype"):
        return operand
    array = np.asarray(operand)
    double = {"f": np.float64, "c": np.complex128}.get(array.dtype.kind)
    return array if double is None else array.astype(double)


def with_cotangents(case: Case) -> Case:
    """The case with cotangents of which none is 0."""
    fields = fields_of(case.call(case.operands))
    return attrs.evolve(case, cotangents=cotangents_for(fields, cycle(filter(None, COTANGENTS))))


def size_of(case: Case) -> int:
    """The number of entries of all operands."""
    return sum(int(np.size(leaf)) for leaf in trees.leaves_of(dict(case.operands)) if hasattr(leaf, "dtype"))
