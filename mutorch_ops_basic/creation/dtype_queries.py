"""Functions about dtypes: plain functions of a namespace, no ops."""

from __future__ import annotations

from typing import Any

import attrs

from mutorch_core import Var
from mutorch_ops_basic.operands.dtypes import unwrap

__all__ = ["DTYPES", "QUERIES", "DataTypes"]

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
"""The dtypes of the standard, and half precision; a library may lack some."""

QUERIES = ("__array_namespace_info__", "can_cast", "finfo", "iinfo", "isdtype", "result_type")


def dtype_or_itself(x: Any) -> Any:
    """Return the dtype of a `Var`; anything else as it is."""
    return x.dtype if isinstance(x, Var) else x


@attrs.frozen
class DataTypes:
    """The dtype functions of one array library, which take `Var`s too."""

    library: Any

    def can_cast(self, from_: Any, to: Any, /) -> bool:
        """Return whether a dtype, or an array's, can be cast to the dtype `to` by the standard's promotion rules."""
        return self.library.can_cast(dtype_or_itself(from_), to)

    def finfo(self, type: Any, /) -> Any:
        """Return the limits of a floating dtype, or of an array's."""
        return self.library.finfo(dtype_or_itself(type))

    def iinfo(self, type: Any, /) -> Any:
        """Return the limits of an integer dtype, or of an array's."""
        return self.library.iinfo(dtype_or_itself(type))

    def isdtype(self, dtype: Any, kind: Any) -> bool:
        """Return whether a dtype is of a kind: a dtype, a name such as "real floating", or a tuple of these."""
        return self.library.isdtype(dtype, kind)

    def result_type(self, *arrays_and_dtypes: Any) -> Any:
        """Return the dtype that arrays, numbers and dtypes promote to."""
        return self.library.result_type(*map(unwrap, arrays_and_dtypes))

    def __array_namespace_info__(self) -> Any:
        """Return the library's information on its dtypes, devices and capabilities."""
        return Information(self.library.__array_namespace_info__())


@attrs.frozen
class Information:
    """A library's `__array_namespace_info__`, with its devices as a list, as the standard of 2024.12 requires."""

    info: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.info, name)

    def devices(self) -> list[Any]:
        """Return all devices of the library."""
        return list(self.info.devices())
