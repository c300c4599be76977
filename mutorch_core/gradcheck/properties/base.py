"""The definition of a property: a name, an exception type, regimes, and a check of one case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.under_test import OpUnderTest

__all__ = ["Property", "has_gradient", "has_several_slots"]


def has_gradient(op: Any) -> bool:
    """Return whether the op has a differentiable operand."""
    return any(operand.differentiable for operand in op.operands)


def has_several_slots(op: Any) -> bool:
    """Return whether more than one array of a call may carry a gradient."""
    able = [operand for operand in op.operands if operand.differentiable]
    return len(able) > 1 or any(operand.kind != "single" for operand in able)


@attrs.frozen
class Property:
    """One property of every correct op.

    `check` examines one case. It returns True if the property holds, False if nothing can be decided, None if it does
    not apply, and raises `failure` or RuleRaises if the op is wrong. `fraction` limits it to the first part of each
    regime's cases. `remark` returns a note on an op that passed.
    """

    name: str
    failure: type[Failure]
    regimes: tuple[str, ...]
    check: Callable[[OpUnderTest], bool | None]
    applies: Callable[[Any], bool] = has_gradient
    order: int = 1
    fraction: float = 1.0
    remark: Callable[[], str] = str
