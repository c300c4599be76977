"""The reverse sweep.

A sweep walks a graph from its results to its terminals: each node once, when all of its consumers have been.
A node's cotangent is dropped as it is left, and where the sweep releases, what it saved too.

`sweep_raw` is the usual one: raw values, every terminal wanted. `sweep` is for the others: recorded, so that
it can be differentiated again, or wanted at some nodes only, running just the rules that lead there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from sys import getrefcount
from threading import Lock
from typing import Any

import numpy as np

from mutorch_core.above import above
from mutorch_core.accumulate import add, cast, fit_raw, fit_recorded, raw_cast
from mutorch_core.errors import CotangentError, NotScalar, NotTracked
from mutorch_core.graph import Leaf, Node, Var, constant
from mutorch_core.modes import paused
from mutorch_core.plans import lift_raw, lift_recorded
from mutorch_core.schedule import consumers, reaching, terminals
from mutorch_core.showing import show
from mutorch_core.values import dtype_of, is_number, is_whole, one_like, owned_copy

__all__ = ["Start", "backprop", "cotangent_of", "sweep", "sweep_raw"]

Start = tuple[Node, Any]
"""A result's node and the cotangent that comes in there."""

adding = Lock()


def sweep_raw(  # noqa: C901, PLR0912 - written out: a call for each node or edge would cost more than its work
    starts: Sequence[Start], release: bool = False, counts: dict[Node, int] | None = None
) -> dict[Node, Any]:
    """Sweep with raw cotangents to all terminals, and return what arrives at each; the caller owns it.

    `counts` are the graph's consumers, where the caller has them already; they are used up.

    Of several cotangents of a node the second makes a new array, which is then the engine's own; later ones
    are added into it.
    """
    counts = consumers([node for node, _ in starts]) if counts is None else counts
    sums: dict[Node, Any] = {}  # what the engine added up itself: further cotangents are added in place
    firsts: dict[Node, Any] = {}  # a first cotangent, which may be somebody else's
    ready = list(started(starts, counts, firsts))
    counts.update([(node, LAST) for node in firsts if counts[node] == ONLY])
    pop, push, summed, first_of = ready.pop, ready.append, sums.get, firsts.pop
    ndarray, add_into = np.ndarray, np.add
    while ready:
        node, g = pop()
        plan = node.rule
        cotangents = plan.pull(g, node)
        g = None
        edge = -1
        for parent in node.parents:
            edge += 1
            c = cotangents[edge]
            kind = type(c)  # pyright: ignore[reportUnknownVariableType] - type() of Any
            if kind is ndarray:
                if c.dtype is not parent.dtype or c.shape != parent.shape:
                    c = fit_raw(c, parent, node, edge)
            elif kind is not float or parent.dtype is not float:
                c = fit_raw(c, parent, node, edge)
            last = False
            if parent.rule is not None:
                left = counts[parent]
                if left == ONLY:
                    push((parent, c))
                    continue
                last = left == LAST
                counts[parent] = left - 1 if left > 2 else LAST
            total = summed(parent)
            if total is None:
                first = first_of(parent, None)
                if first is None:
                    firsts[parent] = c
                    continue
                sums[parent] = total = first + c
            elif type(total) is ndarray:
                add_into(total, c, total)
            else:
                total += c
                sums[parent] = total
            if last:
                del sums[parent]
                push((parent, total))
        c = total = first = cotangents = None
        if release:
            plan.release(node)
    g = None  # the last terminal's, which would look shared
    return {node: owned_by(arrived.pop(node)) for arrived in (sums, firsts) for node in tuple(arrived)}


ONLY, LAST = 1, -1
"""How many edges still lead to a node: one, and none came before; one, after others; else their number."""


def started(starts: Sequence[Start], counts: dict[Node, int], sums: dict[Node, Any]) -> Iterator[Start]:
    """Hand the first cotangents in, and yield the results that can be left at once.

    One that another result depends on has to wait; one that is a terminal itself is there already.
    """
    for node, g in starts:
        sums[node] = add(sums[node], g) if node in sums else g
        counts[node] -= 1
    for node in dict.fromkeys(node for node, _ in starts):
        if counts[node] == 0 and node.rule is not None:
            yield node, sums.pop(node)


def owned_by(value: Any) -> Any:
    """The value itself where nobody else can see it, else a copy.

    A rule may return `g`, an operand, a view or a read-only array; what a user gets is the user's own.
    CPython counts references exactly: here one from this frame, one from `getrefcount`, and one from the
    caller's expression.
    """
    return value if getrefcount(value) <= OWN and is_whole(value) else owned_copy(value)


def reference_count(value: Any) -> int:
    """The number of references to a value that only its caller's expression holds."""
    return getrefcount(value)


OWN = reference_count(np.empty(1))


def sweep(
    starts: Sequence[Start],
    stop: Collection[Node],
    targets: set[Node],
    recorded: bool,
) -> dict[Node, Any]:
    """Sweep no further than `stop`, and return what arrives at those of `targets` that are reached.

    Only nodes that lead to a target are visited. Recorded, every cotangent is a `Var`.
    """
    counts = consumers([node for node, _ in starts], stop)
    wanted = reaching([node for node, _ in starts], counts, stop, targets)
    lift, fit = (lift_recorded, fit_recorded) if recorded else (lift_raw, fit_raw)
    sums: dict[Node, Any] = {}
    ready = list(started(starts, counts, sums))
    found = {node: sums.pop(node) for node in tuple(sums) if node.rule is None and node in targets}
    while ready:
        node, g = ready.pop()
        if node in targets:
            found[node] = add(found[node], g) if node in found else g
        if node not in wanted or node in targets:
            continue
        wants = tuple(parent in wanted for parent in node.parents)
        cotangents = node.rule.pull_some(g, node, wants, lift)
        for edge, (parent, c, want) in enumerate(zip(node.parents, cotangents, wants, strict=True)):
            if not want:
                continue
            c = fit(c, parent, node, edge)
            arrived = found if parent.rule is None else sums
            arrived[parent] = add(arrived[parent], c) if parent in arrived else c
            if parent.rule is not None:
                counts[parent] -= 1
                if counts[parent] == 0:
                    ready.append((parent, sums.pop(parent)))
    return found


def cotangent_of(result: Any, cotangent: Any) -> Any:
    """The cotangent that a sweep starts with: the user's, checked, or one for a scalar.

    Raises CotangentError where its shape is not the result's, NotScalar where there is none and one is
    needed.
    """
    shape = () if is_number(result) else tuple(result.shape)
    if cotangent is None:
        if shape != ():
            raise NotScalar(
                f"the result is {show(result)}, not a scalar: give backprop a cotangent of shape {shape}, or reduce "
                "the result first, with its sum say"
            )
        return one_like(result)
    value = cotangent.value if type(cotangent) is Var else cotangent
    if not is_number(value) and not hasattr(value, "dtype"):
        raise CotangentError(f"the cotangent is a {type(value).__name__}; it must be a number or an array")
    own = () if is_number(value) else tuple(value.shape)
    if own != shape:
        raise CotangentError(f"the cotangent is {show(value)} and the result {show(result)}: their shapes differ")
    dtype = dtype_of(result)
    if is_number(result) == is_number(value) and (is_number(value) or value.dtype == dtype):
        return cotangent
    return cast(cotangent, dtype) if type(cotangent) is Var else raw_cast(cotangent, dtype, like=result)


def backprop(result: Var, cotangent: Any, create_graph: bool, release: bool) -> None:
    """Sweep from one result and add what arrives to the leaves' gradients. See `Var.backprop`."""
    if paused():
        raise NotTracked("backprop() inside no_grad(): nothing is recorded here; call it outside")
    if result.node is None:
        raise NotTracked(
            f"{result!r} is not tracked: it depends on no leaf that carries a gradient, or was computed under "
            "no_grad(), detached, or made of integers"
        )
    g = cotangent_of(result.value, cotangent)
    if create_graph:
        leaves = terminals(consumers([result.node]))
        found = sweep([(result.node, g if type(g) is Var else constant(g))], (), leaves, recorded=True)
    else:
        found = sweep_raw([(result.node, g.value if type(g) is Var else g)], release)
    with adding:
        for leaf, gradient in found.items():
            if isinstance(leaf, Leaf):
                leaf.grad = gradient if leaf.grad is None else add(leaf.grad, gradient)


above.backprop = backprop
