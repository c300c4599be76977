"""One op in the place of another, asked for explicitly: `mt.plugins.override("basic::gelu", mine)`."""

from __future__ import annotations

import difflib
from types import TracebackType
from typing import Any

from mutorch_core.declaration.op import Op
from mutorch_core.plugins.discovery import CORE
from mutorch_core.errors import DeclarationError, UnknownName
from mutorch_core.plugins.loading import operators
from mutorch_core.graph.operators import OPERATORS, bind_operator
from mutorch_core.declaration.signatures import Operand
from mutorch_core.plugins.registry import ops, check_enabled

__all__ = ["Override", "override", "restore"]

overridden: dict[str, Op[Any, Any]] = {}
"""The ops that others answer for, by full name."""


class Override:
    """What `override` returns: in a `with` statement, at whose end is what was before it."""

    def __init__(self, op: Op[Any, Any], before: Op[Any, Any] | None) -> None:
        self.op = op
        self.before = before

    def __enter__(self) -> Op[Any, Any]:
        return self.op

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        put(self.op, self.before)

    def __repr__(self) -> str:
        return f"<override of {self.op!r}>"


def override(name: str, mine: Op[Any, Any]) -> Override:
    """Let `mine` answer every call of the op `name`: by its package, `mt.ops`, operators and other ops' rules.

    `mine` takes the same operands and every parameter of that op, and does not call it. Until `restore(name)`, or to
    the end of a `with` statement:

        with mt.plugins.override("basic::gelu", acme.gelu):
            model(x)

    Raises UnknownName where no op has that name, DeclarationError where `mine` can't take its place, PluginError
    where either can't be used.
    """
    op = found(name)
    refuse(op, mine)
    _ = mine.call  # raises Disabled
    before = op.substitute
    put(op, mine)
    return Override(op, before)


def restore(name: str | None = None) -> None:
    """Let the op `name` answer for itself again; all ops without a name. Raises UnknownName."""
    for op in list(overridden.values()) if name is None else [found(name)]:
        put(op, None)


def put(op: Op[Any, Any], other: Op[Any, Any] | None) -> None:
    """Let another op answer for one, or it for itself, as an operator of `Var` too."""
    op.replace(other)
    overridden.pop(op.name, None)
    if other is not None:
        overridden[op.name] = op
    symbol = op.operator
    if symbol in OPERATORS and symbol in operators and operators[symbol][0] is op:
        bind_operator(symbol, op.call)


def found(name: str) -> Op[Any, Any]:
    """The op of that name. Raises UnknownName, and what is wrong with its plugin."""
    try:
        return ops[name]
    except KeyError:
        check_enabled(name)
        near = difflib.get_close_matches(name, list(ops), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UnknownName(f"no installed plugin has an op {name!r}{hint}") from None


def refuse(op: Op[Any, Any], mine: Op[Any, Any]) -> None:
    """Raise DeclarationError where one op can't take the place of another."""
    if not isinstance(mine, Op):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may pass a function
        raise DeclarationError(f"{op.name} can be overridden by an Op only, and {mine!r} is none: was @op left out?")
    where = f"{mine.name} ({mine.declaration.place}) can't override {op.name}"
    if op.namespace == CORE:
        raise DeclarationError(f"{where}: the engine stands on its own ops")
    other: Op[Any, Any] | None = mine
    while other is not None:
        if other is op:
            raise DeclarationError(f"{where}: each would answer for the other")
        other = other.substitute
    if list(map(taken, mine.operands)) != list(map(taken, op.operands)):
        raise DeclarationError(f"{where}: it has the operands {listed(mine)}, and {op.name} has {listed(op)}")
    if mine.outputs != op.outputs:
        raise DeclarationError(f"{where}: it returns {', '.join(mine.outputs)}, and not {', '.join(op.outputs)}")
    missing = {parameter.name for parameter in op.parameters} - {parameter.name for parameter in mine.parameters}
    if missing:
        raise DeclarationError(f"{where}: it does not take the parameters {', '.join(sorted(missing))}")
    mine.validate()


def taken(operand: Operand) -> tuple[Any, ...]:
    """How a caller may pass an operand."""
    return operand.name, operand.kind, operand.optional, operand.keyword_only


def listed(op: Op[Any, Any]) -> str:
    """`x1, x2`."""
    return ", ".join(operand.name for operand in op.operands)
