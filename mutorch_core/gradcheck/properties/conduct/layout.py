"""The property `layout`: cotangents do not depend on the memory layout of operands and cotangents."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.cases import Case, layout_of, with_layout
from mutorch_core.gradcheck.failures import DependsOnLayout
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.conduct.masks import equal_up_to_rounding
from mutorch_core.gradcheck.under_test import OpUnderTest
from mutorch_core.gradcheck.value_types import is_array, is_several

__all__ = ["LAYOUT"]


def check_layout(subject: OpUnderTest) -> bool | None:
    """Check `layout` at one case: in its own layout if that is special, else in every layout."""
    if not subject.differentiable or not subject.finite or subject.point.size < 2:
        return None
    if any(map(layout_of, (*subject.arrays, *subject.cotangents))):
        require_layout_independence(subject.case)
        return True
    for layout in "FRS":
        require_layout_independence(with_memory_order(subject.case, layout), subject)
    require_layout_independence(with_memory_order(subject.case, "Z"))
    return True


def with_memory_order(case: Case, layout: str) -> Case:
    """Return a case with every floating array in another memory layout."""

    def turn(value: Any) -> Any:
        if is_array(value) and value.dtype.kind in "fc" and value.size > 1:
            return with_layout(value, layout)
        return type(value)(map(turn, value)) if is_several(value) else value

    differentiable = {operand.name for operand in case.op.operands if operand.differentiable}
    # stride 0 makes an array constant, which the op may refuse as an operand: only cotangents get it
    operands = {
        name: turn(value) if name in differentiable and layout != "Z" else value
        for name, value in case.operands.items()
    }
    return attrs.evolve(case, operands=operands, cotangents=tuple(map(turn, case.cotangents)))


def require_layout_independence(case: Case, plain: OpUnderTest | None = None) -> None:
    """Raise DependsOnLayout if the same values in C order have another cotangent."""
    try:
        laid, plain = OpUnderTest(case), plain or OpUnderTest(with_memory_order(case, ""))
    except OperandError:  # a forward may require a memory layout
        return
    for index, (cotangent, expected) in enumerate(zip(laid.result, plain.result, strict=True)):
        if not equal_up_to_rounding(cotangent, expected, plain.terms):
            raise DependsOnLayout(
                f"cotangent of {laid.slots[index]} depends on the order of arrays in memory",
                ("rule says", np.array2string(np.asarray(cotangent), separator=", ")),
                ("and else", f"{np.array2string(np.asarray(expected), separator=', ')} in C order"),
                operand=laid.slots[index].operand,
                case=case,
            )


LAYOUT = Property(
    "layout", DependsOnLayout, ("smooth", "large", "parameters", "complex", "broadcast"), check_layout, fraction=0.4
)
