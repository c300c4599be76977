"""Op declaration: `@op` and its rules, signatures, and the code that is generated for an op's call and pullback."""

from mutorch_core.declaration.annotations import Array, Hidden, Namespace, injected
from mutorch_core.declaration.op import Op, op
from mutorch_core.declaration.signatures import Declaration, Operand, Rule

__all__ = [
    "Array",
    "Declaration",
    "Hidden",
    "Namespace",
    "Op",
    "Operand",
    "Rule",
    "injected",
    "op",
]
