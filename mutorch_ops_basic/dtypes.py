"""Conversion between dtypes, and questions about them, which are plain functions and no ops."""

from __future__ import annotations

from typing import Any

import attrs

from mutorch_core import Array, Namespace, Var, injected, op
from mutorch_core.accumulate import cast
from mutorch_core.errors import OperandError
from mutorch_core.graph import constant
from mutorch_core.values import discover, is_number

__all__ = ["DTYPES", "QUESTIONS", "DataTypes", "astype", "conjugate", "is_complex", "raw"]

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float32", "float64", "complex64", "complex128",
)  # fmt: skip
"""The dtypes of the standard; a library may lack some."""

QUESTIONS = ("__array_namespace_info__", "can_cast", "finfo", "iinfo", "isdtype", "result_type")


def raw(x: Any) -> Any:
    """What a `Var` holds; anything else as it is."""
    return x.value if isinstance(x, Var) else x


def is_complex(x: Any) -> bool:
    """Whether an array or a number is complex; told by the dtype's name, which all libraries spell alike."""
    return "complex" in str(getattr(x, "dtype", type(x)))


def conjugate(x: Any, xp: Any) -> Any:
    """The complex conjugate; a real x itself, where `xp.conj` may copy it."""
    return xp.conj(x) if is_complex(x) else x


@op("basic::astype", composite=True)
def astype(x: Array, dtype: Any, /, *, copy: bool = True, device: Any = None, xp: Namespace = injected) -> Array:
    """Conversion to another dtype; `copy=False` returns x itself where it has that dtype already.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ, cast back; nothing flows through integer and boolean dtypes, nor to them.
    Raises: OperandError where the library refuses the conversion, or a tracked x is to change its device.
    Source: Array API standard 2024.12.
    """
    to = {} if device is None else {"device": device}  # told of none, a library may fall back to its default
    if not isinstance(x, Var):
        return xp.astype(xp.asarray(x), dtype, copy=copy, **to)
    library = discover(x.value)
    dtype = library.result_type(dtype)  # from one of its many spellings
    if x.node is None or not library.isdtype(dtype, ("real floating", "complex floating")):
        return constant(library.astype(library.asarray(x.value), dtype, copy=copy, **to))
    if device is not None and str(device) != str(x.device):
        raise OperandError(f"moving {x!r} to the device {device!r} would cut the graph: move its leaves instead")
    if x.dtype == dtype and not is_number(x.value):
        return +x if copy else x
    return cast(x, dtype)


@attrs.frozen
class DataTypes:
    """The dtype functions of one array library, which take `Var`s too."""

    library: Any

    def can_cast(self, from_: Any, to: Any, /) -> bool:
        """Whether a dtype, or an array's, can be cast to the dtype `to` by the standard's promotion rules."""
        return self.library.can_cast(raw(from_), to)

    def finfo(self, type: Any, /) -> Any:
        """The limits of a floating dtype, or of an array's."""
        return self.library.finfo(raw(type))

    def iinfo(self, type: Any, /) -> Any:
        """The limits of an integer dtype, or of an array's."""
        return self.library.iinfo(raw(type))

    def isdtype(self, dtype: Any, kind: Any) -> bool:
        """Whether a dtype is of a kind: a dtype, a name such as "real floating", or a tuple of these."""
        return self.library.isdtype(dtype, kind)

    def result_type(self, *arrays_and_dtypes: Any) -> Any:
        """The dtype that arrays, numbers and dtypes promote to."""
        return self.library.result_type(*map(raw, arrays_and_dtypes))

    def __array_namespace_info__(self) -> Any:
        """What the library underneath says of its dtypes, devices and capabilities."""
        return self.library.__array_namespace_info__()
