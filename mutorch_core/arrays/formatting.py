"""Formatting of values and operands for error messages and printed graphs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mutorch_core.arrays.namespaces import SEQUENCES, is_number, library_name, namespace_cache, namespace_of

__all__ = ["format_array", "format_operands", "format_shown", "format_value"]

NUMBER_AS_TEXT = frozenset({"numpy", "jax", "cupy"})
"""The libraries whose 0-d arrays turn into the text of their number."""


def format_value(value: Any) -> str:
    """Format a value: a number in full, an array as `float64[3,4]`, a slice as it is written in a key."""
    if is_number(value) or value is None:
        return repr(value)
    if value is ...:
        return "..."
    if isinstance(value, slice):
        return format_slice(value)
    shape = getattr(value, "shape", None)
    dtype = getattr(value, "dtype", None)
    if shape is None or dtype is None:
        return f"a {type(value).__name__}"
    return format_array(shape, dtype)


def format_shown(value: Any) -> str:
    """Format a value for printing: as `format_value` does, but a 0-d array as its number.

    Arrays whose number is not known, Dask's and those inside of JAX's and PyTorch's transforms, stay `float64[]`.
    """
    if is_number(value) or value.shape != ():
        return format_value(value)
    library = library_name(namespace_cache.get(type(value)) or namespace_of(value))
    if library == "torch" and str(value).startswith("tensor(") and not value.is_meta:
        return str(value.item())
    if library in NUMBER_AS_TEXT and not type(value).__name__.endswith("Tracer"):
        return str(value)
    return format_value(value)


def format_slice(key: Any) -> str:
    """Format a slice as it is written in a key: `1:3` or `::2`."""
    sides = (key.start, key.stop, key.step) if key.step is not None else (key.start, key.stop)
    return ":".join("" if side is None else format_value(side) for side in sides)


def format_array(shape: Iterable[int], dtype: Any) -> str:
    """Format a shape and a dtype as `float64[3,4]`."""
    name = dtype.__name__ if isinstance(dtype, type) else getattr(dtype, "name", None) or str(dtype).rsplit(".", 1)[-1]
    return f"{name}[{','.join(map(str, shape))}]"


def format_operands(operands: Mapping[str, Any]) -> str:
    """Format operands as `x1=float64[3], x2=2.0`; a sequence as `arrays=[float64[2], …]`."""
    return ", ".join(
        f"{name}=[{', '.join(map(format_value, value))}]"
        if isinstance(value, SEQUENCES)
        else f"{name}={format_value(value)}"
        for name, value in operands.items()
    )
