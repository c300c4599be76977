"""Values made from other values: zeros and ones like them, copies, normalised results, scattered sums."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mutorch_core.arrays.meta import Meta, meta_of
from mutorch_core.arrays.namespaces import NUMPY_VALUES, is_number, library_name, namespace_cache, namespace_of

__all__ = [
    "detached",
    "normalise_result",
    "one_like",
    "owned_copy",
    "owns_memory",
    "scatter_add",
    "zeros_like",
    "zeros_of",
]

IMMUTABLE_LIBRARIES = frozenset({"jax"})


def normalise_result(out: Any, operands: Iterable[Any]) -> Any:
    """Return a forward's result in the form in which a `Var` holds it.

    A NumPy scalar becomes a Python number if all operands were numbers, else a 0-d array.
    """
    if isinstance(out, NUMPY_VALUES):
        if out.ndim:
            return out
        numbers = all(operand is None or is_number(operand) for operand in operands)
        return out.item() if numbers else np.asarray(out)
    return detached(out)


def detached(value: Any) -> Any:
    """Return a value without its library's own graph: PyTorch would record everything a second time."""
    return value.detach() if getattr(value, "requires_grad", False) else value


def zeros_like(value: Any) -> Any:
    """Return a fresh zero of the value's type, shape, dtype and device."""
    if is_number(value):
        return type(value)(0)
    return (namespace_cache.get(type(value)) or namespace_of(value)).zeros_like(value)


def zeros_of(meta: Meta) -> Any:
    """Return a fresh zero of a described value."""
    if meta.space is None:
        return meta.dtype(0)
    chunked = {} if meta.chunks is None else {"chunks": meta.chunks}
    return meta.space.zeros(meta.shape, dtype=meta.dtype, device=meta.device, **chunked)


def one_like(value: Any) -> Any:
    """Return the cotangent of a scalar with respect to itself."""
    if is_number(value):
        return type(value)(1)
    return (namespace_cache.get(type(value)) or namespace_of(value)).ones_like(value)


def owns_memory(value: Any) -> bool:
    """Return whether an array is known to be no view of another one and may be written into."""
    if type(value) is np.ndarray:
        return value.base is None and value.flags.writeable
    if not hasattr(value, "_is_view"):
        return False
    # PyTorch keeps no account of views in inference mode
    return not (value._is_view() or value.is_inference() or value.requires_grad)


def owned_copy(value: Any) -> Any:
    """Return a copy that nobody else refers to. Numbers and immutable arrays are returned as they are."""
    if is_number(value):
        return value
    if type(value) is np.ndarray:
        return value.copy()
    namespace = namespace_cache.get(type(value)) or namespace_of(value)
    immutable = library_name(namespace) in IMMUTABLE_LIBRARIES
    return value if immutable else namespace.asarray(detached(value), copy=True)


def scatter_add(values: Any, places: Any, size: int, space: Any) -> Any:
    """Return `size` zeros with the 1-d `values` added at their `places`, integers from 0.

    The standard lacks this function; NumPy, PyTorch and JAX each have one. For other libraries each entry of the
    result compares all places. That costs `size` times as much, but it multiplies nothing by zero, so an infinite
    value does not spread.
    """
    library = library_name(space)
    if library == "jax":
        return space.zeros((size,), dtype=values.dtype).at[places].add(values)
    if library == "torch":
        return space.zeros((size,), dtype=values.dtype, device=values.device).index_add(0, places, values)
    if library in ("numpy", "cupy"):
        result = space.zeros(size, dtype=values.dtype)
        space.add.at(result, places, values)
        return result
    indices = space.expand_dims(space.arange(size, dtype=places.dtype, device=meta_of(places).device), axis=1)
    return space.sum(space.where(indices == places, values, 0), axis=1, dtype=values.dtype)
