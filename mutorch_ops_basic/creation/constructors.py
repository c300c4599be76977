"""Functions that create arrays: plain functions of a namespace, whose results are constants of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from reprlib import repr as brief
from typing import Any

import attrs
import numpy as np

from mutorch_core import Var
from mutorch_core.authoring import SEQUENCES, constant, format_value, is_number, namespace_of
from mutorch_core.errors import OperandError, refused
from mutorch_ops_basic.operands.conversion import astype
from mutorch_ops_basic.operands.dtypes import unwrap
from mutorch_ops_basic.shaping.joining import stack
from mutorch_ops_basic.shaping.shapes import broadcast_to, reshape

__all__ = ["CREATION", "Creation"]

CREATION = (
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like", "identity", "indices",
    "linspace", "logspace", "ones", "ones_like", "tri", "tril_indices", "triu_indices", "zeros", "zeros_like",
)  # fmt: skip


def is_tracked(x: Any) -> bool:
    """Return whether a value is a `Var` with a graph."""
    return isinstance(x, Var) and x.node is not None


def flatten_sequences(obj: Any) -> list[Any]:
    """Return the entries of nested sequences."""
    return [entry for item in obj for entry in flatten_sequences(item)] if isinstance(obj, SEQUENCES) else [obj]


@attrs.frozen
class Creation:
    """The creation functions of one array library: each returns an untracked `Var` around its array.

    Only where a tracked `Var` goes in, in `arange`, `asarray`, `from_dlpack`, `full`, `linspace` or `logspace`, is the
    result on its graph.
    """

    library: Any

    def arange(self, start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Var:
        """Return numbers from `start` (0 if alone) up to `stop`, `step` apart, `stop` left out."""
        made = self._made("arange", unwrap(start), unwrap(stop), unwrap(step), dtype=dtype, device=device)
        first = 0 if stop is None else start
        if not (is_tracked(first) or is_tracked(step)):
            return made
        positions = self._made("arange", len(made), dtype=made.dtype, device=device)
        return astype(first + positions * step, made.dtype, copy=False)

    def asarray(self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Var:
        """Return an array of `obj`: a number, an array, a `Var`, or nested sequences of these.

        A `Var` stays on its graph; it comes back itself where nothing is to change.
        """
        if isinstance(obj, Var):
            return self._converted(obj, dtype, device, copy)
        if isinstance(obj, SEQUENCES) and any(isinstance(entry, Var) for entry in flatten_sequences(obj)):
            if copy is False:
                raise refused("asarray(copy=False): an array of nested sequences is a copy", ValueError)
            return self._stacked(obj, self._common_dtype(flatten_sequences(obj)) if dtype is None else dtype, device)
        return self._made("asarray", obj, dtype=dtype, device=device, copy=copy)

    def empty(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """Return an array of `shape` whose entries are whatever was there."""
        return self._made("empty", shape, dtype=dtype, device=device)

    def empty_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return an array of x's shape and dtype whose entries are whatever was there."""
        return self._made("empty_like", unwrap(x), dtype=dtype, device=device)

    def eye(
        self, n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None
    ) -> Var:
        """Return a matrix of ones on the k-th diagonal and zeros elsewhere."""
        return self._made("eye", n_rows, n_cols, k=k, dtype=dtype, device=device)

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Var:
        """Convert another library's array by the DLPack protocol; a `Var` of this library stays on its graph.

        Raises OperandError for a tracked `Var` of another library: what goes through DLPack leaves the graph.
        """
        if is_tracked(x):
            return self._converted(x, None, device, copy)
        return self._made("from_dlpack", unwrap(x), device=device, copy=copy)

    def full(self, shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """Return an array of `shape` filled with a number, or with a 0-d `Var`, on whose graph it stays."""
        if is_tracked(fill_value) or not is_number(unwrap(fill_value)):
            value = self.asarray(fill_value, dtype=dtype, device=device)
            return broadcast_to(value, (shape,) if isinstance(shape, int) else shape)
        return self._made("full", shape, unwrap(fill_value), dtype=dtype, device=device)

    def full_like(self, x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """Return an array of x's shape and dtype filled with a number, or with a 0-d `Var`."""
        if is_tracked(fill_value) or not is_number(unwrap(fill_value)):
            like = self.asarray(unwrap(x))
            return self.full(like.shape, fill_value, dtype=dtype or like.dtype, device=device or like.device)
        return self._made("full_like", unwrap(x), unwrap(fill_value), dtype=dtype, device=device)

    def identity(self, n: int, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return the n × n matrix of ones on the diagonal and zeros elsewhere."""
        return self.eye(n, dtype=dtype, device=device)

    def indices(self, dimensions: Sequence[int], /, *, dtype: Any = int, device: Any = None) -> Var:
        """Return the indices of each entry of an array: first those along its first axis, then along its second, …."""
        return self._integers(np.indices(tuple(dimensions)), None if dtype is int else dtype, device)

    def linspace(
        self,
        start: Any,
        stop: Any,
        /,
        num: int,
        *,
        dtype: Any = None,
        device: Any = None,
        endpoint: bool = True,
    ) -> Var:
        """Return `num` numbers from `start` to `stop` at equal distances; `endpoint=False` leaves `stop` out."""
        if not (is_tracked(start) or is_tracked(stop)):
            return self._made(
                "linspace", unwrap(start), unwrap(stop), num, dtype=dtype, device=device, endpoint=endpoint
            )
        if dtype is None:
            dtype = self._common_dtype([start, stop, 1.0])
        share: Any = self._made("linspace", 0.0, 1.0, num, device=device, endpoint=endpoint)
        return astype(start * (1 - share) + stop * share, dtype, copy=False)

    def logspace(
        self,
        start: Any,
        stop: Any,
        /,
        num: int = 50,
        *,
        endpoint: bool = True,
        base: Any = 10.0,
        dtype: Any = None,
        device: Any = None,
    ) -> Var:
        """Return `num` numbers from `base` to the power `start` to `base` to the power `stop`, at equal ratios."""
        points = base ** self.linspace(start, stop, num, device=device, endpoint=endpoint)
        return points if dtype is None else astype(points, dtype)

    def ones(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """Return an array of ones."""
        return self._made("ones", shape, dtype=dtype, device=device)

    def ones_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return an array of ones, of x's shape and dtype."""
        return self._made("ones_like", unwrap(x), dtype=dtype, device=device)

    def tri(self, N: int, M: int | None = None, k: int = 0, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return an N × M matrix of ones up to the k-th diagonal and zeros above."""
        ones = self.library.ones((N, N if M is None else M), dtype=dtype, device=device)
        return constant(self.library.tril(ones, k=k))

    def tril_indices(self, n: int, /, k: int = 0, m: int | None = None, *, device: Any = None) -> tuple[Var, ...]:
        """Return the rows and the columns of the entries up to the k-th diagonal of an n × m matrix."""
        return tuple(self._integers(each, None, device) for each in np.tril_indices(n, k, m))

    def triu_indices(self, n: int, /, k: int = 0, m: int | None = None, *, device: Any = None) -> tuple[Var, ...]:
        """Return the rows and the columns of the entries from the k-th diagonal on of an n × m matrix."""
        return tuple(self._integers(each, None, device) for each in np.triu_indices(n, k, m))

    def zeros(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """Return an array of zeros."""
        return self._made("zeros", shape, dtype=dtype, device=device)

    def zeros_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return an array of zeros, of x's shape and dtype."""
        return self._made("zeros_like", unwrap(x), dtype=dtype, device=device)

    def _integers(self, integers: Any, dtype: Any, device: Any) -> Var:
        """Return NumPy's integers as an array of the library: they depend on shapes alone, never on traced values."""
        return constant(self.library.asarray(integers, dtype=dtype, device=device))

    def _made(self, name: str, *args: Any, **options: Any) -> Var:
        """Call the library's function; its error names the function and the arguments."""
        options = {option: value for option, value in options.items() if value is not None}
        try:
            return constant(getattr(self.library, name)(*args, **options))
        except Exception as error:
            arguments = [format_value(arg) if hasattr(arg, "dtype") else brief(arg) for arg in args]
            arguments += [f"{option}={value!r}" for option, value in options.items()]
            raise refused(f"{name}({', '.join(arguments)}): {type(error).__name__}: {error}", type(error)) from error

    def _converted(self, x: Any, dtype: Any, device: Any, copy: bool | None) -> Any:
        """Convert a `Var` to a dtype and device on its graph; return it unchanged if it has both."""
        number = is_number(x.value)
        if number or namespace_of(x.value) is not self.library:
            if x.node is None:
                return self._made("asarray", x.value, dtype=dtype, device=device, copy=copy)
            if not number:
                raise OperandError(f"an array of another library, made of {x!r}, would cut the graph: use x.detach()")
            x = reshape(broadcast_to(x, (1,)), ())
        if (dtype is None or x.dtype == dtype) and (device is None or x.device == device):
            if not copy:
                return x
            if x.node is not None:
                return +x
        if x.node is None or copy is False or not self._is_floating(dtype):
            made = self._made("asarray", x.value, dtype=dtype, device=device, copy=copy)
            if x.node is None or not self._is_floating(dtype):
                return made
        return astype(x, x.dtype if dtype is None else dtype, copy=bool(copy), device=device)

    def _is_floating(self, dtype: Any) -> bool:
        """Return whether an array of `dtype`, by default its own, may carry a gradient."""
        kinds = ("real floating", "complex floating")
        return dtype is None or self.library.isdtype(self.library.result_type(dtype), kinds)

    def _stacked(self, obj: Any, dtype: Any, device: Any) -> Any:
        """Stack nested sequences to an array of one dtype."""
        if isinstance(obj, SEQUENCES):
            return stack([self._stacked(item, dtype, device) for item in obj])
        return self.asarray(obj, dtype=dtype, device=device)

    def _common_dtype(self, operands: list[Any]) -> Any:
        """Return the dtype that entries promote to; numbers follow the arrays, as in the standard's operators."""
        values = list(map(unwrap, operands))
        if all(map(is_number, values)):
            return self.library.asarray(values).dtype
        return self.library.result_type(*values)
