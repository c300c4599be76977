"""Between a user's call and a forward: operands are taken out of their `Var`s, results are put into new ones.

An error of a forward or of its library becomes an `OperandError` here, which names op, operands and shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from inspect import Parameter, Signature
from typing import Any, cast

import numpy as np

from mutorch_core.arrays.devices import device_of
from mutorch_core.arrays.formatting import format_operands
from mutorch_core.arrays.meta import is_floating
from mutorch_core.arrays.namespaces import SEQUENCES, common_namespace, is_number, library_name, namespace_or_none
from mutorch_core.arrays.values import normalise_result
from mutorch_core.declaration.annotations import Hidden
from mutorch_core.declaration.signatures import Declaration
from mutorch_core.errors import MissingRule, MutorchError, OperandError, refused
from mutorch_core.graph.node import Node, OutputNode
from mutorch_core.graph.var import Var, make_var, unwrap
from mutorch_core.late_binding import late_bound

__all__ = [
    "Binder",
    "Forwards",
    "composite_call",
    "fields_of",
    "missing_rule",
    "namespace_operands",
    "naming_operands",
    "operand_error",
    "public_of",
    "refuse_static",
    "unwrap_nested",
    "unwrap_sequence",
    "wrap_outputs",
]


class Binder:
    """Binds a call's arguments to the names of a signature, as `inspect` does but in a twentieth of the time."""

    __slots__ = ("defaults", "keyword_only", "keywords", "positional", "signature", "variadic")

    def __init__(self, signature: Signature) -> None:
        parameters = signature.parameters.values()
        either = Parameter.POSITIONAL_OR_KEYWORD
        self.signature = signature
        self.positional = [p.name for p in parameters if p.kind in (Parameter.POSITIONAL_ONLY, either)]
        self.variadic = next((p.name for p in parameters if p.kind is Parameter.VAR_POSITIONAL), None)
        self.keyword_only = [p.name for p in parameters if p.kind is Parameter.KEYWORD_ONLY]
        self.keywords = {p.name for p in parameters if p.kind in (Parameter.KEYWORD_ONLY, either)}
        self.defaults = {p.name: p.default for p in parameters if p.default is not Parameter.empty}

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return every parameter's value by name. Raises TypeError where Python's own call would."""
        given = dict(zip(self.positional, args, strict=False))
        surplus = args[len(self.positional) :]
        if self.variadic is not None:
            given[self.variadic] = surplus
            surplus = ()
        values = {**self.defaults, **given, **kwargs}
        wrong = surplus or not self.keywords.issuperset(kwargs) or not given.keys().isdisjoint(kwargs)
        if wrong or len(values) != len(self.signature.parameters):
            self.signature.bind(*args, **kwargs)
        return values

    def spread(self, values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the positional and the keyword arguments that pass these values: the inverse of `bind`."""
        args = [values[name] for name in self.positional]
        if self.variadic is not None:
            args += values[self.variadic]
        return args, {name: values[name] for name in self.keyword_only}


def operand_error(declaration: Declaration, error: Exception, arguments: Mapping[str, Any]) -> OperandError:
    """Return the error for a call: the library's text, with op, operands, shapes and the parameters given.

    `arguments` are those of the call that are known, by name.
    """
    operands = {o.name: arguments[o.name] for o in declaration.operands if o.name in arguments}
    number = number_at_fault(error, operands)
    text = mixed_library_note(declaration, operands) or number or describe(error) + device_note(operands)
    absent = {operand.name for operand in declaration.operands if operand.optional}
    shown = {name: value for name, value in operands.items() if value is not None or name not in absent}
    text = f"{declaration.name}({format_operands(shown)}): {text}"
    parameters = [(p, arguments[p.name]) for p in declaration.parameters if p.name in arguments]
    given = [f"{p.name}={value!r}" for p, value in parameters if value is not p.default]
    if given:
        text += f"; given {', '.join(given)}"
    plain = isinstance(error, OperandError) or number is not None
    return OperandError(text) if plain else refused(text, type(error))


def describe(error: Exception) -> str:
    """Return an exception's type and text."""
    return f"{type(error).__name__}: {error}"


def number_at_fault(error: Exception, operands: Mapping[str, Any]) -> str | None:
    """Return an error text if a forward needs an array and fails since an operand is a Python number, else None."""
    if not isinstance(error, (AttributeError, TypeError)):
        return None
    for name, value in operands.items():
        for item in value if isinstance(value, SEQUENCES) else (value,):
            raw = unwrap(item)
            if is_number(raw) and str(error).startswith(f"'{type(raw).__name__}' object "):
                return f"{name} is the number {raw!r}, and this op needs an array: write xp.asarray({raw!r})"
    return None


def device_note(operands: Mapping[str, Any]) -> str:
    """List the operands' devices if they differ, since that often explains the library's error."""
    raw = {name: unwrap(value) for name, value in operands.items()}
    where = {name: device_of(value) for name, value in raw.items() if not isinstance(value, np.generic)}
    named = {name: str(device) for name, device in where.items() if device is not None}
    return f"; {', '.join(f'{name} is on {d}' for name, d in named.items())}" if len(set(named.values())) > 1 else ""


def mixed_library_note(declaration: Declaration, operands: Mapping[str, Any]) -> str | None:
    """Return an error text if the operands mix array libraries or include non-arrays, else None.

    Operands without a derivative, such as keys, and nested ones may hold other things than arrays.
    """
    able = {operand.name for operand in declaration.differentiable_operands or declaration.operands}
    items = [
        unwrap(item)  # a composite op's are not unwrapped
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
def naming_operands(declaration: Declaration, names: Sequence[str], values: tuple[Any, ...]) -> Generator[None]:
    """Add op and operands to an OperandError; if the only name has a star, the values are those of a sequence."""
    try:
        yield
    except OperandError as error:
        sequence = len(names) == 1 and names[0].startswith("*")
        given = {names[0][1:]: list(values)} if sequence else dict(zip(names, values, strict=False))
        raise operand_error(declaration, error, given) from error


def refuse_static(declaration: Declaration, parameter: str) -> OperandError:
    """Return the error for a `Var` that was passed as a static parameter."""
    return OperandError(
        f"{declaration.name}: {parameter!r} is a static parameter and carries no gradient, but was given a Var; "
        "pass its .value"
    )


def missing_rule(declaration: Declaration, operand: str) -> MissingRule:
    """Return the error for an operand that may carry a gradient and has no rule."""
    return MissingRule(
        f"{declaration.place}: {declaration.name} has no rule for its operand {operand!r}; "
        f'add @{declaration.short_name}.vjp("{operand}"), or exempt it with nondiff=("{operand}",)'
    )


class Forwards(dict[Any, Callable[..., Any]]):
    """An op's forward by array namespace, for an op limited to some libraries or with forwards for some."""

    def __init__(self, declaration: Declaration, forwards: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__()
        self.declaration = declaration
        self.forwards = forwards

    def __missing__(self, space: Any) -> Callable[..., Any]:
        declaration, library = self.declaration, library_name(space)
        if library not in (declaration.libraries or (library,)) and library not in self.forwards:
            declared = ", ".join(declaration.libraries or ())
            raise OperandError(f"{declaration.name} has no forward for {library}: it declares {declared}")
        self[space] = forward = self.forwards.get(library, declaration.function)
        return forward


def namespace_operands(declaration: Declaration) -> list[str]:
    """Return the operands that decide the namespace, a sequence with a star: the differentiable ones.

    Others may nest, so they decide only where there are no differentiable ones. If every one of these may be
    absent, the first operand decides too.
    """
    able = declaration.differentiable_operands or declaration.operands
    if all(operand.optional for operand in able):
        able = tuple(dict.fromkeys((declaration.operands[0], *able)))
    return [operand.name if operand.kind == "single" else f"*{operand.name}" for operand in able]


def unwrap_sequence(items: Any) -> tuple[list[Any], tuple[Node, ...], tuple[bool, ...], bool]:
    """Return a sequence operand's raw items, the tracked ones' nodes, a flag per item, and if any is a `Var`."""
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
    """Return a nondifferentiable operand with each `Var` in it replaced by its value, and if there was one."""
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
    """Return a raw result without its hidden outputs."""
    return cast("Hidden[Any]", out).public if isinstance(out, Hidden) else out


def fields_of(declaration: Declaration, out: Any, operands: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any]:
    """Return all outputs of a forward in the form that a `Var` holds, and the public ones as they are returned.

    Raises OperandError if the forward returned another number of outputs than it declares.
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


def wrap_outputs(declaration: Declaration, node: Node | None, fields: tuple[Any, ...]) -> Any:
    """Return the public outputs as `Var`s, each floating one on its own `Output` node."""
    shown = [
        make_var(field, None if node is None or not is_floating(node.result[index]) else OutputNode(node, index, field))
        for index, field in enumerate(fields[: len(declaration.outputs)])
    ]
    return declaration.result(*shown) if declaration.result is not None else shown[0]


def composite_call(declaration: Declaration) -> Callable[..., Any]:
    """Return the call of a composite op: its operands are passed on as they are, tracked or not."""
    forward, bind = declaration.function, Binder(declaration.signature).bind
    static = [parameter.name for parameter in declaration.parameters]
    deciding = namespace_operands(declaration)
    others = [o.name for o in declaration.operands if o.name not in deciding and o.kind == "single"]

    def call(*args: Any, **kwargs: Any) -> Any:
        arguments = bind(args, kwargs)
        for name in static:
            if type(arguments[name]) is Var:
                raise refuse_static(declaration, name)
        if declaration.wants_space:
            kwargs["xp"] = composite_namespace(declaration, deciding, others, arguments)
        try:
            return forward(*args, **kwargs)
        except MutorchError:
            raise
        except Exception as error:
            raise operand_error(declaration, error, arguments) from error

    return call


def composite_namespace(
    declaration: Declaration, deciding: list[str], others: list[str], arguments: Mapping[str, Any]
) -> Any:
    """Return what a composite op gets as `xp`: `Var`'s namespace if any operand is a `Var`, else the library."""
    values: list[Any] = []
    for name in deciding:
        values += arguments[name[1:]] if name.startswith("*") else (arguments[name],)
    raw = [value.value if type(value) is Var else value for value in values]
    with naming_operands(declaration, deciding, tuple(raw)):
        namespace = common_namespace(raw)
    if any(type(value) is Var for value in [*values, *(arguments[name] for name in others)]):
        return late_bound.var_namespace(
            next((value for value in raw if value is not None and not is_number(value)), 0.0)
        )
    return namespace
