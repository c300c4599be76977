"""Array namespaces: the array library that a value belongs to.

`array_api_compat` supplies the namespace. It is cached by exact type; `namespace_of` is the slow path for a new
type. If an op that needs a namespace gets only Python numbers, it computes with NumPy. Other numbers (`Fraction`)
have operators only.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from numbers import Number
from typing import Any

import numpy as np

from mutorch_core.errors import OperandError
from mutorch_core.late_binding import late_bound

__all__ = [
    "LIBRARIES",
    "NUMPY_VALUES",
    "SEQUENCES",
    "common_namespace",
    "has_namespace",
    "is_number",
    "is_number_type",
    "library_name",
    "library_namespace",
    "namespace_cache",
    "namespace_of",
    "namespace_or_none",
]

namespace_cache: dict[Any, Any] = {}
"""Array namespace by exact value type. It only grows."""

PYTHON_NUMBERS = (float, int, complex, bool)
NUMPY_VALUES: Any = (np.ndarray, np.generic)
SEQUENCES: Any = (list, tuple)
LIBRARIES = {
    "numpy": "array_api_compat.numpy",
    "torch": "array_api_compat.torch",
    "cupy": "array_api_compat.cupy",
    "dask": "array_api_compat.dask.array",
    "jax": "jax.numpy",
}
"""The module that holds a library's Array API namespace. For other libraries it is the library's own module."""


class NumberTypes(dict[type, bool]):
    """Cache of which types are Python numbers: asking the abstract base class costs 0.5 µs each time."""

    def __missing__(self, kind: type) -> bool:
        self[kind] = is_python_number = issubclass(kind, Number) and not issubclass(kind, np.generic)
        return is_python_number


number_types = NumberTypes()


def is_number(value: Any) -> bool:
    """Return whether `value` is a Python number rather than an array or an array library's scalar."""
    return number_types[type(value)]


def is_number_type(dtype: Any) -> bool:
    """Return whether a dtype is the type of a Python number rather than a library's dtype."""
    return isinstance(dtype, type) and number_types[dtype]


def namespace_of(value: Any) -> Any:
    """Return the array namespace of a value, and cache it by type.

    Raises OperandError for a value that is no array, and for numbers that no array library holds.
    """
    namespace = namespace_cache.get(type(value))
    if namespace is None:
        namespace = namespace_cache[type(value)] = look_up_namespace(value)
    return namespace


def has_namespace(value: Any) -> bool:
    """Return whether a value is an array of a known library."""
    try:
        namespace_of(value)
    except OperandError:
        return False
    return True


def look_up_namespace(value: Any) -> Any:
    """Return the namespace that array-api-compat, or else a plugin, provides for a value's type."""
    if type(value) in PYTHON_NUMBERS or isinstance(value, NUMPY_VALUES):
        from array_api_compat import numpy

        return numpy
    if is_number(value):
        kind = type(value).__name__
        raise OperandError(f"{kind} numbers have operators only: no array library computes with them")
    from array_api_compat import array_namespace

    try:
        return array_namespace(value)
    except TypeError as error:
        if (namespace := late_bound.plugin_namespace(value.__class__)) is not None:
            return namespace
        raise OperandError(f"a {type(value).__name__} is neither a number nor an array of a known library") from error


def common_namespace(values: Iterable[Any]) -> Any:
    """Return the one namespace of all arrays among some values; NumPy's if all are numbers.

    Raises OperandError if two libraries are mixed, naming both, and for numbers that no library holds.
    """
    values = list(values)
    namespace = namespace_or_none(values)
    if namespace is not None:
        return namespace
    unusual = (value for value in values if value is not None and type(value) not in PYTHON_NUMBERS)
    return namespace_of(next(unusual, 0.0))


def namespace_or_none(values: Iterable[Any]) -> Any:
    """Like `common_namespace`, but return None if all values are numbers, NumPy scalars included."""
    namespace: Any = None
    for value in values:
        if value is None or is_number(value) or isinstance(value, np.generic):
            continue
        other = namespace_cache.get(type(value)) or namespace_of(value)
        if namespace is None:
            namespace = other
        elif other is not namespace:
            raise OperandError(
                f"operands of two array libraries are mixed: {library_name(namespace)} and {library_name(other)}; "
                "convert one of them first"
            )
    return namespace


def library_name(namespace: Any) -> str:
    """Return the name of the library behind a namespace: "numpy", "torch", "jax", and so on."""
    parts = namespace.__name__.split(".")
    return parts[1] if parts[0] == "array_api_compat" else parts[0]


def library_namespace(name: str) -> Any:
    """Return the raw namespace of a library. Raises ImportError if it is not installed."""
    return import_module(LIBRARIES.get(name, name))
