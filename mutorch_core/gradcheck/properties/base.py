"""What a property is: a name, its exception type, the regimes it looks at, and a function of one case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest

__all__ = ["Property", "has_gradient", "has_several_slots"]


def has_gradient(op: Any) -> bool:
    """Whether the op has an operand that may carry a gradient."""
    return any(operand.differentiable for operand in op.operands)


def has_several_slots(op: Any) -> bool:
    """Whether gradients can flow to more than one array of a call."""
    able = [operand for operand in op.operands if operand.differentiable]
    return len(able) > 1 or any(operand.kind != "single" for operand in able)


@attrs.frozen
class Property:
    """One thing that is true of every right op.

    `check` looks at one case: True where the property is proven there, False where nothing can be decided, None
    where it does not apply; it raises `failure`, or RuleRaises, where the op is wrong. `fraction` limits it to the first
    part of each regime's examples. `remark` is what there is to say of a proven op once all cases were looked at.
    """

    name: str
    failure: type[Failure]
    regimes: tuple[str, ...]
    check: Callable[[OpUnderTest], bool | None]
    applies: Callable[[Any], bool] = has_gradient
    order: int = 1
    fraction: float = 1.0
    remark: Callable[[], str] = str
