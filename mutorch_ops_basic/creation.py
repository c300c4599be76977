"""Functions that create arrays: plain functions of a namespace, whose results are constants of the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from mutorch_core import Var
from mutorch_core.errors import OperandError
from mutorch_core.graph import constant
from mutorch_core.values import is_number
from mutorch_ops_basic.dtypes import astype, raw
from mutorch_ops_basic.joining import stack
from mutorch_ops_basic.shapes import broadcast_to, reshape

__all__ = ["CREATION", "Creation"]

CREATION = (
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like", "identity", "indices",
    "linspace", "logspace", "ones", "ones_like", "tri", "tril_indices", "triu_indices", "zeros", "zeros_like",
)  # fmt: skip


def holds_var(obj: Any) -> bool:
    """Whether a nested sequence holds a `Var`."""
    return isinstance(obj, Var) or (isinstance(obj, (list, tuple)) and any(map(holds_var, obj)))


@attrs.frozen
class Creation:
    """The creation functions of one array library: each returns an untracked `Var` around its array.

    Only where a `Var` goes in, in `asarray`, `full`, `linspace` or `logspace`, does the result depend on it.
    """

    library: Any

    def arange(self, start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Var:
        """Numbers from `start` (0 if alone) up to `stop`, `step` apart, `stop` left out."""
        bounds = (raw(start), raw(stop), raw(step))
        return constant(self.library.arange(*bounds, dtype=dtype, device=device))

    def asarray(self, obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Var:
        """An array of `obj`: a number, an array, a `Var`, or nested sequences of these."""
        if isinstance(obj, Var):
            return self._converted(obj, dtype, device, copy)
        if holds_var(obj):
            return self._converted(stack([self.asarray(item) for item in obj]), dtype, device, None)
        return constant(self.library.asarray(obj, dtype=dtype, device=device, copy=copy))

    def empty(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """An array of `shape` whose entries are whatever was there."""
        return constant(self.library.empty(shape, dtype=dtype, device=device))

    def empty_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Var:
        """An array of x's shape and dtype whose entries are whatever was there."""
        return constant(self.library.empty_like(raw(x), dtype=dtype, device=device))

    def eye(
        self, n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None
    ) -> Var:
        """A matrix of ones on the k-th diagonal and zeros elsewhere."""
        return constant(self.library.eye(n_rows, n_cols, k=k, dtype=dtype, device=device))

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None) -> Var:
        """An array of another library's array, by the DLPack protocol.

        Raises OperandError for a tracked `Var`: what goes through DLPack leaves the graph.
        """
        if isinstance(x, Var) and x.node is not None:
            raise OperandError(f"from_dlpack({x!r}) would cut the graph: use x.detach()")
        options = {name: value for name, value in (("device", device), ("copy", copy)) if value is not None}
        return constant(self.library.from_dlpack(raw(x), **options))

    def full(self, shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """An array of `shape` filled with a number, or with a 0-d `Var`, on whose graph it stays."""
        if isinstance(fill_value, Var):
            return broadcast_to(self.asarray(fill_value, dtype=dtype, device=device), shape)
        return constant(self.library.full(shape, fill_value, dtype=dtype, device=device))

    def full_like(self, x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """An array of x's shape and dtype filled with a number, or with a 0-d `Var`."""
        like = self.library.asarray(raw(x))
        return self.full(like.shape, fill_value, dtype=dtype or like.dtype, device=device)

    def identity(self, n: int, /, *, dtype: Any = None, device: Any = None) -> Var:
        """The n × n matrix of ones on the diagonal and zeros elsewhere."""
        return self.eye(n, dtype=dtype, device=device)

    def indices(self, dimensions: Sequence[int], /, *, dtype: Any = int, device: Any = None) -> Var:
        """The indices of each entry of an array: first those along its first axis, then along its second, …."""
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
        """`num` numbers from `start` to `stop` at equal distances; `endpoint=False` leaves `stop` out."""
        create: Callable[..., Any] = self.library.linspace
        if not (isinstance(start, Var) or isinstance(stop, Var)):
            return constant(create(start, stop, num, dtype=dtype, device=device, endpoint=endpoint))
        share: Any = constant(create(0, 1, num, device=device, endpoint=endpoint))
        points = start * (1 - share) + stop * share
        return points if dtype is None else astype(points, dtype)

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
        """`num` numbers from `base` to the power `start` to `base` to the power `stop`, at equal ratios."""
        points = base ** self.linspace(start, stop, num, device=device, endpoint=endpoint)
        return points if dtype is None else astype(points, dtype)

    def ones(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """An array of ones."""
        return constant(self.library.ones(shape, dtype=dtype, device=device))

    def ones_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Var:
        """An array of ones, of x's shape and dtype."""
        return constant(self.library.ones_like(raw(x), dtype=dtype, device=device))

    def tri(self, N: int, M: int | None = None, k: int = 0, /, *, dtype: Any = None, device: Any = None) -> Var:
        """An N × M matrix of ones up to the k-th diagonal and zeros above."""
        ones = self.library.ones((N, N if M is None else M), dtype=dtype, device=device)
        return constant(self.library.tril(ones, k=k))

    def tril_indices(self, n: int, /, k: int = 0, m: int | None = None, *, device: Any = None) -> tuple[Var, ...]:
        """The rows and the columns of the entries up to the k-th diagonal of an n × m matrix."""
        return tuple(self._integers(each, None, device) for each in np.tril_indices(n, k, m))

    def triu_indices(self, n: int, /, k: int = 0, m: int | None = None, *, device: Any = None) -> tuple[Var, ...]:
        """The rows and the columns of the entries from the k-th diagonal on of an n × m matrix."""
        return tuple(self._integers(each, None, device) for each in np.triu_indices(n, k, m))

    def zeros(self, shape: Any, *, dtype: Any = None, device: Any = None) -> Var:
        """An array of zeros."""
        return constant(self.library.zeros(shape, dtype=dtype, device=device))

    def zeros_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Var:
        """An array of zeros, of x's shape and dtype."""
        return constant(self.library.zeros_like(raw(x), dtype=dtype, device=device))

    def _integers(self, found: Any, dtype: Any, device: Any) -> Var:
        """NumPy's integers as an array of the library: they depend on shapes alone, never on traced values."""
        return constant(self.library.asarray(found, dtype=dtype, device=device))

    def _converted(self, x: Var, dtype: Any, device: Any, copy: bool | None) -> Var:
        """A `Var` with another dtype, still on its graph; itself where nothing is to change."""
        if x.node is None:
            return constant(self.library.asarray(x.value, dtype=dtype, device=device, copy=copy))
        if is_number(x.value):
            x = reshape(broadcast_to(x, (1,)), ())
        return astype(x, x.dtype if dtype is None else dtype, copy=bool(copy), device=device)
