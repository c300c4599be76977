"""The backward pass: from results to terminals, each node once, after all of its consumers.

A node's cotangent is dropped as soon as its rule has run, and if the graph is released, its saved values too.

`backward` is the entry for transforms, `backprop` the one for leaves. `backward_raw` is the fast loop: raw values, to
all terminals. `backward_partial` is the general one: it can record the pass, so that it can be differentiated again,
and it can run only the rules that lead to some targets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from threading import Lock
from typing import Any

import numpy as np

from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.meta import dtype_of, meta_of
from mutorch_core.arrays.namespaces import is_number
from mutorch_core.arrays.values import one_like
from mutorch_core.declaration.pullback import lift_raw, lift_recorded
from mutorch_core.engine.accumulate import (
    add_cotangents,
    fit_raw,
    fit_recorded,
    is_integral,
    is_number_of_kind,
    raw_cast,
)
from mutorch_core.engine.ownership import take_ownership
from mutorch_core.engine.schedule import count_consumers, nodes_reaching, reaches_outer_graph, terminals
from mutorch_core.engine.structural_ops import array_of_number, cast
from mutorch_core.errors import CotangentError, NotScalar, NotTracked
from mutorch_core.graph.grad_mode import current_watchers, is_recording_off, mode_counter
from mutorch_core.graph.node import Leaf, Node
from mutorch_core.graph.var import Var, constant, unwrap
from mutorch_core.late_binding import late_bound

__all__ = ["backward", "backward_partial", "backward_raw", "initial_cotangent"]

Start = tuple[Node, Any]
"""A result's node and its cotangent."""

grad_lock = Lock()


def backward(
    results: Sequence[tuple[Var, Any]],
    targets: set[Node],
    inputs: set[Node],
    release: bool,
    through: Collection[Node] = (),
) -> tuple[dict[Node, Any], bool]:
    """Pull cotangents back from results to `targets`, no further than a transform's `inputs`.

    `results` are tracked `Var`s, each with its cotangent; None is one, for a scalar. Return the cotangents that arrive
    at the targets, and whether the pass was recorded: it is if a cotangent is tracked or the graph reaches beyond the
    inputs. The cotangents are then `Var`s. The pass also visits the nodes of `through`, which may lead to no target.

    Raises CotangentError, NotScalar, Released.
    """
    starts = [(result.node, initial_cotangent(result.value, g)) for result, g in results if result.node is not None]
    counts = count_consumers([node for node, _ in starts], inputs)
    if mode_counter.modes:
        notify_watchers(counts)
    recorded = any(type(g) is Var and g.node is not None for _, g in starts) or reaches_outer_graph(counts, inputs)
    if recorded:
        starts = [(node, g if type(g) is Var else constant(g)) for node, g in starts]
    else:
        starts = [(node, unwrap(g)) for node, g in starts]
    if recorded or targets != inputs:
        return backward_partial(starts, inputs, targets, recorded, counts, through), recorded
    return backward_raw(starts, release, counts), False


def backward_raw(  # noqa: C901, PLR0912, PLR0915 - one loop: a call for each node or edge would cost more than its work
    starts: Sequence[Start], release: bool = False, counts: dict[Node, int] | None = None
) -> dict[Node, Any]:
    """Pull raw cotangents back to all terminals, and return those that arrive at each; the caller owns them.

    `counts` are the graph's consumers, if the caller has counted them already; the pass changes them.

    The second cotangent of a node makes a new array, which belongs to the engine; later ones are added in place.
    """
    counts = count_consumers([node for node, _ in starts]) if counts is None else counts
    sums: dict[Node, Any] = {}  # made by the engine: further cotangents are added in place
    firsts: dict[Node, Any] = {}  # a node's first cotangent, which may belong to somebody else
    ready = list(seed(starts, counts, firsts))
    counts.update([(node, LAST) for node in firsts if counts[node] == ONLY])
    pop, push, get_sum, pop_first = ready.pop, ready.append, sums.get, firsts.pop
    ndarray, add_into = np.ndarray, np.add
    node, g = pop() if ready else (None, None)
    while node is not None:
        following = following_g = None  # the parent that is visited next; others wait in `ready`
        rule = node.rule
        pull_back = rule.pull_back  # not called as a method: it is an instance's own function
        cotangents = pull_back(g, node)
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
                pending = counts[parent]
                if pending == ONLY:
                    if following is not None:
                        push((following, following_g))
                    following, following_g = parent, c
                    continue
                last = pending == LAST
                counts[parent] = pending - 1 if pending > 2 else LAST
            total = get_sum(parent)
            if total is None:
                first = pop_first(parent, None)
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
                if following is not None:
                    push((following, following_g))
                following, following_g = parent, total
        c = total = first = cotangents = None
        if release:
            rule.release(node)
        if following is not None:
            node, g = following, following_g
        else:
            node, g = pop() if ready else (None, None)
    g = None  # drop the last terminal's reference, or its gradient would be copied
    return {node: take_ownership(arrived.pop(node)) for arrived in (sums, firsts) for node in tuple(arrived)}


ONLY, LAST = 1, -1
"""Pending edges of a node: ONLY, its single edge; LAST, one left of several; otherwise the number left."""


def seed(starts: Sequence[Start], counts: dict[Node, int], sums: dict[Node, Any]) -> Iterator[Start]:
    """Store the first cotangents, and yield the results that can be visited at once.

    A result that another result depends on has to wait. A result that is a terminal has no rule to run.
    """
    for node, g in starts:
        sums[node] = add_cotangents(sums[node], g) if node in sums else g
        counts[node] -= 1
    for node in dict.fromkeys(node for node, _ in starts):
        if counts[node] == 0 and node.rule is not None:
            yield node, sums.pop(node)


def backward_partial(
    starts: Sequence[Start],
    stop: Collection[Node],
    targets: set[Node],
    recorded: bool,
    counts: dict[Node, int] | None = None,
    through: Collection[Node] = (),
) -> dict[Node, Any]:
    """Pull cotangents back no further than `stop`, and return those that arrive at `targets`.

    Only nodes that lead to a target or to a node of `through` are visited. In a recorded pass every cotangent is a
    `Var`. `counts` are the graph's consumers, if the caller has counted them already; the pass changes them.
    """
    roots = [node for node, _ in starts]
    counts = count_consumers(roots, stop) if counts is None else counts
    needed = nodes_reaching(roots, counts, stop, targets.union(through) if through else targets)
    lift, fit = (lift_recorded, fit_recorded) if recorded else (lift_raw, fit_raw)
    sums: dict[Node, Any] = {}
    ready = list(seed(starts, counts, sums))
    arrived = {node: sums.pop(node) for node in tuple(sums) if node.rule is None and node in targets}
    while ready:
        node, g = ready.pop()
        if node in targets:
            arrived[node] = add_cotangents(arrived[node], g) if node in arrived else g
        if node not in needed or node in targets:
            continue
        needs = tuple(parent in needed for parent in node.parents)
        cotangents = node.rule.pull_back_some(g, node, needs, lift)
        for edge, (parent, c, is_needed) in enumerate(zip(node.parents, cotangents, needs, strict=True)):
            if not is_needed:
                continue
            c = fit(c, parent, node, edge)
            totals = arrived if parent.rule is None else sums
            totals[parent] = add_cotangents(totals[parent], c) if parent in totals else c
            if parent.rule is not None:
                counts[parent] -= 1
                if counts[parent] == 0:
                    ready.append((parent, sums.pop(parent)))
    return arrived


def notify_watchers(nodes: Collection[Node]) -> None:
    """Show the nodes that a pass is going to visit to the context's watchers."""
    for watcher in current_watchers.get():
        for node in nodes:
            watcher.on_pass(node)


def initial_cotangent(result: Any, cotangent: Any) -> Any:
    """Return the cotangent that a backward pass starts with: the user's, checked and cast, or one for a scalar.

    Raises CotangentError if its shape is not the result's, NotScalar if the result is no scalar and there is none.
    """
    shape = () if is_number(result) else tuple(result.shape)
    if cotangent is None:
        if shape != ():
            raise NotScalar(
                f"the result is {format_value(result)}, not a scalar: give backprop a cotangent of shape {shape}, or "
                "reduce the result first, with its sum say"
            )
        return one_like(result)
    value = unwrap(cotangent)
    if not is_number(value) and not hasattr(value, "dtype"):
        raise CotangentError(f"the cotangent is a {type(value).__name__}; it must be a number or an array")
    cotangent_shape = () if is_number(value) else tuple(value.shape)
    if cotangent_shape != shape:
        both = f"the cotangent is {format_value(value)} and the result {format_value(result)}"
        raise CotangentError(f"{both}: their shapes differ")
    if is_number(value) and not is_number(result):
        return array_of_number(cotangent, meta_of(result))
    dtype = dtype_of(result)
    if is_number_of_kind(value, dtype) if is_number(result) else value.dtype == dtype or is_integral(dtype):
        return cotangent
    return cast(cotangent, dtype) if type(cotangent) is Var else raw_cast(cotangent, dtype, like=result)


def backprop(result: Var, cotangent: Any, create_graph: bool, release: bool) -> None:
    """Run the backward pass from one result and add to the gradients of the leaves. See `Var.backprop`."""
    if is_recording_off():
        raise NotTracked("backprop() inside no_grad(): nothing is recorded here; call it outside")
    if result.node is None:
        raise NotTracked(
            f"{result!r} is not tracked: it depends on no leaf that carries a gradient, or was computed under "
            "no_grad(), detached, or made of integers"
        )
    g = initial_cotangent(result.value, cotangent)
    counts = count_consumers([result.node])
    if mode_counter.modes:
        notify_watchers(counts)
    if create_graph:
        start = (result.node, g if type(g) is Var else constant(g))
        gradients = backward_partial([start], (), terminals(counts), recorded=True, counts=counts)
    else:
        gradients = backward_raw([(result.node, unwrap(g))], release, counts)
    with grad_lock:
        for leaf, gradient in gradients.items():
            if isinstance(leaf, Leaf):
                leaf.grad = gradient if leaf.grad is None else add_cotangents(leaf.grad, gradient)


late_bound.backprop = backprop
