"""Pytrees, by optree: nested dicts, lists, tuples, named tuples and registered classes, with leaves of any type.

The functions are optree's own under our names. optree is imported on first use, to keep `import mutorch_core` fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

__all__ = ["Tree", "flatten", "flatten_with_paths", "leaves_of", "map_leaves", "unflatten"]

Tree = Any
"""Any pytree that optree supports, or a single leaf."""

OPTREE_NAMES = {
    "flatten": "tree_flatten",
    "flatten_with_paths": "tree_flatten_with_path",
    "leaves_of": "tree_leaves",
    "map_leaves": "tree_map",
    "unflatten": "tree_unflatten",
}

if TYPE_CHECKING:

    def flatten(tree: Tree) -> tuple[list[Any], Any]:
        """Return the leaves, and the structure that puts them together again."""
        ...

    def flatten_with_paths(tree: Tree) -> tuple[list[tuple[Any, ...]], list[Any], Any]:
        """Return the path to each leaf (the keys that lead to it), the leaves, and the structure."""
        ...

    def leaves_of(tree: Tree) -> list[Any]:
        """Return the leaves in their order."""
        ...

    def map_leaves(function: Callable[[Any], Any], tree: Tree) -> Tree:
        """Return the same tree with `function` applied to each leaf."""
        ...

    def unflatten(structure: Any, leaves: Sequence[Any]) -> Tree:
        """Put leaves into a structure."""
        ...


def __getattr__(name: str) -> Any:
    if name not in OPTREE_NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import optree

    globals()[name] = function = getattr(optree, OPTREE_NAMES[name])
    return function
