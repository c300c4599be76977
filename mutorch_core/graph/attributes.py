"""The attributes of an Array API array: shape, dtype, device, namespace, length, iteration.

A `Var` of a Python number behaves as an array without axes, of NumPy's dtype for that number.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from math import isnan, prod
from typing import Any

import numpy as np

from mutorch_core.arrays.devices import device_of
from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.meta import dtype_of
from mutorch_core.arrays.namespaces import is_number
from mutorch_core.errors import refused
from mutorch_core.late_binding import late_bound

__all__ = ["Attributes"]

API_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")


class Attributes:
    """Array attributes, as a mixin of `Var`."""

    __slots__ = ()

    value: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes; () for a number."""
        return () if is_number(self.value) else self.value.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int | None:
        """The number of entries; None if a lazy library has not computed it yet."""
        shape: tuple[Any, ...] = self.shape
        return None if any(side is None or isnan(side) for side in shape) else prod(shape)

    @property
    def dtype(self) -> Any:
        """The value's dtype; for numbers that no array holds, such as fractions, their type."""
        dtype = dtype_of(self.value)
        return NUMBER_DTYPES.get(dtype, dtype) if is_number(self.value) else dtype

    @property
    def device(self) -> Any:
        """The value's device; "cpu" for a number, None if the library reports none, as JAX does while it traces."""
        if is_number(self.value):
            return "cpu"
        device = device_of(self.value)
        compat: Any = import_module("array_api_compat")
        return compat.device(self.value) if device is None else device

    def __array_namespace__(self, /, *, api_version: str | None = None) -> Any:
        """Return the differentiable namespace of this value's library. Raises OperandError for another version."""
        if api_version is not None and api_version not in API_VERSIONS:
            text = f"api_version={api_version!r}: Var follows the Array API standard in {', '.join(API_VERSIONS)}"
            raise refused(text, ValueError)
        return late_bound.var_namespace(self.value)

    def __len__(self) -> int:
        if not self.shape:
            raise refused(f"len() of {format_value(self.value)}: it has no axis", TypeError)
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise refused(f"iteration over {format_value(self.value)}: it has no axis", TypeError)
        getitem = late_bound.operator("[]")
        return (getitem(self, i) for i in range(self.shape[0]))

    def __contains__(self, item: Any) -> bool:
        return bool(late_bound.var_namespace(self.value).any(late_bound.operator("==")(self, item)))


NUMBER_DTYPES: dict[Any, Any] = {kind: np.dtype(kind) for kind in (bool, int, float, complex)}
