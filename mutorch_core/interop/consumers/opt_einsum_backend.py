"""opt_einsum on `Var`s: `einsum`, `tensordot` and `transpose` of the operands' namespace.

opt_einsum imports a backend by the name of the package that defines an array's type. An alias leads it here.
"""

from __future__ import annotations

from typing import Any

from opt_einsum.backends import dispatch  # pyright: ignore[reportMissingTypeStubs] - it has none

from mutorch_core.graph.var import Var
from mutorch_core.late_binding import late_bound

__all__ = ["einsum", "tensordot", "transpose"]


def namespace_for(*operands: Any) -> Any:
    """Return the differentiable namespace of the operands."""
    first = next((each for each in operands if isinstance(each, Var)), operands[0])
    return late_bound.var_namespace(first.value if isinstance(first, Var) else first)


def einsum(pattern: str, *operands: Any, **options: Any) -> Any:
    """Sum products by an einsum pattern."""
    return namespace_for(*operands).einsum(pattern, *operands, **options)


def tensordot(x1: Any, x2: Any, axes: Any) -> Any:
    """Multiply two arrays and sum over pairs of axes."""
    return namespace_for(x1, x2).tensordot(x1, x2, axes=axes)


def transpose(x: Any, axes: Any) -> Any:
    """Permute the axes."""
    return namespace_for(x).permute_dims(x, axes)


dispatch._aliases["mutorch_core"] = __name__  # pyright: ignore[reportPrivateUsage] - its only registry
