"""What an array offers besides ops and operators: inspection, and the methods that NumPy's users type.

Each method is the function of that name of the value's differentiable namespace, applied to the `Var`.
"""

from __future__ import annotations

from importlib import import_module
from math import prod
from typing import TYPE_CHECKING, Any

from mutorch_core.above import above
from mutorch_core.values import discover, dtype_of, is_number

if TYPE_CHECKING:
    from typing import Self

__all__ = ["ArrayMethods"]


class ArrayMethods:
    """Mixed into `Var`, which has the value."""

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
    def size(self) -> int:
        """The number of entries."""
        return prod(self.shape)

    @property
    def dtype(self) -> Any:
        """The value's dtype; a Python number's type."""
        return dtype_of(self.value)

    @property
    def device(self) -> Any:
        """Where the value's library keeps it; None where it does not say, as of what JAX traces."""
        if is_number(self.value):
            return discover(self.value).asarray(self.value).device
        try:
            return self.value.device
        except AttributeError:  # Dask's arrays and JAX's tracers have none
            compat: Any = import_module("array_api_compat")
            return compat.device(self.value)

    @property
    def T(self) -> Self:  # noqa: N802 - the standard's name
        """The transpose of a matrix; the axes in reverse where there are more or fewer."""
        if self.ndim == 2:
            return self._apply("matrix_transpose")
        return self._apply("permute_dims", range(self.ndim)[::-1])

    @property
    def mT(self) -> Self:  # noqa: N802 - the standard's name
        """Each matrix of a stack transposed."""
        return self._apply("matrix_transpose")

    @property
    def real(self) -> Self:
        """The real part."""
        return self._apply("real")

    @property
    def imag(self) -> Self:
        """The imaginary part."""
        return self._apply("imag")

    def _apply(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return getattr(above.namespace(self.value), name)(self, *args, **kwargs)

    def all(self, axis: Any = None, keepdims: bool = False) -> Self:
        """Whether all entries are true."""
        return self._apply("all", axis=axis, keepdims=keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Self:
        """Whether any entry is true."""
        return self._apply("any", axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Self:
        """The largest entry."""
        return self._apply("max", axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Self:
        """The mean of the entries."""
        return self._apply("mean", axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Self:
        """The smallest entry."""
        return self._apply("min", axis=axis, keepdims=keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Self:
        """The product of the entries."""
        return self._apply("prod", axis=axis, dtype=dtype, keepdims=keepdims)

    def std(self, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Self:
        """The standard deviation of the entries."""
        return self._apply("std", axis=axis, correction=correction, keepdims=keepdims)

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Self:
        """The sum of the entries."""
        return self._apply("sum", axis=axis, dtype=dtype, keepdims=keepdims)

    def var(self, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Self:
        """The variance of the entries."""
        return self._apply("var", axis=axis, correction=correction, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Self:
        """The same entries in another shape, given as one tuple or as several lengths."""
        return self._apply("reshape", shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)

    def squeeze(self, axis: int | tuple[int, ...]) -> Self:
        """Without axes of length 1."""
        return self._apply("squeeze", axis)

    def astype(self, dtype: Any, *, copy: bool = True) -> Self:
        """Converted to another dtype."""
        return self._apply("astype", dtype, copy=copy)

    def copy(self) -> Self:
        """The same value as a new result, which an assignment to this one does not change."""
        return self._apply("positive")

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return self.value.__index__()

    def __len__(self) -> int:
        return len(self.value)
