"""opt_einsum on `Var`s: it asks the package that an array's type is from for `einsum`, `tensordot` and `transpose`.

Imported once opt_einsum is. The functions are those of the operands' own namespace.
"""

from __future__ import annotations

from typing import Any

from opt_einsum.backends import dispatch  # pyright: ignore[reportMissingTypeStubs] - it has none

from mutorch_core.late_binding import late_bound
from mutorch_core.graph.var import Var

__all__ = ["einsum", "tensordot", "transpose"]


def space(*operands: Any) -> Any:
    """The differentiable namespace of the operands."""
    first = next((each for each in operands if isinstance(each, Var)), operands[0])
    return late_bound.var_namespace(first.value if isinstance(first, Var) else first)


def einsum(pattern: str, *operands: Any, **options: Any) -> Any:
    """A sum of products."""
    return space(*operands).einsum(pattern, *operands, **options)


def tensordot(x1: Any, x2: Any, axes: Any) -> Any:
    """A product summed over pairs of axes."""
    return space(x1, x2).tensordot(x1, x2, axes=axes)


def transpose(x: Any, axes: Any) -> Any:
    """Axes in another order."""
    return space(x).permute_dims(x, axes)


dispatch._aliases["mutorch_core"] = __name__  # pyright: ignore[reportPrivateUsage] - its only registry
