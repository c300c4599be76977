"""What a context does with the nodes that ops make in it: nothing, drop them, or take note of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ContextDecorator, contextmanager, nullcontext
from contextvars import Token

from mutorch_core.graph import Mode, Node, mode, switch

__all__ = ["NoGrad", "Tape", "entered", "no_grad", "paused", "unpaused"]


class NoGrad(Mode):
    """Nothing is recorded."""

    def admit(self, node: Node) -> None:
        """Drop it."""


class Tape(Mode):
    """Notes which nodes are made, so that they can be told from those that were there before."""

    def __init__(self) -> None:
        self.nodes: set[Node] = set()

    def admit(self, node: Node) -> Node:
        """Note it."""
        self.nodes.add(node)
        return node


@contextmanager
def entered(new: Mode | None) -> Iterator[None]:
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
        self._entered: list[object] = []

    def __enter__(self) -> None:
        context = entered(NoGrad())
        context.__enter__()
        self._entered.append(context)

    def __exit__(self, *exception: object) -> None:
        self._entered.pop().__exit__(*exception)  # type: ignore[attr-defined]


def paused() -> bool:
    """Whether the context records nothing."""
    return switch.modes != 0 and isinstance(mode.get(), NoGrad)


def unpaused() -> AbstractContextManager[None]:
    """A context in which nodes are recorded, whatever the one around it does."""
    return entered(None) if paused() else nullcontext()
