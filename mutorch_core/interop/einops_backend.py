"""einops on `Var`s: `rearrange`, `reduce`, `repeat`, `pack` and `einsum`. Imported once einops is."""

from __future__ import annotations

from typing import Any

import einops._backends as theirs  # pyright: ignore[reportMissingTypeStubs] - it has none

from mutorch_core.graph.var import Var

__all__ = ["MutorchBackend"]


class MutorchBackend(theirs.AbstractBackend):
    """einops finds it by its base class, and asks it for what a `Var`'s namespace has. The rest is inherited."""

    framework_name = "mutorch_core"

    def is_appropriate_type(self, tensor: Any) -> bool:
        """Whether it is a `Var`."""
        return isinstance(tensor, Var)

    def is_float_type(self, x: Any) -> bool:
        """Whether means can be taken."""
        return x.__array_namespace__().isdtype(x.dtype, ("real floating", "complex floating"))

    def add_axis(self, x: Any, new_position: int) -> Any:
        """With one more axis, of length 1."""
        return x.__array_namespace__().expand_dims(x, axis=new_position)

    def tile(self, x: Any, repeats: tuple[int, ...]) -> Any:
        """Repeated so many times along each axis."""
        return x.__array_namespace__().tile(x, repeats)

    def concat(self, tensors: list[Any], axis: int) -> Any:
        """One after the other along an axis."""
        return tensors[0].__array_namespace__().concat(tensors, axis=axis)

    def stack_on_zeroth_dimension(self, tensors: list[Any]) -> Any:
        """Along a new first axis."""
        return tensors[0].__array_namespace__().stack(tensors)

    def einsum(self, pattern: str, *x: Any) -> Any:
        """A sum of products."""
        return x[0].__array_namespace__().einsum(pattern, *x)
