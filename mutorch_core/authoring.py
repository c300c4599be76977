"""Helpers for authors of op packages, beside `mutorch_core` itself, `mutorch_core.domain` and `mutorch_core.errors`.

A forward or a rule gets the array namespace of its operands as `xp`. These helpers cover what the Array API standard
leaves open:

- Namespaces: `namespace_of(value)` returns the raw array namespace of a value and `common_namespace(values)` the one
  of several; `library_name(namespace)` returns "numpy", "torch", …, and `library_namespace(name)` is its inverse for
  any installed library. `LIBRARIES` maps the names of known libraries to the modules of their namespaces.
- Operands: `is_number(value)` and `is_number_type(dtype)` recognise Python's numbers, which are operands too;
  `dtype_of(value)` and `device_of(value)` work for them as for arrays, `meta_of(value)` describes any operand,
  `SEQUENCES` are the types that count as a sequence of operands, and `format_value(value)` prints one in an error text.
- Conversion: `as_arrays(xp, *values)` turns numbers into arrays beside the first array, `to_numpy(value)` copies an
  array from any device to NumPy, and `constant(array)` wraps an array in a `Var` without a graph.
- Derivatives: `carries_gradient(value)` and `is_floating(meta)` return whether a derivative exists;
  `sum_to(x, shape)`, `broadcast_to(x, shape)` and `cast(x, dtype)` are ops that fit a cotangent to its operand;
  `scatter_add(values, positions, size, xp)` sums values that go to the same position, as an index's cotangent does.
"""

from __future__ import annotations

from mutorch_core.arrays.devices import as_arrays, device_of, to_numpy
from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.meta import carries_gradient, dtype_of, is_floating, meta_of
from mutorch_core.arrays.namespaces import (
    LIBRARIES,
    SEQUENCES,
    common_namespace,
    is_number,
    is_number_type,
    library_name,
    library_namespace,
    namespace_of,
)
from mutorch_core.arrays.values import scatter_add
from mutorch_core.engine.structural_ops import broadcast_to, cast, sum_to
from mutorch_core.graph.var import constant

__all__ = [
    "LIBRARIES",
    "SEQUENCES",
    "as_arrays",
    "broadcast_to",
    "carries_gradient",
    "cast",
    "common_namespace",
    "constant",
    "device_of",
    "dtype_of",
    "format_value",
    "is_floating",
    "is_number",
    "is_number_type",
    "library_name",
    "library_namespace",
    "meta_of",
    "namespace_of",
    "scatter_add",
    "sum_to",
    "to_numpy",
]
