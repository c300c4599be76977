"""`checkpoint`: a function whose inside is forgotten, and computed again when a sweep comes by.

The function is recorded once, to learn which tracked nodes outside of it it uses (closures included); those
edges stay, and what lies between is dropped:

    w ──┐                                    w ──┐
    x ──┴─ matmul ── tanh ── … ── y          x ──┴─ checkpoint ── y
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from typing import Any

from mutorch_core import trees
from mutorch_core.application import is_tracked
from mutorch_core.backprop import sweep
from mutorch_core.graph import Fields, Identity, Node, Output, Var, let_go, link
from mutorch_core.modes import Tape, consider, entered, paused, unpaused
from mutorch_core.plans import lift_recorded
from mutorch_core.values import meta_of, zeros_like, zeros_of

__all__ = ["checkpoint"]


class Segment:
    """The rule of a checkpointed call: run the function again, and sweep the graph of that run."""

    def __init__(self, f: Callable[..., Any], values: Sequence[Any], structure: Any, tracked: Sequence[bool]) -> None:
        self.f = f
        self.values = values
        self.structure = structure
        self.tracked = tracked

    def run(self, parents: Sequence[Node | None]) -> tuple[list[Var], Any]:
        """Apply the function to its arguments, the tracked ones on `Identity` nodes: these, and what it returns."""
        nodes = iter(parents)
        arguments = [
            link(value, Identity(value, next(nodes))) if tracked else value
            for value, tracked in zip(self.values, self.tracked, strict=True)
        ]
        args, kwargs = trees.unflatten(self.structure, arguments)
        with unpaused():
            returned = self.f(*args, **kwargs)
        return [argument for argument, tracked in zip(arguments, self.tracked, strict=True) if tracked], returned

    def pull(self, g: Fields, node: Node) -> tuple[Any, ...]:
        """The raw cotangents of arguments and closures."""
        return self.again(g, node, recorded=False)

    def pull_some(self, g: Fields, node: Node, _wanted: Sequence[bool], lift: Any) -> tuple[Any, ...]:
        """The same in a recorded sweep."""
        return self.again(g, node, recorded=lift is lift_recorded)

    def again(self, g: Fields, node: Node, recorded: bool) -> tuple[Any, ...]:
        """Run once more, and sweep from the results to the arguments and to the nodes outside."""
        count = sum(self.tracked)
        stand_ins, returned = self.run(node.parents[:count] if recorded else [None] * count)
        starts = [
            (result.node, link(zeros_of(meta), None) if c is None else c)
            for result, meta, c in zip(trees.leaves_of(returned), node.result, g.cotangents, strict=True)
            if type(result) is Var and result.node is not None
        ]
        if not recorded:
            starts = [(start, c.value if type(c) is Var else c) for start, c in starts]
        ends = [stand.node for stand in stand_ins if stand.node is not None] + list(node.parents[count:])
        found = sweep(starts, set(ends), set(ends), recorded)
        values = [value for value, tracked in zip(self.values, self.tracked, strict=True) if tracked]
        zeros = [zeros_like(value) for value in values]
        return tuple(found[end] if end in found else zeros[index] for index, end in enumerate(ends))

    def release(self, node: Node) -> None:
        """Let go of the arguments."""
        let_go(node, "a checkpoint")

    def named(self, _node: Node, edge: int) -> str:
        """An edge, as error texts name it."""
        return f"checkpoint({getattr(self.f, '__name__', self.f)!r}): cotangent {edge}"


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that computes as `f` does, but keeps only its arguments and runs again in the sweep.

    It trades time for memory: what rules would keep of `f`'s inside is dropped. `f` must return the same
    values when it runs again; what it closes over gets its gradients too.
    """

    @functools.wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if paused():
            return f(*args, **kwargs)
        leaves, structure = trees.flatten((args, kwargs))
        parents = [leaf.node if type(leaf) is Var else None for leaf in leaves]
        tracked = [parent is not None for parent in parents]
        values = [leaf.value if parent is not None else leaf for leaf, parent in zip(leaves, parents, strict=True)]
        segment = Segment(f, values, structure, tracked)
        tape = Tape()
        with entered(tape):
            stand_ins, returned = segment.run([None] * sum(tracked))
        inner = {stand.node for stand in stand_ins if stand.node is not None}
        results, returned_structure = trees.flatten(returned)
        outside = boundary([r.node for r in results if type(r) is Var and r.node is not None], inner, tape.nodes)
        node = Node()
        node.rule = segment
        node.parents = (*[parent for parent in parents if parent is not None], *outside)
        node.saved = ()
        node.result = tuple(meta_of(r.value if type(r) is Var else r) if is_array(r) else None for r in results)
        kept = consider(node)
        return trees.unflatten(
            returned_structure,
            [link(r.value, Output(node, i, r.value)) if kept and is_tracked(r) else r for i, r in enumerate(results)],
        )

    return checkpointed


def is_array(value: Any) -> bool:
    """Whether a result is a `Var`, a number or an array."""
    return type(value) is Var or hasattr(value, "dtype") or isinstance(value, (int, float, complex))


def boundary(roots: Sequence[Node], inner: Collection[Node], made: Collection[Node]) -> list[Node]:
    """The nodes that a recorded function used and did not make, in the order in which they are met."""
    outside: dict[Node, None] = {}
    seen: set[Node] = set(inner)
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        own = node in made or (isinstance(node, Output) and node.parents[0] in made)
        if own:
            stack.extend(node.parents)
        else:
            outside[node] = None
    return list(outside)
