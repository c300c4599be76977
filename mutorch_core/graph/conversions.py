"""Conversions of a `Var` to Python numbers, NumPy arrays and DLPack capsules.

A conversion that would silently cut the graph raises: a `float`, a NumPy array or a DLPack capsule of a tracked value
would be a constant that looks like a result. `bool`, `int` and indices have no derivative, so they work for tracked
values too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mutorch_core.arrays.namespaces import is_number, namespace_of
from mutorch_core.errors import OperandError

__all__ = ["Conversions"]

IN_LISTS = "xp.stack([a, b]) or xp.asarray([a, b]) in the place of np.array([a, b])"
IN_ZEROS = "y = xp.zeros(n) in the place of y = np.zeros(n) before y[0] = x"
"""The advice where NumPy converts a `Var` in a list, or one that is assigned to a plain array."""


class Conversions:
    """Conversions, as a mixin of `Var`."""

    __slots__ = ()

    value: Any
    node: Any

    def __bool__(self) -> bool:
        return self._convert(bool)

    def __int__(self) -> int:
        return self._convert(int)

    def __index__(self) -> int:
        return self._convert(index)

    def __float__(self) -> float:
        self._refuse_cut("float()", f"xp.sin or np.sin in the place of math.sin, {IN_ZEROS}", "float(x.value)")
        return self._convert(float)

    def __complex__(self) -> complex:
        self._refuse_cut("complex()", f"xp.sin or np.sin in the place of cmath.sin, {IN_ZEROS}", "complex(x.value)")
        return self._convert(complex)

    def __format__(self, specification: str, /) -> str:
        return format(self.value, specification) if specification else str(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        self._refuse_cut("a NumPy array", f"{IN_LISTS}, {IN_ZEROS}", "x.value")
        return np.asarray(self.value, dtype=dtype, copy=copy)

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """Return the value as a DLPack capsule. Raises OperandError if it is tracked."""
        self._refuse_cut("a DLPack capsule", "x itself, whose operators and functions are differentiable", "x.value")
        options = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
        return self._array.__dlpack__(**{name: value for name, value in options.items() if value is not None})

    def __dlpack_device__(self) -> tuple[Any, int]:
        """Return DLPack's device type and device number of the value."""
        return self._array.__dlpack_device__()

    def item(self) -> Any:
        """Return the single entry as a Python number. Raises OperandError if the value is tracked."""
        self._refuse_cut("item()", "x itself, which computes as a number does", "x.value.item()")
        return self._convert(number)

    def tolist(self) -> Any:
        """Return the entries as Python numbers in nested lists. Raises OperandError if the value is tracked."""
        self._refuse_cut("tolist()", "list(x), whose entries are differentiable", "x.value.tolist()")
        return self._convert(nested)

    @property
    def _array(self) -> Any:
        """The value as an array of its library."""
        return namespace_of(self.value).asarray(self.value) if is_number(self.value) else self.value

    def _convert(self, function: Callable[[Any], Any]) -> Any:
        try:
            return function(self.value)
        except Exception as error:
            error.add_note(f"in {function.__name__}() of {self!r}")
            raise

    def _refuse_cut(self, what: str, instead: str, constant: str) -> None:
        if self.node is not None:
            raise OperandError(
                f"{what} of {self!r} would cut the graph: use {instead}; only for a constant, whose gradient is lost, "
                f"{constant} or x.detach()"
            )


def index(value: Any) -> int:
    """Return a value as an index."""
    return value.__index__()


def number(value: Any) -> Any:
    """Return the single entry of a value as a Python number."""
    return value if is_number(value) else (value if hasattr(value, "item") else np.asarray(value)).item()


def nested(value: Any) -> Any:
    """Return the entries of a value as Python numbers in nested lists."""
    return value if is_number(value) else (value if hasattr(value, "tolist") else np.asarray(value)).tolist()
