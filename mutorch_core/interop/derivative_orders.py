"""A function of arrays and its derivatives, each again a function of arrays.

    f⁰(x…)          an op's call
    f¹(x…, ȳ…)      the cotangents x̄ that its rules pull back
    f²(x…, ȳ…, x̿…)  the cotangents of all that f¹ takes, by the rules of its rules

A framework that is given f⁰ to compute and f¹ to pull back, and f² to pull that back, differentiates it as often as
it likes, and always by Mutorch's rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mutorch_core.engine.accumulate import fit_raw
from mutorch_core.engine.backward import backward_partial
from mutorch_core.graph.grad_mode import force_recording, mode_counter
from mutorch_core.graph.node import Leaf, Node, OutputCotangents, OutputNode
from mutorch_core.graph.var import Var, is_tracked, make_var, unwrap
from mutorch_core.interop.op_calls import as_sequence, repack_like
from mutorch_core.transforms.functional import vjp

__all__ = ["DerivativeOrder", "RecordedCall"]


class DerivativeOrder:
    """A function of `count` raw arrays, and which of these carry gradients."""

    __slots__ = ("active", "count", "derivatives", "function")

    def __init__(self, function: Callable[..., Any], active: Sequence[int], count: int) -> None:
        self.function = function
        self.active = tuple(active)
        self.count = count
        self.derivatives: dict[tuple[int, ...], DerivativeOrder] = {}

    def derivative(self, reached: tuple[int, ...]) -> DerivativeOrder:
        """Return the next order: from the arrays and some outputs' cotangents to the active arrays' cotangents."""
        if reached not in self.derivatives:
            active = (*self.active, *range(self.count, self.count + len(reached)))
            self.derivatives[reached] = DerivativeOrder(
                DerivativeFunction(self, reached), active, self.count + len(reached)
            )
        return self.derivatives[reached]

    def record(self, arrays: Sequence[Any]) -> tuple[Any, RecordedCall]:
        """Return the result, and the graph to pull cotangents back through once."""
        inputs = list(arrays)
        leaves: list[Node] = []
        for index in self.active:
            leaves.append(leaf := Leaf(inputs[index], None))
            inputs[index] = make_var(inputs[index], leaf)
        if mode_counter.modes:
            with force_recording():
                result = self.function(*inputs)
        else:
            result = self.function(*inputs)
        if type(result) is Var:
            return result.value, RecordedCall(leaves, (result.node,))
        outputs = as_sequence(result)
        recorded = RecordedCall(leaves, [output.node if is_tracked(output) else None for output in outputs])
        return repack_like(result, [unwrap(output) for output in outputs]), recorded


class DerivativeFunction:
    """The derivative of an order, as a function; of `Var`s too, so that it has derivatives itself."""

    __slots__ = ("of", "reached")

    def __init__(self, of: DerivativeOrder, reached: tuple[int, ...]) -> None:
        self.of = of
        self.reached = reached

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        arrays, cotangents = list(inputs[: self.of.count]), inputs[self.of.count :]

        def forward(*chosen: Any) -> tuple[Any, ...]:
            for index, array in zip(self.of.active, chosen, strict=True):
                arrays[index] = array
            outputs = as_sequence(self.of.function(*arrays))
            return tuple(outputs[index] for index in self.reached)

        _, pullback = vjp(forward, *[arrays[index] for index in self.of.active])
        return tuple(pullback(tuple(cotangents)))


class RecordedCall:
    """The graph of a call for its backward pass: its outputs' nodes, and the leaves that stand for its arrays."""

    __slots__ = ("leaves", "outputs")

    def __init__(self, leaves: list[Node], outputs: Sequence[Node | None]) -> None:
        self.leaves = leaves
        self.outputs = outputs

    def keeps(self, index: int, array: Any) -> bool:
        """Return whether an output is kept for a rule, or may be: a graph of several nodes is not searched."""
        node = self.outputs[index]
        if node is None:
            return False
        if type(node) is OutputNode:
            (node,) = node.parents
        if not self.alone(node):
            return True
        return any(kept is array for kept in node.saved)

    @staticmethod
    def alone(node: Node) -> bool:
        """Return whether a node is one op's, with nothing but leaves before it."""
        if type(node) is not Node:
            return False
        return all(parent.rule is None for parent in node.parents)

    def pull_back(self, cotangents: Sequence[Any]) -> list[Any]:
        """Return one cotangent per leaf, None if none arrives; of outputs whose cotangent is not None."""
        pairs = zip(self.outputs, cotangents, strict=True)
        starts = [(node, g) for node, g in pairs if node is not None and g is not None]
        found = self.pull_back_single_node(starts)
        if found is None:
            leaves = set(self.leaves)
            found = backward_partial(starts, leaves, leaves, False)
        return [found.get(leaf) for leaf in self.leaves]

    def pull_back_single_node(self, starts: Sequence[tuple[Node, Any]]) -> dict[Node, Any] | None:
        """Return the cotangents of a graph of one node and leaves; None for any other graph."""
        if len({start for start, _ in starts}) != len(starts):
            return None
        nodes = {start.parents[0] if type(start) is OutputNode else start for start, _ in starts}
        if len(nodes) != 1 or not self.alone(node := nodes.pop()) or len(set(node.parents)) != len(node.parents):
            return None
        g = starts[0][1] if starts[0][0] is node else collect_output_cotangents(starts, len(node.result))
        cotangents = enumerate(zip(node.parents, node.rule.pull_back(g, node), strict=True))
        return {parent: fit_raw(c, parent, node, edge) for edge, (parent, c) in cotangents}


def collect_output_cotangents(starts: Sequence[tuple[Any, Any]], count: int) -> OutputCotangents:
    """Return the cotangents of a node's outputs, of which some have arrived."""
    cotangents: list[Any] = [None] * count
    for output, g in starts:
        cotangents[output.index] = g
    return OutputCotangents(cotangents)
