"""In which order a sweep visits a graph: each node once, when all of its consumers have been.

    x ── multiply ── add ── z        consumers(z) = {z: 0, multiply: 1, y: 1, x: 2}
    └─────┘           │              a sweep may leave a node when as many cotangents have come in
                 y ───┘

Nothing here recurses: a chain of a million nodes and a diamond sixty levels deep are ordinary.
"""

from __future__ import annotations

from collections.abc import Collection, Container

from mutorch_core.graph import Node

__all__ = ["consumers", "reaching"]


def consumers(roots: Collection[Node], stop: Container[Node] = ()) -> dict[Node, int]:
    """How many edges lead to each node that the roots reach; what lies beyond a node of `stop` is not looked at.

    The roots themselves count one edge each, from whoever starts the sweep there.
    """
    counts: dict[Node, int] = {}
    for root in roots:
        counts[root] = counts.get(root, 0) + 1
    stack = list(counts)
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        if stop and node in stop:
            continue
        for parent in node.parents:
            if parent in counts:
                counts[parent] += 1
            else:
                counts[parent] = 1
                push(parent)
    return counts


def reaching(
    roots: Collection[Node], counts: dict[Node, int], stop: Container[Node], targets: Collection[Node]
) -> set[Node]:
    """The nodes of a counted graph from which some target can be reached, the targets included."""
    pending = dict(counts)
    order: list[Node] = []
    ready = list(roots)
    while ready:
        node = ready.pop()
        pending[node] -= 1
        if pending[node] == 0:
            order.append(node)
            if node not in stop:
                ready.extend(node.parents)
    reached = {target for target in targets if target in counts}
    for node in reversed(order):
        if node not in stop and any(parent in reached for parent in node.parents):
            reached.add(node)
    return reached
