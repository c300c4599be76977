"""The standard's promotion of dtypes, for libraries whose operators promote differently.

PyTorch's operators ignore the dtype of a 0-d array beside an array with axes, and its matrix product requires one
dtype. The operators of a `Var` are those of its library; functions of a namespace are the standard's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from mutorch_core import Op
from mutorch_ops_basic.operands.conversion import astype
from mutorch_ops_basic.operands.dtypes import unwrap

__all__ = ["NONSTANDARD_PROMOTION", "is_binary_operator", "with_promotion"]

NONSTANDARD_PROMOTION = frozenset({"torch"})
"""Libraries whose operators do not promote as the standard's."""


def is_binary_operator(op: Any) -> bool:
    """Return whether `op` is an op for one of Python's binary operators."""
    return isinstance(op, Op) and op.operator is not None and [o.name for o in op.operands] == ["x1", "x2"]


def with_promotion(op: Op[..., Any], library: Any) -> Callable[..., Any]:
    """Return a binary operator's op as a function that promotes its operands first."""

    @wraps(op)
    def function(x1: Any, x2: Any, /) -> Any:
        first, second = unwrap(x1), unwrap(x2)
        if have_different_dtypes(first, second) and (first.ndim == 0 or second.ndim == 0 or op.operator == "@"):
            dtype = library.result_type(first, second)
            return op(astype(x1, dtype, copy=False), astype(x2, dtype, copy=False))
        return op(x1, x2)

    return function


def have_different_dtypes(first: Any, second: Any) -> bool:
    """Return whether two operands are arrays of different dtypes."""
    return hasattr(first, "dtype") and hasattr(second, "dtype") and first.dtype != second.dtype
