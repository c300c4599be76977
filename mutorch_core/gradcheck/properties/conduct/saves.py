"""The property `saves`: a graph keeps only the arrays that its rules name."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import mutorch_core as mt
from mutorch_core.gradcheck.failures import KeepsTooMuch
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.under_test import OpUnderTest

__all__ = ["SAVES"]


def check_saves(subject: OpUnderTest) -> bool | None:
    """Check `saves` at one case: operands that no rule names are freed once the caller drops them."""
    named = {name for rule in subject.op.rules.values() for name in rule.names if name not in rule.metas}
    if not subject.differentiable or named & {"out", *subject.op.outputs, *subject.op.declaration.hidden}:
        return None  # the rule keeps a result, which may be a view of an operand
    idle = [i for i, slot in enumerate(subject.slots) if slot.operand not in named]
    if not idle:
        return None
    graph, operands = build_graph(subject)
    alive = [i for i in idle if operands[i]() is not None]
    if alive:
        gc.collect()  # the forward may have left a reference cycle
        alive = [i for i in idle if operands[i]() is not None]
    if graph and alive:
        slot = subject.slots[alive[0]]
        raise KeepsTooMuch(
            f"the graph keeps operand {slot} alive, though no rule names it",
            ("rules name", ", ".join(sorted(named - {"g", "xp", "needs", "reached"})) or "nothing"),
            operand=slot.operand,
            case=subject.case,
        )
    return True


def build_graph(subject: OpUnderTest) -> tuple[list[Any], list[weakref.ref[Any]]]:
    """Return the nodes of the op's results, and weak references to the operands."""
    arrays = [array.copy() for array in subject.arrays]
    results = subject.forward(*map(mt.Var, arrays))
    subject.pull_back(subject.forward, arrays, tuple(subject.cotangents))
    return [result.node for result in results if type(result) is mt.Var], [weakref.ref(array) for array in arrays]


def has_rules(op: Any) -> bool:
    """Return whether the op has rules."""
    return bool(op.rules)


SAVES = Property("saves", KeepsTooMuch, ("smooth",), check_saves, applies=has_rules, fraction=0.2)
