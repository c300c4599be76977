"""Explicit overrides: `mt.plugins.override("basic::gelu", mine)` puts one op in the place of another."""

from __future__ import annotations

import difflib
from typing import Any

from mutorch_core.declaration.op import Op
from mutorch_core.errors import DeclarationError, UnknownName
from mutorch_core.graph.operators import OPERATORS, bind_operator
from mutorch_core.plugins.discovery import CORE
from mutorch_core.plugins.loading import operators
from mutorch_core.plugins.registry import check_enabled, ops

__all__ = ["Override", "override", "restore"]

overridden: dict[str, Op[Any, Any]] = {}
"""The ops that are overridden, by full name."""


class Override:
    """Context manager that restores the previous implementation on exit."""

    def __init__(self, op: Op[Any, Any], before: Op[Any, Any] | None) -> None:
        self.op = op
        self.before = before

    def __enter__(self) -> Op[Any, Any]:
        return self.op

    def __exit__(self, *_: object) -> None:
        substitute(self.op, self.before)

    def __repr__(self) -> str:
        return f"<override of {self.op!r}>"


def override(name: str, mine: Op[Any, Any]) -> Override:
    """Let `mine` answer every call of the op `name`: by its package, `mt.ops`, operators and other ops' rules.

    `mine` takes the same operands and every parameter of that op, and does not call it. The override lasts until
    `restore(name)` or the end of a `with` statement:

        with mt.plugins.override("basic::gelu", acme.gelu):
            model(x)

    Raises UnknownName if no op has that name, DeclarationError if `mine` can't take its place, PluginError if either
    can't be used.
    """
    op = find_op(name)
    check_substitute(op, mine)
    _ = mine.call  # raises Disabled
    before = op.substitute
    substitute(op, mine)
    return Override(op, before)


def restore(name: str | None = None) -> None:
    """End the override of the op `name`, or all overrides. Raises UnknownName."""
    for op in list(overridden.values()) if name is None else [find_op(name)]:
        substitute(op, None)


def substitute(op: Op[Any, Any], other: Op[Any, Any] | None) -> None:
    """Replace an op by another, or by itself if there is no other; the operator of `Var` follows."""
    op.replace(other)
    overridden.pop(op.name, None)
    if other is not None:
        overridden[op.name] = op
    symbol = op.operator
    if symbol in OPERATORS and symbol in operators and operators[symbol][0] is op:
        bind_operator(symbol, op.call)


def find_op(name: str) -> Op[Any, Any]:
    """Return the op of that name. Raises UnknownName, and the plugin's error if it has one."""
    try:
        return ops[name]
    except KeyError:
        check_enabled(name)
        near = difflib.get_close_matches(name, list(ops), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UnknownName(f"no installed plugin has an op {name!r}{hint}") from None


def check_substitute(op: Op[Any, Any], mine: Op[Any, Any]) -> None:
    """Raise DeclarationError if one op can't take the place of another."""
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
    (names, ways), (own_names, own_ways) = operands_of(mine), operands_of(op)
    if (names, ways) != (own_names, own_ways):
        raise DeclarationError(f"{where}: it has the operands {names}, and {op.name} has {own_names}")
    if mine.outputs != op.outputs:
        raise DeclarationError(f"{where}: it returns {', '.join(mine.outputs)}, and not {', '.join(op.outputs)}")
    missing = {parameter.name for parameter in op.parameters} - {parameter.name for parameter in mine.parameters}
    if missing:
        raise DeclarationError(f"{where}: it does not take the parameters {', '.join(sorted(missing))}")
    mine.validate()


def operands_of(op: Op[Any, Any]) -> tuple[str, list[tuple[Any, ...]]]:
    """Return the names of an op's operands, and how a caller may pass each."""
    ways = [(operand.kind, operand.optional, operand.keyword_only) for operand in op.operands]
    return ", ".join(operand.name for operand in op.operands), ways
