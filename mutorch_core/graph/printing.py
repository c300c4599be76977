"""Printing: a graph as the S-expression that `print(var)` shows.

    (+ (* (var-x | 10.0) (var-x | 10.0) | 100.0) (var-y | 20.0) | 120.0)

Leaves are printed in full each time. Any other subexpression that is used twice is printed once, as `#1=(…)`, and then
as `#1#`, so that the text is linear in the graph. An array that no rule saved is printed as `·`. The result is printed
in full if it has no axes.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from mutorch_core.arrays.formatting import format_array, format_shown, format_value
from mutorch_core.graph.node import InputNode, Leaf, Node, OutputNode
from mutorch_core.graph.var import Var
from mutorch_core.late_binding import late_bound

__all__ = ["format_graph"]


def format_graph(var: Var) -> str:
    """Return the S-expression of a result and of all that it was computed from."""
    if var.node is None:
        shown = format_shown(var.value)
        return shown if var.leaf is None else f"(var{dashed(var.name)} | {shown})"
    root = op_node(var.node)
    nodes = [root, *(node for node in ancestors(root) if op_node(node) is node)]
    uses = Counter(op_node(parent) for node in nodes for parent in node.parents)
    saved = {
        root,
        *(op_node(result) for node in nodes if node.rule is not None for result in node.rule.saved_results(node)),
    }
    numbers: dict[Node, int] = {}
    pieces: list[str] = []
    stack: list[Node | str] = [root]
    while stack:
        item = stack.pop()
        node = item if isinstance(item, str) else op_node(item)
        if isinstance(node, str):
            pieces.append(node)
        elif not node.parents:
            pieces.append(format_terminal(node, format_shown(var.value) if node is root else format_result(node)))
        elif node in numbers:
            pieces.append(f"#{numbers[node]}#")
        else:
            if uses[node] > 1:
                numbers[node] = len(numbers) + 1
                pieces.append(f"#{numbers[node]}=")
            shown = format_shown(var.value) if node is root else format_output(node, node in saved)
            stack.extend(reversed(expression(node, shown)))
    return "".join(pieces)


def ancestors(root: Node) -> list[Node]:
    """Return the nodes that a node depends on, terminals included."""
    found: dict[Node, None] = dict.fromkeys(root.parents)
    nodes = list(found)
    for node in nodes:  # grows while it is iterated
        for parent in node.parents:
            if parent not in found:
                found[parent] = None
                nodes.append(parent)
    return nodes


def expression(node: Node, shown: str) -> list[Node | str]:
    """Return the parts of one op's expression: symbol, operands in their order, value."""
    parts: list[Node | str] = [f"({node.rule.symbol}"]
    for operand in node.rule.operands(node):
        parts += [" ", operand if isinstance(operand, Node) else format_constant(operand)]
    return [*parts, f" | {shown})"]


def format_constant(value: Any) -> str:
    """Format an untracked operand, if it was saved."""
    return "·" if value is ... or value is None else format_value(value)


def format_terminal(node: Node, shown: str) -> str:
    """Format a node without parents: `(var-x | 10.0)` for a leaf."""
    if isinstance(node, Leaf):
        return f"(var{dashed(node.name)} | {shown})"
    return f"(argument | {shown})" if isinstance(node, InputNode) else f"({node.rule.symbol} | ·)"


def dashed(name: str | None) -> str:
    """Return `-x`, or nothing without a name."""
    return "" if name is None else f"-{name}"


def format_result(node: Node) -> str:
    """Format a node's result: a number in full, an array as `float64[3,4]`."""
    return format_value(node.result) if isinstance(node.dtype, type) else format_array(node.shape, node.dtype)


def format_output(node: Node, saved: bool) -> str:
    """Format an op's result if it is still known: a number, or an array that some rule saved."""
    dtype = getattr(node, "dtype", None)  # an op with several outputs has none
    return format_result(node) if dtype is not None and (saved or isinstance(dtype, type)) else "·"


def op_node(node: Node) -> Node:
    """Return the op's node for an output, the argument's for a transform's input, a leaf's own for a hooked leaf."""
    while isinstance(node, (OutputNode, InputNode, Leaf)) and node.parents:
        node = node.parents[0]
    return node


late_bound.format_graph = format_graph
