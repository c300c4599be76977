"""Between a user's call and a forward: operands come out of their `Var`s, results go into new ones.

What a forward or its library refuses becomes one `OperandError` here, which names op, operands and shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from mutorch_core.arrays.devices import device_of
from mutorch_core.arrays.formatting import format_operands
from mutorch_core.arrays.meta import is_floating, meta_of
from mutorch_core.arrays.namespaces import SEQUENCES, common_namespace, is_number, library_name, namespace_or_none
from mutorch_core.arrays.values import normalise_result
from mutorch_core.declaration.annotations import Hidden
from mutorch_core.declaration.signatures import Declaration
from mutorch_core.errors import MissingRule, OperandError, refused
from mutorch_core.graph.grad_mode import mode_counter, notify_mode
from mutorch_core.graph.node import Node, OutputNode
from mutorch_core.graph.var import Var, make_var
from mutorch_core.late_binding import late_bound

__all__ = [
    "Forwards",
    "composite_space",
    "fields_of",
    "missing_rule",
    "naming",
    "public_of",
    "refusal",
    "refuse_static",
    "spaced",
    "spread",
    "unwrap_nested",
    "unwrapped",
]

NONE: Mapping[str, Any] = MappingProxyType({})


def refusal(
    declaration: Declaration, error: Exception, operands: Mapping[str, Any], parameters: Mapping[str, Any] = NONE
) -> OperandError:
    """What the library said, with op, operands and shapes, and the parameters that were given."""
    said = mixture(declaration, operands) or f"{type(error).__name__}: {error}{apart(operands)}"
    absent = {
        operand.name for operand in declaration.operands if operand.optional and operands.get(operand.name) is None
    }
    shown = format_operands({name: value for name, value in operands.items() if name not in absent})
    text = f"{declaration.name}({shown}): {said}"
    defaults = {p.name: p.default for p in declaration.parameters}
    given = [f"{name}={value!r}" for name, value in parameters.items() if value is not defaults[name]]
    if given:
        text += f"; given {', '.join(given)}"
    return OperandError(text) if isinstance(error, OperandError) else refused(text, type(error))


def apart(operands: Mapping[str, Any]) -> str:
    """Where operands are that are on several devices, which may be what a library means by what it says."""
    raw = {name: value.value if type(value) is Var else value for name, value in operands.items()}
    where = {name: device_of(value) for name, value in raw.items() if not isinstance(value, np.generic)}
    named = {name: str(device) for name, device in where.items() if device is not None}
    return f"; {', '.join(f'{name} is on {d}' for name, d in named.items())}" if len(set(named.values())) > 1 else ""


def mixture(declaration: Declaration, operands: Mapping[str, Any]) -> str | None:
    """What is wrong with operands that are of two array libraries, or of none; None where that is not it.

    What has no derivative, as a key, and what is nested may hold other things than arrays.
    """
    able = {operand.name for operand in declaration.differentiable_operands or declaration.operands}
    items = [
        item.value if type(item) is Var else item  # a composite op's come as they are
        for name, value in operands.items()
        for item in (value if isinstance(value, SEQUENCES) else (value,))
        if hasattr(item, "dtype") or (name in able and not isinstance(item, SEQUENCES))
    ]
    try:
        namespace_or_none(items)
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


class Forwards(dict[Any, Callable[..., Any]]):
    """Which forward it is for a namespace, where libraries have their own or only some have one."""

    def __init__(self, declaration: Declaration, forwards: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__()
        self.declaration = declaration
        self.forwards = forwards

    def __missing__(self, space: Any) -> Callable[..., Any]:
        declaration, library = self.declaration, library_name(space)
        if library not in (declaration.libraries or (library,)) and library not in self.forwards:
            declared = ", ".join(declaration.libraries or ())
            raise OperandError(f"{declaration.name} has no forward for {library}: it declares {declared}")
        self[space] = found = self.forwards.get(library, declaration.function)
        return found


def composite_space(declaration: Declaration, values: tuple[Any, ...], others: tuple[Any, ...]) -> Any:
    """What a composite op gets as `xp`: `Var`'s namespace if any operand is a `Var`, else the library.

    `values` are the operands that decide the library.
    """
    raw = [value.value if type(value) is Var else value for value in values]
    with naming(declaration, spaced(declaration), tuple(raw)):
        space = common_namespace(raw)
    if any(type(value) is Var for value in values + others):
        return late_bound.var_namespace(
            next((value for value in raw if value is not None and not is_number(value)), 0.0)
        )
    return space


def spaced(declaration: Declaration) -> list[str]:
    """The operands that decide the namespace: differentiable ones, since others may nest.

    All where there are none; the first too where any of them may be absent.
    """
    able = declaration.differentiable_operands or declaration.operands
    if all(operand.optional for operand in able):
        able = tuple(dict.fromkeys((declaration.operands[0], *able)))
    return [operand.name if operand.kind == "single" else f"*{operand.name}" for operand in able]


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
    fields = tuple(normalise_result(field, operands) for field in shown + tuple(hidden))
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
        if mode_counter.modes:
            node = notify_mode(node)
    shown = [
        make_var(field, None if node is None or not is_floating(node.result[index]) else OutputNode(node, index, field))
        for index, field in enumerate(fields[: len(declaration.outputs)])
    ]
    return declaration.result(*shown) if declaration.result is not None else shown[0]
