"""Recording modes: whether new nodes are kept, dropped (`no_grad`) or also collected (`Tape`)."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ContextDecorator, contextmanager, nullcontext
from contextvars import ContextVar, Token
from threading import Lock
from typing import Any

from mutorch_core.graph import Node

__all__ = ["Mode", "NoGrad", "Tape", "consider", "entered", "no_grad", "paused", "switch", "unpaused"]


class Mode:
    """How the current context treats new nodes; see `consider`."""

    def admit(self, node: Node, arguments: Mapping[str, Any] | None) -> Node | None:
        """Return the node itself, or None if it is not to be recorded."""
        raise NotImplementedError


class Switch:
    """How many contexts, of any thread, have a mode set: the one number that every op looks at."""

    __slots__ = ("lock", "modes")

    def __init__(self) -> None:
        self.modes = 0
        self.lock = Lock()

    def turn(self, by: int) -> None:
        """Count a context in (1) or out (-1)."""
        with self.lock:
            self.modes += by


switch = Switch()
mode: ContextVar[Mode | None] = ContextVar("mutorch_mode", default=None)


def consider(node: Node, arguments: Mapping[str, Any] | None = None) -> Node | None:
    """Pass a new node to the context's mode, if it has one: `no_grad` drops it, a tape collects it.

    `arguments` are those of the op's call by name, operands raw; None for a node that no op made.
    """
    current = mode.get()
    return node if current is None else current.admit(node, arguments)


class NoGrad(Mode):
    """Nothing is recorded."""

    def admit(self, node: Node, arguments: Mapping[str, Any] | None) -> None:
        """Drop the node."""


class Tape(Mode):
    """Notes which nodes are made, so that they can be told from those that were there before."""

    def __init__(self) -> None:
        self.nodes: set[Node] = set()

    def admit(self, node: Node, arguments: Mapping[str, Any] | None) -> Node:
        """Collect the node."""
        self.nodes.add(node)
        return node


@contextmanager
def entered(new: Mode | None) -> Generator[None, None, None]:
    """Run the body in this mode, in this context alone; None records as usual."""
    switch.turn(1)
    token: Token[Mode | None] = mode.set(new)
    try:
        yield
    finally:
        mode.reset(token)
        switch.turn(-1)


class no_grad(ContextDecorator):  # noqa: N801 - used as `with mt.no_grad():`
    """In this context, and in functions decorated with it, ops return untracked `Var`s.

    It is local to the thread or task; transforms inside of it still differentiate their own function.
    """

    def __init__(self) -> None:
        self._entered: list[AbstractContextManager[None]] = []

    def __enter__(self) -> None:
        context = entered(NoGrad())
        context.__enter__()
        self._entered.append(context)

    def __exit__(self, *exception: Any) -> None:
        self._entered.pop().__exit__(*exception)


def paused() -> bool:
    """Whether the context records nothing."""
    return switch.modes != 0 and isinstance(mode.get(), NoGrad)


def unpaused() -> AbstractContextManager[None]:
    """A context in which nodes are recorded, whatever the one around it does."""
    return entered(None) if paused() else nullcontext()
