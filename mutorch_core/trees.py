"""Pytrees, by optree: any nesting of dicts, lists, tuples, named tuples, … with leaves of any type.

optree is imported when the first tree is met, since importing Mutorch need not wait for it; what is called from then
on are its own functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

__all__ = ["Tree", "flatten", "flatten_with_paths", "leaves_of", "map_leaves", "unflatten"]

Tree = Any
"""Any pytree that optree knows, or a single leaf."""

OPTREE_NAMES = {
    "flatten": "tree_flatten",
    "flatten_with_paths": "tree_flatten_with_path",
    "leaves_of": "tree_leaves",
    "map_leaves": "tree_map",
    "unflatten": "tree_unflatten",
}

if TYPE_CHECKING:

    def flatten(tree: Tree) -> tuple[list[Any], Any]:
        """The leaves, and the structure that puts them together again."""
        ...

    def flatten_with_paths(tree: Tree) -> tuple[list[tuple[Any, ...]], list[Any], Any]:
        """The same behind the path to each leaf: the keys that lead to it."""
        ...

    def leaves_of(tree: Tree) -> list[Any]:
        """The leaves in their order."""
        ...

    def map_leaves(function: Callable[[Any], Any], tree: Tree) -> Tree:
        """The same tree with `function` applied to each leaf."""
        ...

    def unflatten(structure: Any, leaves: Sequence[Any]) -> Tree:
        """Leaves put into a structure."""
        ...


def __getattr__(name: str) -> Any:
    if name not in OPTREE_NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import optree

    globals()[name] = found = getattr(optree, OPTREE_NAMES[name])
    return found
