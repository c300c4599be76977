"""In which order a sweep visits a graph: each node once, when all of its consumers have been.

    x ── multiply ── add = z        consumers([z]) = {z: 1, multiply: 1}
    └─────┘           │             a sweep leaves a node when as many cotangents have come in
                 y ───┘

Nothing here recurses: a chain of a million nodes and a diamond sixty levels deep are ordinary.
"""

from __future__ import annotations

from collections.abc import Collection, Container

from mutorch_core.graph import LetGo, Node

__all__ = ["consumers", "reaching", "terminals"]


def consumers(roots: Collection[Node], stop: Container[Node] = ()) -> dict[Node, int]:
    """How many edges lead to each inner node that the roots reach without passing a node of `stop`.

    The roots themselves, whatever they are, count one edge each, from whoever starts the sweep there.
    Terminals, which have no rule, need no count.
    """
    counts = dict.fromkeys(roots, 0)
    for root in roots:
        counts[root] += 1
    found = list(counts)
    push = found.append
    for node in found:  # grows as it goes
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
    """The terminals of a counted graph: nodes without a rule."""
    reached = {parent for node in counts if node not in stop for parent in node.parents if parent.rule is None}
    return reached | {node for node in counts if node.rule is None}


def reaching(roots: Collection[Node], counts: dict[Node, int], stop: Container[Node], targets: set[Node]) -> set[Node]:
    """The nodes of a counted graph from which some target can be reached, and the targets.

    A node that was let go of counts as one of them: nobody can say any more where it led, and visiting it
    says so.
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
    reached = targets | {node for node in counts if isinstance(node.rule, LetGo)}
    for node in reversed(order):
        if node not in stop and any(parent in reached for parent in node.parents):
            reached.add(node)
    return reached
