"""einops on `Var`s: a backend for `rearrange`, `reduce`, `repeat`, `pack` and `einsum`."""

from __future__ import annotations

from typing import Any

import einops._backends as theirs  # pyright: ignore[reportMissingTypeStubs] - it has none

from mutorch_core.graph.var import Var

__all__ = ["MutorchBackend"]


class MutorchBackend(theirs.AbstractBackend):
    """Forward einops' operations to the namespace of a `Var`. einops finds it among its base class's subclasses."""

    framework_name = "mutorch_core"

    def is_appropriate_type(self, tensor: Any) -> bool:
        """Return whether a value is a `Var`."""
        return isinstance(tensor, Var)

    def is_float_type(self, x: Any) -> bool:
        """Return whether a value's dtype is floating, so that einops may take means."""
        return x.__array_namespace__().isdtype(x.dtype, ("real floating", "complex floating"))

    def add_axis(self, x: Any, new_position: int) -> Any:
        """Insert an axis of length 1."""
        return x.__array_namespace__().expand_dims(x, axis=new_position)

    def tile(self, x: Any, repeats: tuple[int, ...]) -> Any:
        """Repeat a value along each axis."""
        return x.__array_namespace__().tile(x, repeats)

    def concat(self, tensors: list[Any], axis: int) -> Any:
        """Join values along an axis."""
        return tensors[0].__array_namespace__().concat(tensors, axis=axis)

    def stack_on_zeroth_dimension(self, tensors: list[Any]) -> Any:
        """Join values along a new first axis."""
        return tensors[0].__array_namespace__().stack(tensors)

    def einsum(self, pattern: str, *x: Any) -> Any:
        """Sum products by an einsum pattern."""
        return x[0].__array_namespace__().einsum(pattern, *x)
