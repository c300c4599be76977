"""Watched nodes: a rule's wrapper that shows a watcher each cotangent of a pass, and statistics of values.

A watcher wraps the rules of the nodes that are made, and of those that a backward pass is going to visit, while its
context is active. So the engine's loop has no check for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np

from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.namespaces import is_number, namespace_of
from mutorch_core.engine.hooks import HookedRule, call_site
from mutorch_core.graph.grad_mode import Watcher, use_watcher
from mutorch_core.graph.node import (
    IdentityRule,
    Node,
    NodeRule,
    OutputCotangents,
    ReleasedRule,
    WrappedRule,
    innermost_rule,
)
from mutorch_core.graph.var import unwrap

__all__ = ["NodeWatcher", "Statistics", "WatchedRule", "cotangent_values", "is_watched", "statistics_of"]


class WatchedRule(WrappedRule):
    """A rule whose pulls go through a watcher. `place` is the user's line of the op's call, if it is known."""

    __slots__ = ("details", "place", "watcher")

    def __init__(self, inner: NodeRule, watcher: NodeWatcher, place: str | None, details: str) -> None:
        super().__init__(inner)
        self.watcher = watcher
        self.place = place
        self.details = details

    def pull_back(self, g: Any, node: Any) -> Sequence[Any]:
        """Pull back with the watcher around it, as long as its context is active."""
        if not self.watcher.active:
            return self.inner.pull_back(g, node)
        return self.watcher.pull(self, g, node, lambda: self.inner.pull_back(g, node))

    def pull_back_some(self, g: Any, node: Any, needed: Sequence[bool], lift: Any) -> Sequence[Any]:
        """Do the same in a recorded or partial pass."""
        if not self.watcher.active:
            return self.inner.pull_back_some(g, node, needed, lift)
        return self.watcher.pull(self, g, node, lambda: self.inner.pull_back_some(g, node, needed, lift))


class NodeWatcher(Watcher):
    """A watcher that wraps rules; a context in which it is active."""

    def __init__(self) -> None:
        self.active = False
        self._contexts = ExitStack()

    def __enter__(self) -> Any:
        self._contexts.enter_context(use_watcher(self))
        self.active = True
        return self

    def __exit__(self, *exception: Any) -> None:
        self.active = False
        self._contexts.close()

    def pull(self, rule: WatchedRule, g: Any, node: Node, run: Any) -> Sequence[Any]:
        """Return what `run()` returns, the cotangents of the node's operands, and look at them and at `g`."""
        raise NotImplementedError

    def describe(self, node: Node, arguments: Mapping[str, Any], result: Any, place: str) -> str:
        """Return what the watcher keeps of a new op's call, and look at its result."""
        return ""

    def on_node(self, node: Node, arguments: Mapping[str, Any] | None, result: Any) -> None:
        """Wrap the rule of a new node."""
        if not is_no_op(node.rule):
            place = call_site()
            details = "" if arguments is None else self.describe(node, arguments, result, place)
            node.rule = WatchedRule(node.rule, self, place, details)

    def on_pass(self, node: Node) -> None:
        """Wrap the rule of a node that was made before, behind its hooks."""
        if is_no_op(node.rule) or is_watched(node.rule, self):
            return
        if isinstance(node.rule, HookedRule):
            node.rule.inner = WatchedRule(node.rule.inner, self, None, "")
        else:
            node.rule = WatchedRule(node.rule, self, None, "")


def is_no_op(rule: Any) -> bool:
    """Return whether a rule belongs to no op: that of an output, an input, a leaf, or a released node."""
    rule = innermost_rule(rule)
    return rule is None or isinstance(rule, (IdentityRule, ReleasedRule))


def is_watched(rule: Any, watcher: NodeWatcher) -> bool:
    """Return whether a rule is wrapped for this watcher already."""
    while isinstance(rule, WrappedRule):
        if isinstance(rule, WatchedRule) and rule.watcher is watcher:
            return True
        rule = rule.inner
    return False


def cotangent_values(g: Any) -> list[Any]:
    """Return the raw arrays of a cotangent: one, or one for each output that received one."""
    parts = g.cotangents if isinstance(g, OutputCotangents) else [g]
    return [unwrap(part) for part in parts if part is not None]


class Statistics(NamedTuple):
    """The range of a value, of |x| for complex values. Minimum and maximum are over the entries that are not nan."""

    shown: str
    """Shape and dtype as in error texts: `float64[3,4]`."""
    minimum: float
    maximum: float
    norm: float
    nan: float
    """The share of entries that are nan."""
    infinite: float
    """The share of entries that are infinite."""
    zero: float
    """The share of entries that are zero."""

    @property
    def largest(self) -> float:
        """The largest absolute value."""
        return max(abs(self.minimum), abs(self.maximum))

    def __str__(self) -> str:
        if self.nan == 1:
            return f"{self.shown}, all nan"
        if "[" not in self.shown:
            return self.shown
        if self.minimum == self.maximum and not self.nan:
            return f"{self.shown}, all {self.minimum:.6g}"
        shares = [(self.nan, "nan"), (self.infinite, "infinite")]
        bad = "".join(f", {share:.3g} of the entries {name}" for share, name in shares if share)
        return f"{self.shown} from {self.minimum:.6g} to {self.maximum:.6g}{bad}"


def statistics_of(value: Any) -> Statistics | None:
    """Return the statistics of a number or a numeric array; None for anything else, and for an empty array."""
    value = unwrap(value)
    if is_number(value):
        xp: Any = namespace_of(0.0)
        array = xp.asarray(complex(value) if isinstance(value, complex) else float(value))
    elif hasattr(value, "dtype") and hasattr(value, "shape"):
        xp = namespace_of(value)
        array = value
    else:
        return None
    if 0 in array.shape or not xp.isdtype(array.dtype, ("numeric", "bool")):
        return None
    if xp.isdtype(array.dtype, "complex floating"):
        array = xp.abs(array)
    elif not xp.isdtype(array.dtype, "real floating"):
        array = xp.astype(array, xp.float64)
    with np.errstate(all="ignore"):
        return array_statistics(format_value(value), array, xp)


def array_statistics(shown: str, array: Any, xp: Any) -> Statistics:
    """Return the statistics of a real floating array."""

    def share(flags: Any) -> float:
        return float(xp.mean(xp.astype(flags, array.dtype)))

    nan, inf = xp.isnan(array), float("inf")
    low, high = float(xp.min(xp.where(nan, inf, array))), float(xp.max(xp.where(nan, -inf, array)))
    largest = max(abs(low), abs(high))
    scaled = array / largest if 0 < largest < inf else array  # its squares do not overflow
    norm = float(xp.sum(scaled * scaled)) ** 0.5 * (largest if 0 < largest < inf else 1)
    return Statistics(shown, low, high, norm, share(nan), share(xp.isinf(array)), share(array == 0))
