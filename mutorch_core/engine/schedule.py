"""The topological schedule: a backward pass visits each node once, after all of its consumers.

    x ── multiply ── add = z        count_consumers([z]) = {z: 1, multiply: 1}
    └─────┘           │             a node is visited when that many cotangents have arrived
                 y ───┘

Nothing here recurses, so a chain of a million nodes and a diamond sixty levels deep are ordinary.
"""

from __future__ import annotations

from collections.abc import Collection, Container

from mutorch_core.graph.node import InputNode, Node, ReleasedRule

__all__ = ["count_consumers", "nodes_reaching", "reaches_outer_graph", "terminals"]


def count_consumers(roots: Collection[Node], stop: Container[Node] = ()) -> dict[Node, int]:
    """Count the edges into each inner node that the roots reach without passing a node of `stop`.

    Each root, inner node or not, counts one more edge, from the caller that starts there. Other terminals (nodes
    without a rule) are not counted.
    """
    counts = dict.fromkeys(roots, 0)
    for root in roots:
        counts[root] += 1
    nodes = list(counts)
    push = nodes.append
    for node in nodes:  # grows while it is iterated
        if stop and node in stop:
            continue
        for parent in node.parents:
            if parent.rule is not None:
                if parent in counts:
                    counts[parent] += 1
                else:
                    counts[parent] = 1
                    push(parent)
    return counts


def terminals(counts: dict[Node, int], stop: Container[Node] = ()) -> set[Node]:
    """Return the terminals of a counted graph: its nodes without a rule."""
    parents = {parent for node in counts if node not in stop for parent in node.parents if parent.rule is None}
    return parents | {node for node in counts if node.rule is None}


def reaches_outer_graph(counts: dict[Node, int], inputs: set[Node]) -> bool:
    """Return whether a counted graph reaches a tracked node outside a transform with these input nodes.

    Such a node is a user's leaf, an input of an enclosing transform that still runs, or the graph behind one of the
    transform's own arguments. The backward pass is then recorded, since it can be differentiated again.
    """
    if any(node.rule is not None and node in counts for node in inputs):
        return True
    others = terminals(counts, inputs) - inputs
    return any(not isinstance(node, InputNode) or node.open for node in others)


def nodes_reaching(
    roots: Collection[Node], counts: dict[Node, int], stop: Container[Node], targets: set[Node]
) -> set[Node]:
    """Return the nodes of a counted graph from which some target can be reached, and the targets.

    A released node counts as one of them: its edges are gone, and visiting it raises Released.
    """
    pending = dict(counts)
    order: list[Node] = []
    ready = list(roots)
    while ready:
        node = ready.pop()
        pending[node] -= 1
        if pending[node] == 0:
            order.append(node)
            if node not in stop:
                ready.extend(parent for parent in node.parents if parent.rule is not None)
    reaching = targets | {node for node in counts if isinstance(node.rule, ReleasedRule)}
    for node in reversed(order):
        if node not in stop and any(parent in reaching for parent in node.parents):
            reaching.add(node)
    return reaching
