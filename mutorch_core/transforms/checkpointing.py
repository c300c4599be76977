"""`checkpoint`: recompute a function's intermediate values in the backward pass instead of storing them.

The function is traced once, to find the tracked nodes outside of it that it uses (closures included). Those edges are
kept, and the nodes between are dropped:

    w ──┐                                    w ──┐
    x ──┴─ matmul ── tanh ── … ── y          x ──┴─ checkpoint ── y
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from typing import Any

from mutorch_core.arrays.meta import meta_of
from mutorch_core.arrays.values import zeros_like, zeros_of
from mutorch_core.declaration.pullback import lift_recorded
from mutorch_core.engine.backward import backward_partial
from mutorch_core.engine.hooks import replayed_nodes
from mutorch_core.graph.grad_mode import Tape, current_mode, force_recording, is_recording_off, notify_mode, use_mode
from mutorch_core.graph.node import InputNode, Node, NodeRule, OutputCotangents, OutputNode, release_node
from mutorch_core.graph.var import Var, is_tracked, make_var, unwrap
from mutorch_core.transforms import pytrees
from mutorch_core.transforms.tracing import check_function

__all__ = ["checkpoint"]


class CheckpointRule(NodeRule):
    """The rule of a checkpointed call: run the function again, and pull back through the graph of that run."""

    symbol = "checkpoint"

    def __init__(self, f: Callable[..., Any], values: Sequence[Any], structure: Any, tracked: Sequence[bool]) -> None:
        self.f = f
        self.values = values
        self.structure = structure
        self.tracked = tracked
        self.hooked: frozenset[Node] = frozenset()
        """The outer nodes that the first run hooked; the next one must not do so again."""

    def run(self, parents: Sequence[Node | None]) -> tuple[list[Node], Any]:
        """Call the function, its tracked arguments on input nodes; return these nodes and the result."""
        nodes = iter(parents)
        arguments = [
            make_var(value, InputNode(value, next(nodes))) if tracked else value
            for value, tracked in zip(self.values, self.tracked, strict=True)
        ]
        # ahead of the call, since an assignment or a hook in it gives an argument another node
        inputs: list[Any] = [each.node for each, tracked in zip(arguments, self.tracked, strict=True) if tracked]
        args, kwargs = pytrees.unflatten(self.structure, arguments)
        with force_recording():
            returned = self.f(*args, **kwargs)
        return inputs, returned

    def pull_back(self, g: OutputCotangents, node: Node) -> tuple[Any, ...]:
        """Return the raw cotangents of arguments and closures."""
        return self.recompute(g, node, recorded=False)

    def pull_back_some(self, g: OutputCotangents, node: Node, needed: Sequence[bool], lift: Any) -> tuple[Any, ...]:
        """Return the same in a recorded backward pass."""
        return self.recompute(g, node, recorded=lift is lift_recorded)

    def recompute(self, g: OutputCotangents, node: Node, recorded: bool) -> tuple[Any, ...]:
        """Run the function again, and pull back from its results to the arguments and to the nodes outside."""
        count = sum(self.tracked)
        token = replayed_nodes.set((replayed_nodes.get() or frozenset()) | self.hooked)
        try:
            inputs, returned = self.run(node.parents[:count] if recorded else [None] * count)
        finally:
            replayed_nodes.reset(token)
        starts = [
            (result.node, make_var(zeros_of(meta), None) if c is None else c)
            for result, meta, c in zip(pytrees.leaves_of(returned), node.result, g.cotangents, strict=True)
            if is_tracked(result)
        ]
        if not recorded:
            starts = [(start, unwrap(c)) for start, c in starts]
        ends = [*inputs, *node.parents[count:]]
        cotangents = backward_partial(starts, set(ends), set(ends), recorded)
        values = [value for value, tracked in zip(self.values, self.tracked, strict=True) if tracked]
        return tuple(
            cotangents[end] if end in cotangents else zeros_like(values[index]) for index, end in enumerate(ends)
        )

    def release(self, node: Node) -> None:
        """Drop the arguments."""
        release_node(node, "a checkpoint")

    def named(self, node: Node, edge: int) -> str:
        """Name an edge for error messages."""
        return f"checkpoint({getattr(self.f, '__name__', self.f)!r}): cotangent {edge}"


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that computes `f` but keeps only its arguments, and runs `f` again in the backward pass.

    This trades time for memory: the values that rules would keep of `f`'s inside are dropped. `f` must return the
    same values when it runs again. Leaves in its closure get their gradients too.
    """
    check_function(f)

    @functools.wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        if is_recording_off():
            return f(*args, **kwargs)
        leaves, structure = pytrees.flatten((args, kwargs))
        parents = [leaf.node if type(leaf) is Var else None for leaf in leaves]
        tracked = [parent is not None for parent in parents]
        values = [leaf.value if parent is not None else leaf for leaf, parent in zip(leaves, parents, strict=True)]
        rule = CheckpointRule(f, values, structure, tracked)
        tape = Tape()
        with use_mode(tape):
            inputs, returned = rule.run([None] * sum(tracked))
        rule.hooked = frozenset(tape.hooked - tape.nodes)
        enclosing = current_mode.get()
        if isinstance(enclosing, Tape):
            enclosing.hooked |= rule.hooked
        results, returned_structure = pytrees.flatten(returned)
        outside = outer_nodes([r.node for r in results if type(r) is Var and r.node is not None], inputs, tape.nodes)
        node = Node()
        node.rule = rule
        node.parents = (*[parent for parent in parents if parent is not None], *outside)
        node.saved = ()
        node.result = tuple(meta_of(unwrap(r)) if is_array(r) else None for r in results)
        kept = notify_mode(node)
        return pytrees.unflatten(
            returned_structure,
            [
                make_var(r.value, OutputNode(node, i, r.value)) if kept and is_tracked(r) else r
                for i, r in enumerate(results)
            ],
        )

    return checkpointed


def is_array(value: Any) -> bool:
    """Return whether a result is a `Var`, a number or an array."""
    return type(value) is Var or hasattr(value, "dtype") or isinstance(value, (int, float, complex))


def outer_nodes(roots: Sequence[Node], inner: Collection[Node], made: Collection[Node]) -> list[Node]:
    """Return the nodes that a traced function used and did not make, in the order in which they are met."""
    outside: dict[Node, None] = {}
    seen: set[Node] = set(inner)
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in made or (isinstance(node, OutputNode) and node.parents[0] in made):
            stack.extend(node.parents)
        else:
            outside[node] = None
    return list(outside)
