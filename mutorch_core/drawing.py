"""A graph as text: the S-expression that `print(var)` shows.

    (+ (* (var-x | 10.0) (var-x | 10.0) | 100.0) (var-y | 20.0) | 120.0)

Leaves are printed in full each time; any other subexpression that is used twice is printed once, as `#1=(…)`,
and then `#1#`, so that the text is linear in the graph. An array whose value no rule kept is shown as `·`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from mutorch_core.above import above
from mutorch_core.graph import Identity, Leaf, Node, Output, Var
from mutorch_core.plans import Plan
from mutorch_core.pulls import flags_variable
from mutorch_core.schedule import consumers
from mutorch_core.showing import show, show_array

__all__ = ["text_of"]


def text_of(var: Var) -> str:
    """The S-expression of a result and all that it was computed from."""
    if var.node is None:
        return f"(var{dashed(var.name)} | {show(var.value)})" if var.leaf is not None else show(var.value)
    root = through(var.node)
    nodes = [node for node in consumers([root]) if through(node) is node]
    uses = Counter(through(parent) for node in nodes for parent in node.parents)
    kept = kept_nodes(nodes) | {root}
    numbers: dict[Node, int] = {}
    pieces: list[str] = []
    stack: list[Node | str] = [root]
    while stack:
        item = stack.pop()
        node = item if isinstance(item, str) else through(item)
        if isinstance(node, str):
            pieces.append(node)
        elif not node.parents:
            pieces.append(leaf_text(node))
        elif node in numbers:
            pieces.append(f"#{numbers[node]}#")
        else:
            if uses[node] > 1:
                numbers[node] = len(numbers) + 1
                pieces.append(f"#{numbers[node]}=")
            stack.extend(reversed(expression(node, node in kept)))
    return "".join(pieces)


def expression(node: Node, kept: bool) -> list[Node | str]:
    """The parts of one op's expression: head, operands in their order, value."""
    parts: list[Node | str] = [f"({symbol_of(node)}"]
    for operand in operands_of(node):
        parts += [" ", operand]
    return [*parts, f" | {value_text(node, kept)})"]


def operands_of(node: Node) -> list[Node | str]:
    """What an op was applied to: nodes where tracked, kept constants as text, else `·`."""
    plan = node.rule
    if not isinstance(plan, Plan):
        return list(node.parents)
    saved = dict(zip(plan.saved, node.saved, strict=True))
    parents = iter(node.parents)
    tracked = {operand.name for operand in plan.tracked}
    parts: list[Node | str] = []
    for operand in plan.declaration.operands:
        name = operand.name
        if operand.kind != "single":
            flags = saved.get(flags_variable(operand), ())
            values = saved.get(name, (None,) * len(flags))
            parts += [next(parents) if f else constant_text(v) for f, v in zip(flags, values, strict=True)]
        elif name in tracked:
            parts.append(next(parents))
        elif operand.differentiable or name in saved:
            parts.append(constant_text(saved.get(name, ...)))
    return parts


def constant_text(value: Any) -> str:
    """A constant operand, where a rule kept it."""
    return "·" if value is ... or value is None else show(value)


def leaf_text(node: Node) -> str:
    """`(var-x | 10.0)`."""
    if isinstance(node, Leaf):
        return f"(var{dashed(node.name)} | {result_text(node)})"
    return f"(argument | {result_text(node)})" if isinstance(node, Identity) else f"({symbol_of(node)} | ·)"


def dashed(name: str | None) -> str:
    """`-x`, or nothing without a name."""
    return "" if name is None else f"-{name}"


def symbol_of(node: Node) -> str:
    """The head of an expression."""
    return node.rule.declaration.symbol if isinstance(node.rule, Plan) else getattr(node.rule, "name", "checkpoint")


def result_text(node: Node) -> str:
    """A number in full, an array as `float64[3,4]`."""
    return show(node.result) if isinstance(node.dtype, type) else show_array(node.shape, node.dtype)


def value_text(node: Node, kept: bool) -> str:
    """What an op computed, where it is still there."""
    dtype = getattr(node, "dtype", None)  # an op with several outputs has none
    return result_text(node) if dtype is not None and (kept or isinstance(dtype, type)) else "·"


def through(node: Node) -> Node:
    """The node, or what it passes on: an op's field stands for the op, a transform's leaf for its argument."""
    while isinstance(node, (Output, Identity)) and node.parents:
        node = node.parents[0]
    return node


def kept_nodes(nodes: Iterable[Node]) -> set[Node]:
    """The nodes whose result a rule kept: their own, which named `out`, or a consumer's, as its operand."""
    kept: set[Node] = set()
    for node in nodes:
        plan = node.rule
        if not isinstance(plan, Plan):
            continue
        if "out" in plan.saved:
            kept.add(node)
        if all(operand.kind == "single" for operand in plan.tracked):
            pairs = zip(plan.tracked, node.parents, strict=False)
            kept.update(through(parent) for operand, parent in pairs if operand.name in plan.saved)
    return kept


above.text = text_of
