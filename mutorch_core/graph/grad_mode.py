"""Recording modes: whether new nodes are kept, dropped (`no_grad`) or also collected (`Tape`).

A mode is local to a thread or task. `mode_counter` counts the contexts, of all threads, that have set one, so that
an op reads a single number and does nothing else while that is 0.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ContextDecorator, contextmanager, nullcontext
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar

from mutorch_core.graph.node import Node

__all__ = [
    "Mode",
    "NoGrad",
    "Tape",
    "Watcher",
    "current_mode",
    "current_watchers",
    "force_recording",
    "is_recording_off",
    "mode_counter",
    "no_grad",
    "notify_mode",
    "use_mode",
    "use_watcher",
]

T = TypeVar("T")


class Mode:
    """The treatment of new nodes in a context; see `notify_mode`."""

    def on_node(self, node: Node, arguments: Mapping[str, Any] | None) -> Node | None:
        """Return the node itself, or None to drop it."""
        raise NotImplementedError


class Watcher:
    """An observer of a context's new nodes and backward passes, beside its mode."""

    def on_node(self, node: Node, arguments: Mapping[str, Any] | None, result: Any) -> None:
        """Look at a new node, the arguments of its op's call, and the raw result: a tuple for several outputs."""
        raise NotImplementedError

    def on_pass(self, node: Node) -> None:
        """Look at one node of a backward pass that begins."""
        raise NotImplementedError


class ModeCounter:
    """The number of contexts, of any thread, that have set a mode or a watcher."""

    __slots__ = ("lock", "modes")

    def __init__(self) -> None:
        self.modes = 0
        self.lock = Lock()

    def add(self, change: int) -> None:
        """Count one context in (1) or out (-1)."""
        with self.lock:
            self.modes += change


mode_counter = ModeCounter()
current_mode: ContextVar[Mode | None] = ContextVar("mutorch_mode", default=None)
current_watchers: ContextVar[tuple[Watcher, ...]] = ContextVar("mutorch_watchers", default=())


def notify_mode(node: Node, arguments: Mapping[str, Any] | None = None, result: Any = None) -> Node | None:
    """Pass a new node to the context's mode, if it has one, and return the node, or None if the mode drops it.

    `arguments` are those of the op's call by name, operands raw; None for a node that no op made. The context's
    watchers see each node that is kept, with the op's raw result.
    """
    mode = current_mode.get()
    kept = node if mode is None else mode.on_node(node, arguments)
    if kept is not None:
        for watcher in current_watchers.get():
            watcher.on_node(kept, arguments, result)
    return kept


class NoGrad(Mode):
    """The mode in which nothing is recorded."""

    def on_node(self, node: Node, arguments: Mapping[str, Any] | None) -> None:
        """Drop the node."""


class Tape(Mode):
    """The mode that collects new nodes, to distinguish them from older ones."""

    def __init__(self) -> None:
        self.nodes: set[Node] = set()
        self.hooked: set[Node] = set()
        """The nodes, new or older, on which hooks were registered."""

    def on_node(self, node: Node, arguments: Mapping[str, Any] | None) -> Node:
        """Collect the node."""
        self.nodes.add(node)
        return node


@contextmanager
def use_value(variable: ContextVar[T], value: T) -> Generator[None, None, None]:
    """Run the body with this value of a variable, in this context alone, which is counted."""
    mode_counter.add(1)
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)
        mode_counter.add(-1)


def use_mode(mode: Mode | None) -> AbstractContextManager[None]:
    """Run the body in this mode, in this context alone. None restores ordinary recording."""
    return use_value(current_mode, mode)


def use_watcher(watcher: Watcher) -> AbstractContextManager[None]:
    """Run the body, in this context alone, with one more watcher."""
    return use_value(current_watchers, (*current_watchers.get(), watcher))


class no_grad(ContextDecorator):  # noqa: N801 - used as `with mt.no_grad():`
    """In this context, and in functions decorated with it, ops return untracked `Var`s.

    It is local to the thread or task. Transforms inside of it still differentiate their own function.
    """

    def __init__(self) -> None:
        self._entered: list[AbstractContextManager[None]] = []

    def __enter__(self) -> None:
        context = use_mode(NoGrad())
        context.__enter__()
        self._entered.append(context)

    def __exit__(self, *exception: Any) -> None:
        self._entered.pop().__exit__(*exception)


def is_recording_off() -> bool:
    """Return whether this context records nothing."""
    return mode_counter.modes != 0 and isinstance(current_mode.get(), NoGrad)


def force_recording() -> AbstractContextManager[None]:
    """Return a context in which nodes are recorded even inside `no_grad`."""
    return use_mode(None) if is_recording_off() else nullcontext()
