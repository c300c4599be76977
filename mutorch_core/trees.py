"""Pytrees, by optree: any nesting of dicts, lists, tuples, named tuples, … with leaves of any type.

optree is imported when the first tree is met: importing Mutorch need not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Tree", "flatten", "flatten_with_paths", "leaves_of", "map_leaves", "unflatten"]

Tree = Any
"""Any pytree that optree knows, or a single leaf."""


def flatten(tree: Tree) -> tuple[list[Any], Any]:
    """The leaves, and the structure that puts them together again."""
    import optree

    return optree.tree_flatten(tree)


def flatten_with_paths(tree: Tree) -> list[tuple[tuple[Any, ...], Any]]:
    """Each leaf behind its path: the keys that lead to it."""
    import optree

    paths, leaves, _ = optree.tree_flatten_with_path(tree)
    return list(zip(paths, leaves, strict=True))


def unflatten(structure: Any, leaves: Sequence[Any]) -> Tree:
    """Leaves put into a structure."""
    import optree

    return optree.tree_unflatten(structure, leaves)


def leaves_of(tree: Tree) -> list[Any]:
    """The leaves in their order."""
    import optree

    return optree.tree_leaves(tree)


def map_leaves(function: Callable[[Any], Any], tree: Tree) -> Tree:
    """The same tree with `function` applied to each leaf."""
    import optree

    return optree.tree_map(function, tree)
