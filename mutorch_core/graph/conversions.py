"""What takes a value out of a `Var`. Where that would silently cut the graph, it is refused.

Truth, `int` and an index have no derivative, so they are given of tracked values too; a `float`, a NumPy array
or a DLPack capsule of a tracked value would be a constant that looks like a result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mutorch_core.errors import OperandError
from mutorch_core.arrays.namespaces import namespace_of, is_number

__all__ = ["Conversions"]


class Conversions:
    """Mixed into `Var`, which has the value and the node."""

    __slots__ = ()

    value: Any
    node: Any

    def __bool__(self) -> bool:
        return self._converted(bool)

    def __int__(self) -> int:
        return self._converted(int)

    def __index__(self) -> int:
        return self._converted(index)

    def __float__(self) -> float:
        self._uncut("float()", "float(x.value)")
        return self._converted(float)

    def __complex__(self) -> complex:
        self._uncut("complex()", "complex(x.value)")
        return self._converted(complex)

    def __format__(self, specification: str, /) -> str:
        return format(self.value, specification) if specification else str(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        self._uncut("a NumPy array", "x.value")
        return np.asarray(self.value, dtype=dtype, copy=copy)

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """The value as a DLPack capsule. Raises OperandError where it is tracked."""
        self._uncut("a DLPack capsule", "x.value")
        given = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
        return self._array.__dlpack__(**{name: value for name, value in given.items() if value is not None})

    def __dlpack_device__(self) -> tuple[Any, int]:
        """DLPack's device type and number of where the value is."""
        return self._array.__dlpack_device__()

    def item(self) -> Any:
        """The one entry as a Python number. Raises OperandError where the value is tracked, or has more."""
        self._uncut("item()", "x.value")
        return self._converted(number)

    def tolist(self) -> Any:
        """The entries as Python numbers in nested lists. Raises OperandError where the value is tracked."""
        self._uncut("tolist()", "x.value")
        return self._converted(nested)

    @property
    def _array(self) -> Any:
        """The value as an array of its library."""
        return namespace_of(self.value).asarray(self.value) if is_number(self.value) else self.value

    def _converted(self, function: Callable[[Any], Any]) -> Any:
        try:
            return function(self.value)
        except Exception as error:
            error.add_note(f"in {function.__name__}() of {self!r}")
            raise

    def _uncut(self, what: str, instead: str) -> None:
        if self.node is not None:
            raise OperandError(f"{what} of {self!r} would cut the graph: use {instead}, or x.detach() first")


def index(value: Any) -> int:
    """A value as an index."""
    return value.__index__()


def number(value: Any) -> Any:
    """The one entry of a value as a Python number."""
    return value if is_number(value) else (value if hasattr(value, "item") else np.asarray(value)).item()


def nested(value: Any) -> Any:
    """The entries of a value as Python numbers in nested lists."""
    return value if is_number(value) else (value if hasattr(value, "tolist") else np.asarray(value)).tolist()
