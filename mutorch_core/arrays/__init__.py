"""Array libraries: the namespace that a value belongs to, its shape and dtype, devices, formatting for messages."""

from mutorch_core.arrays.devices import as_arrays, device_of, to_numpy
from mutorch_core.arrays.formatting import format_array, format_operands, format_value
from mutorch_core.arrays.meta import Meta, carries_gradient, dtype_of, is_floating, meta_of
from mutorch_core.arrays.namespaces import common_namespace, is_number, library_name, library_namespace, namespace_of
from mutorch_core.arrays.values import one_like, owned_copy, scatter_add, zeros_like, zeros_of

__all__ = [
    "Meta",
    "as_arrays",
    "carries_gradient",
    "common_namespace",
    "device_of",
    "dtype_of",
    "format_array",
    "format_operands",
    "format_value",
    "is_floating",
    "is_number",
    "library_name",
    "library_namespace",
    "meta_of",
    "namespace_of",
    "one_like",
    "owned_copy",
    "scatter_add",
    "to_numpy",
    "zeros_like",
    "zeros_of",
]
