"""Attribution of a wrong gradient to ops: each call that the function made is checked where it happened."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from inspect import Parameter
from itertools import cycle
from typing import Any, cast

import attrs
import numpy as np

import mutorch_core as mt
from mutorch_core.declaration.pullback import Pullback
from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.cases import Case, cotangents_for, fields_of
from mutorch_core.gradcheck.checking.diagnosis import diagnosis
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.properties import properties_of
from mutorch_core.gradcheck.reporting.terminal import failure_block
from mutorch_core.gradcheck.sampling.lattice import COTANGENTS
from mutorch_core.gradcheck.under_test import OpUnderTest
from mutorch_core.graph.grad_mode import Mode, use_mode
from mutorch_core.graph.node import Node
from mutorch_core.transforms import pytrees as trees

__all__ = ["OpCall", "ops_to_blame", "recorded_calls"]

MAX_CALLS = 32
"""The largest number of calls of one op that are checked, the smallest operands first."""

HARMLESS = ("precision", "saves")
"""Properties whose failure makes no gradient wrong in double precision."""


@attrs.frozen
class OpCall:
    """One recorded call of an op: its plan, and its arguments by name with raw operands."""

    plan: Pullback
    arguments: Mapping[str, Any]


class CallRecorder(Mode):
    """A grad mode that records the call behind each node."""

    def __init__(self) -> None:
        self.made: list[OpCall] = []

    def on_node(self, node: Node, arguments: Mapping[str, Any] | None) -> Node:
        """Record the call that makes a node. The node itself saves only what its rules name."""
        if arguments is not None:
            self.made.append(OpCall(node.rule, arguments))
        return node


@contextmanager
def recorded_calls() -> Generator[list[OpCall], None, None]:
    """Record every op that is applied to a tracked operand, in the function and in recorded rules."""
    calls = CallRecorder()
    with use_mode(calls):
        yield calls.made


# ------------------------------------------------------------------------------------------------------- checks


def ops_to_blame(calls: Sequence[OpCall], order: int) -> list[Failure]:
    """Return the first failure of each op that is wrong at one of these calls."""
    by_op: dict[str, list[Case]] = {}
    for case in map(case_of, calls):
        by_op.setdefault(case.op.name, []).append(case)
    failures = (first_failure(cases, order) for cases in by_op.values())
    return [failure for failure in failures if failure is not None]


def first_failure(cases: Sequence[Case], order: int) -> Failure | None:
    """Return an op's failure at the smallest case that fails, or None if all cases pass."""
    different = {repr((case.operands, case.parameters)): case for case in cases}
    for case in sorted(different.values(), key=size_of)[:MAX_CALLS]:
        try:
            subject = OpUnderTest(with_cotangents(case))
        except OperandError:
            continue  # another library accepted it, NumPy does not
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
    """Return a call as a case without cotangents: float64 NumPy operands, parameters that are off their defaults."""
    op = op_of(call.plan)
    operands = {
        operand.name: as_double(value) if operand.kind == "single" else tuple(map(as_double, value))
        for operand, value in ((operand, call.arguments[operand.name]) for operand in op.operands)
    }
    parameters = {p.name: call.arguments[p.name] for p in op.parameters if not is_default(p, call.arguments[p.name])}
    return Case(op, operands, parameters, ())


def op_of(plan: Pullback) -> Any:
    """Return the registered op of a plan, or an op of the same declaration and rules."""
    declaration = plan.declaration
    registered = mt.ops.get(declaration.name)
    if registered is not None and registered.declaration is declaration:
        return registered
    op: Any = cast("Any", mt.Op)(declaration)
    for rule in dict.fromkeys(plan.rules.values()):
        op.vjp(*rule.operands)(rule.function)
    return op


def is_default(parameter: Parameter, value: Any) -> bool:
    """Return whether a parameter has its default value."""
    return type(value) is type(parameter.default) and value == parameter.default


def as_double(operand: Any) -> Any:
    """Return an array operand in double precision; return anything else, such as a key, unchanged."""
    if not isinstance(operand, (float, complex)) and not hasattr(operand, "dtype"):
        return operand
    array = np.asarray(operand)
    double = {"f": np.float64, "c": np.complex128}.get(array.dtype.kind)
    return array if double is None else array.astype(double)


def with_cotangents(case: Case) -> Case:
    """Return the case with nonzero cotangents."""
    fields = fields_of(case.call(case.operands))
    return attrs.evolve(case, cotangents=cotangents_for(fields, cycle(filter(None, COTANGENTS))))


def size_of(case: Case) -> int:
    """Return the number of entries of all operands."""
    return sum(int(np.size(leaf)) for leaf in trees.leaves_of(dict(case.operands)) if hasattr(leaf, "dtype"))
