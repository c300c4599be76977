"""Shape, dtype and device of a value, and whether its dtype can carry a gradient."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np

from mutorch_core.arrays.devices import device_of
from mutorch_core.arrays.namespaces import is_number, is_number_type, namespace_cache, namespace_of

__all__ = ["Meta", "carries_gradient", "dtype_of", "is_floating", "is_floating_dtype", "meta_of"]

FLOATING_KINDS = frozenset("fcO")
EXTENDED_FLOATS = ("bfloat16", "float8_e4m3fn", "float8_e5m2")
"""Floating dtypes that NumPy counts among the kind "V"."""


@attrs.define  # frozen would triple the cost of construction, and reductions make one per call
class Meta:
    """Shape, dtype and device of an operand: what a rule can use without keeping the operand alive.

    `space` is the raw array namespace, `chunks` the division of a chunked library's array. A Python number has
    shape () and its type as dtype.
    """

    shape: tuple[int, ...]
    dtype: Any
    device: Any
    space: Any = attrs.field(default=None, repr=False)
    chunks: Any = attrs.field(default=None, repr=False)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)


def meta_of(value: Any) -> Meta:
    """Return shape, dtype and device of a raw value."""
    if is_number(value):
        return Meta((), type(value), None)
    namespace = namespace_cache.get(type(value)) or namespace_of(value)
    if type(value) is np.ndarray:
        return Meta(value.shape, value.dtype, value.device, namespace)
    return Meta(tuple(value.shape), value.dtype, device_of(value), namespace, getattr(value, "chunks", None))


def dtype_of(value: Any) -> Any:
    """Return an array's dtype, or a Python number's type."""
    return value.__class__ if is_number(value) else value.dtype


def is_floating_dtype(dtype: Any, namespace: Any = None) -> bool:
    """Return whether a dtype, or a Python number's type, can represent a derivative."""
    if is_number_type(dtype):
        return dtype is not bool
    if isinstance(dtype, type):  # NumPy's scalar types stand for their dtypes
        dtype = np.dtype(dtype)
    kind = getattr(dtype, "kind", None)
    if kind is not None:
        return kind in FLOATING_KINDS or dtype.name in EXTENDED_FLOATS
    if namespace is not None:
        return bool(namespace.isdtype(dtype, ("real floating", "complex floating")))
    return bool(dtype.is_floating_point or dtype.is_complex)


def is_floating(meta: Meta) -> bool:
    """Return whether a described value can represent a derivative."""
    return is_floating_dtype(meta.dtype, meta.space)


def carries_gradient(value: Any) -> bool:
    """Return whether `value` can be differentiated: any number but a bool, and floating arrays."""
    if type(value) is np.ndarray:
        return value.dtype.kind in FLOATING_KINDS or is_floating_dtype(value.dtype)
    if is_number(value):
        return type(value) is not bool
    return is_floating_dtype(value.dtype, namespace_cache.get(type(value)) or namespace_of(value))
