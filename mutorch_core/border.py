"""Between a user's call and a forward: operands come out of their `Var`s, results go into new ones.

What a forward or its library refuses becomes one `OperandError` here, which names op, operands and shapes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from mutorch_core.annotations import Hidden
from mutorch_core.errors import MissingRule, OperandError
from mutorch_core.graph import Node, Output, Var, link
from mutorch_core.modes import consider, switch
from mutorch_core.signatures import Declaration
from mutorch_core.values import SEQUENCES, is_floating, meta_of, one_space, settle, show_operands

__all__ = [
    "fields_of",
    "missing_rule",
    "naming",
    "public_of",
    "refusal",
    "refuse_static",
    "spread",
    "unwrap_nested",
    "unwrapped",
]


def refusal(declaration: Declaration, error: Exception, operands: Mapping[str, Any]) -> OperandError:
    """What the library said, with op, operands and shapes; of the library's type too, to be caught as either."""
    said = mixture(operands.values()) or f"{type(error).__name__}: {error}"
    text = f"{declaration.name}({show_operands(operands)}): {said}"
    kind: type[OperandError] = OperandError
    if not isinstance(error, OperandError):
        library = next((base for base in type(error).__mro__ if base.__module__ == "builtins"), Exception)
        if not issubclass(OperandError, library):
            kind = of_both(library)
    return kind(text)


def mixture(operands: Iterable[Any]) -> str | None:
    """What is wrong with operands that are of two array libraries, or of none; None where that is not it."""
    try:
        one_space(item for value in operands for item in (value if isinstance(value, SEQUENCES) else (value,)))
    except OperandError as error:
        return str(error)
    return None


@contextmanager
def naming(declaration: Declaration, names: Sequence[str], values: tuple[Any, ...]) -> Generator[None]:
    """Let an OperandError about operands say whose they are; of one name, the values are a sequence."""
    try:
        yield
    except OperandError as error:
        given = {names[0].strip("*"): list(values)} if len(names) == 1 else dict(zip(names, values, strict=False))
        raise refusal(declaration, error, given) from error


@cache
def of_both(library: type[BaseException]) -> type[OperandError]:
    """OperandError as a subclass of a builtin exception too; one class for each, made once."""
    try:
        return type("OperandError", (OperandError, library), {"__module__": OperandError.__module__})
    except TypeError:  # two layouts that don't go together, such as UnicodeError's
        return OperandError


def refuse_static(declaration: Declaration, parameter: str) -> OperandError:
    """A `Var` where a static parameter is expected."""
    return OperandError(
        f"{declaration.name}: {parameter!r} is a static parameter and carries no gradient, but was given a Var; "
        "pass its .value"
    )


def missing_rule(declaration: Declaration, operand: str) -> MissingRule:
    """No rule for an operand that may carry a gradient."""
    return MissingRule(
        f"{declaration.place}: {declaration.name} has no rule for its operand {operand!r}; "
        f'add @{declaration.short_name}.vjp("{operand}"), or exempt it with nondiff=("{operand}",)'
    )


def unwrapped(items: Any) -> tuple[list[Any], tuple[Node, ...], tuple[bool, ...], bool]:
    """A sequence operand's raw items, the nodes of the tracked, which these are, and if any is a `Var`."""
    raw: list[Any] = []
    nodes: list[Node] = []
    flags: list[bool] = []
    wrapped = False
    for item in items:
        node = None
        if type(item) is Var:
            wrapped, node = True, item.node
        raw.append(item.value if type(item) is Var else item)
        flags.append(node is not None)
        if node is not None:
            nodes.append(node)
    return raw, tuple(nodes), tuple(flags), wrapped


def unwrap_nested(value: Any) -> tuple[Any, bool]:
    """A nondifferentiable operand with each `Var` in it replaced by its value, and if there was one."""
    if type(value) is Var:
        return value.value, True
    if isinstance(value, dict):
        pairs = {key: unwrap_nested(item) for key, item in cast("dict[Any, Any]", value).items()}
        return {key: item for key, (item, _) in pairs.items()}, any(found for _, found in pairs.values())
    if type(value) in (tuple, list):
        items = [unwrap_nested(item) for item in value]
        return type(value)(item for item, _ in items), any(found for _, found in items)
    return value, False


def public_of(out: Any) -> Any:
    """A raw result without its hidden outputs."""
    return cast("Hidden[Any]", out).public if isinstance(out, Hidden) else out


def fields_of(declaration: Declaration, out: Any, operands: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any]:
    """All outputs of a forward as a `Var` holds them, and the public ones as they are returned.

    Raises OperandError where the forward returned another number of outputs than it declares.
    """
    public, hidden = (out.public, out.hidden) if declaration.hidden else (out, ())
    shown = tuple(public) if declaration.result is not None else (public,)
    fields = tuple(settle(field, operands) for field in shown + tuple(hidden))
    if len(fields) != len(declaration.fields):
        raise OperandError(
            f"{declaration.name} returned {len(fields)} outputs and declares {len(declaration.fields)}: "
            f"{', '.join(declaration.fields)}"
        )
    return fields, declaration.result(*fields[: len(shown)]) if declaration.result is not None else fields[0]


def spread(declaration: Declaration, node: Node | None, fields: tuple[Any, ...]) -> Any:
    """The public outputs as `Var`s, each floating one on an `Output` node of its own."""
    if node is not None:
        node.result = tuple(meta_of(field) for field in fields)
        if switch.modes:
            node = consider(node)
    shown = [
        link(field, None if node is None or not is_floating(node.result[index]) else Output(node, index, field))
        for index, field in enumerate(fields[: len(declaration.outputs)])
    ]
    return declaration.result(*shown) if declaration.result is not None else shown[0]
