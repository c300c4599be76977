"""Conversion between dtypes, and questions about them, which are plain functions and no ops."""

from __future__ import annotations

from typing import Any

import array_api_compat
import attrs

from mutorch_core import Array, Meta, Namespace, Var, injected, op
from mutorch_core.engine.structural_ops import cast
from mutorch_core.graph.var import constant
from mutorch_core.arrays.namespaces import namespace_of, is_number

__all__ = ["DTYPES", "QUESTIONS", "DataTypes", "astype", "conjugate", "floating", "is_complex", "raw", "to_device"]

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
"""The dtypes of the standard, and half precision; a library may lack some."""

QUESTIONS = ("__array_namespace_info__", "can_cast", "finfo", "iinfo", "isdtype", "result_type")


def raw(x: Any) -> Any:
    """What a `Var` holds; anything else as it is."""
    return x.value if isinstance(x, Var) else x


def dtype_or_itself(x: Any) -> Any:
    """The dtype of a `Var`; anything else as it is."""
    return x.dtype if isinstance(x, Var) else x


def is_complex(x: Any) -> bool:
    """Whether an array or a number is complex; told by the dtype's name, which all libraries spell alike."""
    return "complex" in str(getattr(x, "dtype", type(x)))


def conjugate(x: Any, xp: Any) -> Any:
    """The complex conjugate; a real x itself, where `xp.conj` may copy it."""
    return xp.conj(x) if is_complex(x) else x


def floating(x: Any, xp: Any) -> Any:
    """An array with room for fractions: integers become the library's default floating-point numbers."""
    return x / 1 if xp.isdtype(x.dtype, "integral") else x


@op("basic::astype", composite=True)
def astype(x: Array, dtype: Any, /, *, copy: bool = True, device: Any = None, xp: Namespace = injected) -> Array:
    """Conversion to another dtype; `copy=False` returns x itself where it has that dtype already.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ, cast back; nothing flows through integer and boolean dtypes, nor to them.
    Raises: OperandError where the library refuses the conversion.
    Source: Array API standard 2024.12.
    """
    to = {} if device is None else {"device": device}  # told of none, a library may fall back to its default
    if not isinstance(x, Var):
        return xp.astype(xp.asarray(x), dtype, copy=copy, **to)
    library = namespace_of(x.value)
    dtype = library.result_type(dtype)  # from one of its many spellings
    if x.node is None or not library.isdtype(dtype, ("real floating", "complex floating")):
        made = library.astype(library.asarray(x.value), dtype, copy=copy, **to)
        return x if made is x.value else constant(made)
    if device is not None and device != x.device:
        x = to_device(x, device)
    if x.dtype == dtype and not is_number(x.value):
        return +x if copy else x
    return cast(x, dtype)


@op("basic::to_device")
def to_device(x: Array, device: Any, /, *, stream: Any = None) -> Array:
    """The same entries on another device.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ, back on x's device.
    Raises: OperandError where the library has no such device.
    Source: Array API standard 2024.12.
    """
    return x if device is None or is_number(x) else array_api_compat.to_device(x, device, stream=stream)


@to_device.vjp("x")
def _(g, x: Meta):
    return to_device(g, x.device)


@to_device.samples
def _(draw, strategies, Sample):
    return Sample(draw(strategies.array(draw(strategies.shape()))), "cpu")


@attrs.frozen
class DataTypes:
    """The dtype functions of one array library, which take `Var`s too."""

    library: Any

    def can_cast(self, from_: Any, to: Any, /) -> bool:
        """Whether a dtype, or an array's, can be cast to the dtype `to` by the standard's promotion rules."""
        return self.library.can_cast(dtype_or_itself(from_), to)

    def finfo(self, type: Any, /) -> Any:
        """The limits of a floating dtype, or of an array's."""
        return self.library.finfo(dtype_or_itself(type))

    def iinfo(self, type: Any, /) -> Any:
        """The limits of an integer dtype, or of an array's."""
        return self.library.iinfo(dtype_or_itself(type))

    def isdtype(self, dtype: Any, kind: Any) -> bool:
        """Whether a dtype is of a kind: a dtype, a name such as "real floating", or a tuple of these."""
        return self.library.isdtype(dtype, kind)

    def result_type(self, *arrays_and_dtypes: Any) -> Any:
        """The dtype that arrays, numbers and dtypes promote to."""
        return self.library.result_type(*map(raw, arrays_and_dtypes))

    def __array_namespace_info__(self) -> Any:
        """What the library underneath says of its dtypes, devices and capabilities."""
        return Information(self.library.__array_namespace_info__())


@attrs.frozen
class Information:
    """What a library says of itself; its devices in a list, as the standard of 2024.12 has it, if they are a tuple."""

    told: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.told, name)

    def devices(self) -> list[Any]:
        """All devices of the library."""
        return list(self.told.devices())
