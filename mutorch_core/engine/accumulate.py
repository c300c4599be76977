"""Accumulation of cotangents: reducing each to its operand's shape and dtype, and adding them.

Rules return unreduced cotangents. This module reduces them, so that no rule has to: it sums over axes that were
broadcast, takes the real part for a real operand, and casts to the operand's dtype. A recorded backward pass does the
same by the structural ops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mutorch_core.arrays.formatting import format_array
from mutorch_core.arrays.namespaces import is_number, namespace_cache, namespace_of
from mutorch_core.engine.structural_ops import accumulate, add_reduce, cast, convert, is_broadcast, reduce_to, sum_to
from mutorch_core.errors import CotangentError
from mutorch_core.graph.node import Node, OutputCotangents
from mutorch_core.graph.var import Var, constant
from mutorch_core.late_binding import late_bound

__all__ = ["add_cotangents", "fit_raw", "fit_recorded", "is_integral", "is_number_of_kind", "raw_cast"]

INTEGRAL_KINDS = frozenset("iub")


def fit_raw(cotangent: Any, parent: Node, node: Node, edge: int) -> Any:
    """Reduce a raw cotangent to the operand at the other end of its edge.

    Raises CotangentError, naming op and operand, if it is None or its shape can't be summed to the operand's.
    """
    if type(cotangent) is np.ndarray and cotangent.dtype is parent.dtype:
        leading = cotangent.ndim - len(parent.shape)
        if leading > 0 and cotangent.shape[leading:] == parent.shape:  # the common case of a bias
            return add_reduce(cotangent, tuple(range(leading)))
    elif hasattr(cotangent, "dtype") and cotangent.dtype is parent.dtype and cotangent.shape == parent.shape:
        return cotangent
    return fit(cotangent, parent, node, edge, raw_sum, raw_cast)


def fit_recorded(cotangent: Any, parent: Node, node: Node, edge: int) -> Any:
    """Reduce a `Var` by structural ops; a raw cotangent becomes a constant."""
    if is_number(cotangent) or (type(cotangent) is not Var and hasattr(cotangent, "dtype")):
        cotangent = constant(cotangent)
    return fit(cotangent, parent, node, edge, sum_to, cast)


def raw_sum(cotangent: Any, shape: tuple[int, ...]) -> Any:
    """Apply the forward of `sum_to` to a raw value."""
    return reduce_to(cotangent, shape, namespace_cache.get(type(cotangent)) or namespace_of(cotangent))


def raw_cast(cotangent: Any, dtype: Any, like: Any = None) -> Any:
    """Apply the forward of `cast` to a raw value; an array is converted by the library of `like`."""
    like = cotangent if like is None or is_number(like) else like
    return convert(cotangent, dtype, namespace_cache.get(type(like)) or namespace_of(like))


def fit(
    cotangent: Any,
    parent: Node,
    node: Node,
    edge: int,
    sum_to_shape: Callable[[Any, tuple[int, ...]], Any],
    cast_to: Callable[[Any, Any], Any],
) -> Any:
    """Fit the shape first, then real part and dtype, each only if they differ."""
    if type(cotangent) is OutputCotangents:
        return cotangent
    value = cotangent.value if type(cotangent) is Var else cotangent
    if not is_number(value) and not hasattr(value, "dtype"):
        problem = "None" if value is None else f"a {type(value).__name__}"
        raise CotangentError(misfit_message(node, edge, f"{problem} instead of a cotangent", parent))
    number = isinstance(parent.dtype, type)
    shape, dtype = () if number else tuple(parent.shape), parent.dtype
    cotangent_shape = () if is_number(value) else tuple(value.shape)
    if cotangent_shape != shape:
        if not is_broadcast(shape, cotangent_shape):
            problem = f"a cotangent of shape {cotangent_shape}, which can't be summed to the operand's shape {shape}"
            raise CotangentError(misfit_message(node, edge, problem, parent))
        cotangent = sum_to_shape(cotangent, shape)
    if not number:
        fits = not is_number(value) and value.dtype == dtype
        return cotangent if fits or is_integral(dtype) else cast_to(cotangent, dtype)
    return cotangent if is_number_of_kind(value, dtype) else cast_to(cotangent, dtype)


def is_integral(dtype: Any) -> bool:
    """Return whether a dtype is one of NumPy's integer dtypes.

    Tracked integer arrays are made by NumPy, from Python integers. Their cotangents must not be cut to integers.
    """
    return getattr(dtype, "kind", None) in INTEGRAL_KINDS


def is_number_of_kind(value: Any, dtype: Any) -> bool:
    """Return whether a value is a Python number, and complex exactly if `dtype` is Python's complex type."""
    return is_number(value) and isinstance(value, complex) is (dtype is complex)


def misfit_message(node: Node, edge: int, problem: str, parent: Node) -> str:
    """Name the rule, the cotangent that it returned, and the operand that this does not fit."""
    shape = () if isinstance(parent.dtype, type) else parent.shape
    return (
        f"{node.rule.named(node, edge)} returned {problem}; the operand is {format_array(shape, parent.dtype)}, and a "
        "cotangent has its shape or one that it broadcasts to"
    )


def add_cotangents(first: Any, second: Any) -> Any:
    """Return the sum of two cotangents of one node, raw or recorded."""
    return accumulate(first, second) if type(first) is Var or type(second) is Var else first + second


late_bound.add_cotangents = add_cotangents
