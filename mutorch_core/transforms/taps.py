"""`tap`: names for intermediate values, whose gradients a transform returns beside that of its arguments.

    def loss(w):
        h = mt.tap(xp.tanh(w), "h")
        return xp.sum(h * h)

    gradient, taps = mt.grad(loss, taps=True)(w)          taps = {"h": 2 tanh(w)}

A tap is a hook that adds up the cotangents of the transform's own backward pass. A function that a checkpoint runs
again taps its values again; then they keep their names.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any, TypeVar

from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.meta import Meta, meta_of
from mutorch_core.arrays.values import zeros_of
from mutorch_core.engine.hooks import Hook, RetainedGrad, add_hook, call_site, replayed_nodes
from mutorch_core.engine.schedule import count_consumers
from mutorch_core.errors import NotTracked, OperandError, refused
from mutorch_core.graph.node import Node, innermost_rule
from mutorch_core.graph.var import is_tracked, unwrap
from mutorch_core.transforms.checkpointing import CheckpointRule
from mutorch_core.transforms.tracing import TracedCall

__all__ = ["Taps", "tap"]

T = TypeVar("T")


class Taps:
    """The tapped values of one call of a transform; a context in which `tap` adds to them."""

    def __init__(self) -> None:
        self.metas: dict[str, Meta] = {}
        self.places: dict[str, str] = {}
        self.nodes: set[Node] = set()
        self.retained: dict[str, RetainedGrad] = {}
        self.in_pass = False
        self._tokens: list[Token[Taps | None]] = []

    def __enter__(self) -> Taps:
        self._tokens.append(current_taps.set(self))
        return self

    def __exit__(self, *exception: Any) -> None:
        current_taps.reset(self._tokens.pop())

    def add(self, value: Any, name: str, place: str) -> None:
        """Tap a value. Raises NotTracked, or OperandError if the name is taken."""
        if type(name) is not str:
            raise OperandError(f"tap at {place}: the name is a {type(name).__name__}, not a string")
        if not is_tracked(value):
            raise NotTracked(
                f"tap({name!r}) at {place}: {format_value(unwrap(value))} is not tracked, so it has no gradient; "
                "tap a result that depends on the arguments that are differentiated"
            )
        if name in self.places and replayed_nodes.get() is None:
            raise refused(
                f"tap({name!r}) at {place}: the tap at {self.places[name]} has this name already; "
                "two values of one call need two names",
                ValueError,
            )

        retained = self.retained.setdefault(name, RetainedGrad())

        def collect(g: Any) -> None:
            if self.in_pass:
                retained(g)

        handle = add_hook(value, Hook(collect, place, last=True), f"tap({name!r})")
        if handle.node is not None:
            self.nodes.add(handle.node)
        self.metas[name] = meta_of(value.value)
        self.places[name] = place

    @contextmanager
    def one_pass(self) -> Generator[None, None, None]:
        """Collect cotangents in the body, and not in passes before or after it."""
        self.in_pass = True
        try:
            yield
        finally:
            self.in_pass = False

    def needed(self, call: TracedCall) -> set[Node]:
        """Return the nodes that a pass must visit even if they lead to no input: tapped ones, and checkpoints."""
        if not is_tracked(call.result):
            return set()
        counts = count_consumers([call.result.node], call.inputs)
        return {node for node in counts if node in self.nodes or is_checkpoint(node)}

    def gradients(self) -> dict[str, Any]:
        """Return the gradient of each tapped value; zeros if no cotangent arrived."""
        return {
            name: zeros_of(meta) if self.retained[name].grad is None else self.retained[name].grad
            for name, meta in self.metas.items()
        }


current_taps: ContextVar[Taps | None] = ContextVar("mutorch_taps", default=None)


def is_checkpoint(node: Node) -> bool:
    """Return whether a node is a checkpointed call, hooked or not."""
    return isinstance(innermost_rule(node.rule), CheckpointRule)


def tap(x: T, name: str) -> T:
    """Return `x`, and give its gradient a name: `mt.grad(f, taps=True)` returns it with f's gradient.

    The innermost running `grad` or `value_and_grad` with `taps=True` returns it, in x's shape and dtype: the derivative
    of the result by this value, over all of its uses, after its hooks. Without such a transform `tap` does nothing, so
    that f can be called with raw values too.

    Raises, with the file and line of this call, NotTracked if x is not tracked there, and OperandError if `name` is no
    string or if this call has a tap of that name already.
    """
    taps = current_taps.get()
    if taps is not None:
        place = call_site()
        taps.add(x, name, place)
    return x
