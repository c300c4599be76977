"""NumPy's array methods, with NumPy's order of arguments.

Each one calls the function of that name in the value's differentiable namespace. They accept `out=None`, because
NumPy's own functions pass it to a method of their argument: `np.sum(x)`, `np.mean(x)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutorch_core.arrays.namespaces import is_number
from mutorch_core.errors import refused
from mutorch_core.graph.attributes import Attributes
from mutorch_core.late_binding import late_bound

if TYPE_CHECKING:
    from typing import Self

__all__ = ["ArrayMethods"]


class ArrayMethods(Attributes):
    """Array methods, as a mixin of `Var`."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __setitem__(self, key: Any, value: Any, /) -> None: ...

    def _apply(self, name: str, *args: Any, out: None = None, **kwargs: Any) -> Any:
        if out is not None:
            raise refused(f"{name}(out=…): nothing is written into, use what {name} returns", TypeError)
        return getattr(late_bound.var_namespace(self.value), name)(self, *args, **kwargs)

    def _along(self, axis: int | None) -> Self:
        """Return the array itself, or flattened if no axis is given, as NumPy's methods do."""
        return self.ravel() if axis is None and self.ndim != 1 else self

    def _converted(self, dtype: Any) -> Self:
        """Return the array itself, or converted to a dtype if one is given."""
        return self if dtype is None else self.astype(dtype)

    # parts, copies, conversions

    @property
    def T(self) -> Self:  # noqa: N802 - the standard's name
        """The transpose of a matrix; for other arrays, the axes in reverse order."""
        return self._apply("matrix_transpose") if self.ndim == 2 else self.transpose()

    @property
    def mT(self) -> Self:  # noqa: N802 - the standard's name
        """The transpose of each matrix of a stack."""
        return self._apply("matrix_transpose")

    @property
    def real(self) -> Self:
        """The real part."""
        return self._apply("real")

    @property
    def imag(self) -> Self:
        """The imaginary part."""
        return self._apply("imag")

    def conj(self) -> Self:
        """Return the complex conjugate."""
        return self._apply("conj")

    conjugate = conj

    def astype(self, dtype: Any, *, copy: bool = True, device: Any = None) -> Self:
        """Convert to another dtype."""
        return self._apply("astype", dtype, copy=copy, device=device)

    def to_device(self, device: Any, /, *, stream: Any = None) -> Self:
        """Copy the entries to another device."""
        return self._apply("to_device", device, stream=stream)

    def copy(self) -> Self:
        """Return the same value as a new result. An assignment to this one does not change it."""
        return self._apply("positive") if is_number(self.value) else self._apply("asarray", copy=True)

    def fill(self, value: Any) -> None:
        """Assign `value` to every entry, as `x[...] = value` does."""
        self[...] = value

    # reductions

    def all(self, axis: Any = None, out: None = None, *, keepdims: bool = False) -> Self:
        """Return whether all entries are true."""
        return self._apply("all", axis=axis, out=out, keepdims=keepdims)

    def any(self, axis: Any = None, out: None = None, *, keepdims: bool = False) -> Self:
        """Return whether any entry is true."""
        return self._apply("any", axis=axis, out=out, keepdims=keepdims)

    def max(self, axis: Any = None, out: None = None, *, keepdims: bool = False) -> Self:
        """Return the largest entry."""
        return self._apply("max", axis=axis, out=out, keepdims=keepdims)

    def min(self, axis: Any = None, out: None = None, *, keepdims: bool = False) -> Self:
        """Return the smallest entry."""
        return self._apply("min", axis=axis, out=out, keepdims=keepdims)

    def argmax(self, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Self:
        """Return the position of the first largest entry."""
        return self._apply("argmax", axis=axis, out=out, keepdims=keepdims)

    def argmin(self, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Self:
        """Return the position of the first smallest entry."""
        return self._apply("argmin", axis=axis, out=out, keepdims=keepdims)

    def sum(self, axis: Any = None, dtype: Any = None, out: None = None, *, keepdims: bool = False) -> Self:
        """Return the sum of the entries."""
        return self._apply("sum", axis=axis, dtype=dtype, out=out, keepdims=keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, out: None = None, *, keepdims: bool = False) -> Self:
        """Return the product of the entries."""
        return self._apply("prod", axis=axis, dtype=dtype, out=out, keepdims=keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, out: None = None, *, keepdims: bool = False) -> Self:
        """Return the mean of the entries."""
        return self._converted(dtype)._apply("mean", axis=axis, out=out, keepdims=keepdims)

    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: None = None,
        ddof: float = 0.0,
        *,
        correction: float = 0.0,
        keepdims: bool = False,
    ) -> Self:
        """Return the standard deviation of the entries; NumPy calls the correction `ddof`."""
        return self._converted(dtype)._apply(
            "std", axis=axis, correction=correction or ddof, out=out, keepdims=keepdims
        )

    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: None = None,
        ddof: float = 0.0,
        *,
        correction: float = 0.0,
        keepdims: bool = False,
    ) -> Self:
        """Return the variance of the entries; NumPy calls the correction `ddof`."""
        return self._converted(dtype)._apply(
            "var", axis=axis, correction=correction or ddof, out=out, keepdims=keepdims
        )

    # elementwise, along an axis, products

    def clip(self, min: Any = None, max: Any = None, out: None = None) -> Self:
        """Limit the entries to the range from `min` to `max`."""
        return self._apply("clip", min, max, out=out)

    def round(self, decimals: int = 0, out: None = None) -> Self:
        """Round the entries to a number of decimals."""
        if decimals:
            return self._apply("multiply", 10.0**decimals).round(out=out) / 10.0**decimals
        return self._apply("round", out=out)

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: None = None) -> Self:
        """Return the cumulative sums along an axis, or of the flattened array."""
        return self._along(axis)._apply("cumulative_sum", axis=axis, dtype=dtype, out=out)

    def cumprod(self, axis: int | None = None, dtype: Any = None, out: None = None) -> Self:
        """Return the cumulative products along an axis, or of the flattened array."""
        return self._along(axis)._apply("cumulative_prod", axis=axis, dtype=dtype, out=out)

    def argsort(self, axis: int | None = -1, *, stable: bool = True) -> Self:
        """Return the positions that sort the entries along an axis, or of the flattened array."""
        return self._along(axis)._apply("argsort", axis=-1 if axis is None else axis, stable=stable)

    def sort(self, axis: int = -1, *, stable: bool = True) -> None:
        """Sort the entries along an axis in place, as NumPy's method does; `xp.sort` returns another array."""
        self[...] = self._apply("sort", axis=axis, stable=stable)

    def nonzero(self) -> tuple[Self, ...]:
        """Return the positions of the nonzero entries, one array per axis."""
        return self._apply("nonzero")

    def take(self, indices: Any, axis: int | None = None) -> Self:
        """Return the entries at `indices` along an axis, or of the flattened array."""
        return self._along(axis)._apply("take", indices, axis=axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> Self:
        """Repeat each entry along an axis, or of the flattened array."""
        return self._apply("repeat", repeats, axis=axis)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Self:
        """Return the positions at which the entries of `v` keep this sorted array sorted."""
        return self._apply("searchsorted", v, side=side, sorter=sorter)

    def dot(self, other: Any) -> Self:
        """Multiply by another array, over the last axis of this one and the second to last of the other."""
        ndim = getattr(other, "ndim", 0)
        if not self.ndim or not ndim:
            return self._apply("multiply", other)
        return self._apply("matmul", other) if ndim <= 2 else self._apply("tensordot", other, axes=((-1,), (-2,)))

    # shapes

    def reshape(self, *shape: Any) -> Self:
        """Return the same entries in another shape, given as one tuple or as several lengths."""
        return self._apply("reshape", shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)

    def ravel(self) -> Self:
        """Return the entries along a single axis."""
        return self._apply("reshape", (-1,))

    flatten = ravel

    def squeeze(self, axis: int | tuple[int, ...] | None = None) -> Self:
        """Remove axes of length 1: the given ones, or all."""
        if axis is None:
            axis = tuple(each for each, side in enumerate(self.shape) if side == 1)
        return self._apply("squeeze", axis)

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        """Exchange two axes."""
        order = list(range(self.ndim))
        order[axis1], order[axis2] = order[axis2], order[axis1]
        return self.transpose(order)

    def transpose(self, *axes: Any) -> Self:
        """Permute the axes, given as one tuple or one by one; the default reverses them."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return self._apply("permute_dims", tuple(order) if order else tuple(range(self.ndim))[::-1])
