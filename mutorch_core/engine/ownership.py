"""Ownership of gradients: a gradient that leaves the engine shares no memory with anything else.

A rule may return its cotangent, an operand, a view or a read-only array. The engine copies such a result, and nothing
else: copying every gradient would cost a tenth of a training step (decision 2). CPython's reference counts are exact,
so they show whether anybody else holds an array.
"""

from __future__ import annotations

from sys import getrefcount
from typing import Any

import numpy as np

from mutorch_core.arrays.values import owned_copy, owns_memory

__all__ = ["take_ownership"]


def take_ownership(value: Any) -> Any:
    """Return the value itself if nobody else holds it, else a copy. The caller must pass it without keeping it.

    The references of an unshared value are this frame's, `getrefcount`'s and the one of the caller's expression.
    """
    return value if getrefcount(value) <= SOLE_REFERENCE and owns_memory(value) else owned_copy(value)


def count_references(value: Any) -> int:
    """Return the number of references to a value that only the caller's expression holds."""
    return getrefcount(value)


SOLE_REFERENCE = count_references(np.empty(1))
