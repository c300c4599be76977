"""Reading declarations: operands, parameters and outputs off a forward's signature, arguments off a rule's.

This runs once, at the decorator. A wrong declaration is an error with file and line.
"""

from __future__ import annotations

import inspect
import types
import typing
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import Parameter, Signature
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Literal

import attrs

from mutorch_core.arrays.meta import Meta
from mutorch_core.declaration.annotations import Array, Hidden, injected
from mutorch_core.errors import DeclarationError, UnknownName

if TYPE_CHECKING:
    from mutorch_core.domain import Domain, Kink

__all__ = ["Declaration", "Operand", "Rule", "annotation_of", "read_forward", "read_rule", "source_location"]

Kind = Literal["single", "sequence", "variadic"]


@attrs.frozen
class Operand:
    """An array input: one array, a sequence of them, or `*arrays`."""

    name: str
    kind: Kind
    optional: bool
    differentiable: bool
    keyword_only: bool


@attrs.frozen
class Rule:
    """A vjp: the operands whose cotangents it returns, and the names of its arguments, in their order."""

    operands: tuple[str, ...]
    function: Callable[..., Any]
    names: tuple[str, ...]
    metas: frozenset[str]
    keyword_only: frozenset[str]


def read_only(mapping: Mapping[str, Domain]) -> Mapping[str, Domain]:
    """Return a copy of a mapping that can't be changed."""
    return types.MappingProxyType(dict(mapping))


@attrs.frozen
class Declaration:
    """Everything that an op declares, read off its forward once."""

    name: str
    function: Callable[..., Any]
    signature: Signature
    operands: tuple[Operand, ...]
    parameters: tuple[Parameter, ...]
    wants_space: bool
    outputs: tuple[str, ...]
    result: type | None
    place: str
    symbol: str
    operator: str | None
    composite: bool
    opaque: bool
    hidden: tuple[str, ...] = attrs.field(converter=tuple)
    domain: Mapping[str, Domain] = attrs.field(converter=read_only)
    kinks: tuple[Kink, ...] = attrs.field(converter=tuple)
    libraries: tuple[str, ...] | None = attrs.field(converter=attrs.converters.optional(tuple))

    @property
    def short_name(self) -> str:
        """The name without its namespace."""
        return self.name.partition("::")[2]

    @property
    def fields(self) -> tuple[str, ...]:
        """All outputs, hidden ones last."""
        return self.outputs + self.hidden

    @property
    def has_many_outputs(self) -> bool:
        """True for an op with several outputs, or with hidden ones."""
        return self.result is not None or bool(self.hidden)

    @property
    def differentiable_operands(self) -> tuple[Operand, ...]:
        """The operands that may carry a gradient."""
        return tuple(operand for operand in self.operands if operand.differentiable)


RESERVED = frozenset({"g", "needs", "out", "reached", "xp"})
"""The arguments that a rule may take besides operands, parameters and outputs."""


def source_location(function: Callable[..., Any]) -> str:
    """Return the source location of a function: `acme_ops.py:14`."""
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(function)


def annotation_of(parameter: Parameter, function: Callable[..., Any]) -> Any:
    """Return a parameter's annotation, evaluated if its module postponed that; unresolvable ones stay text."""
    annotation = parameter.annotation
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, getattr(function, "__globals__", {}))
    except NameError as error:
        if "Array" in annotation or "Meta" in annotation:
            raise DeclarationError(
                f"{source_location(function)}: the annotation `{parameter.name}: {annotation}` can't be resolved "
                f"({error}); import what it names at run time, not under TYPE_CHECKING"
            ) from error
        return annotation


def operand_kind(annotation: Any) -> tuple[Kind | None, bool]:
    """Return the kind of operand that an annotation makes, None for a static parameter, and if it is optional."""
    if annotation is Array:
        return "single", False
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        for part in arguments:
            kind, _ = operand_kind(part)
            if kind is not None:
                return kind, type(None) in arguments
        return None, False
    if inspect.isclass(origin) and issubclass(origin, Sequence) and arguments and arguments[0] is Array:
        return "sequence", False
    return None, False


def read_operands(
    function: Callable[..., Any], signature: Signature, nondiff: Sequence[str]
) -> tuple[tuple[Operand, ...], tuple[Parameter, ...]]:
    """Split a forward's parameters into operands and static ones; the injected namespace is neither."""
    operands: list[Operand] = []
    static: list[Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.default is injected:
            continue
        kind, optional = operand_kind(annotation_of(parameter, function))
        if parameter.kind is Parameter.VAR_KEYWORD:
            raise DeclarationError(f"{source_location(function)}: **{parameter.name} hides what the op takes: name it")
        if kind is None:
            if parameter.kind is Parameter.VAR_POSITIONAL:
                raise DeclarationError(
                    f"{source_location(function)}: *{parameter.name} can only be operands: annotate it Array"
                )
            static.append(parameter)
            continue
        operands.append(
            Operand(
                parameter.name,
                "variadic" if parameter.kind is Parameter.VAR_POSITIONAL else kind,
                optional,
                parameter.name not in nondiff,
                parameter.kind is Parameter.KEYWORD_ONLY,
            )
        )
    return tuple(operands), tuple(static)


def read_outputs(function: Callable[..., Any], signature: Signature) -> tuple[tuple[str, ...], type | None]:
    """Return the public outputs' names, and the NamedTuple that holds them if there are several."""
    result = Parameter("result", Parameter.POSITIONAL_ONLY, annotation=signature.return_annotation)
    annotation = annotation_of(result, function)
    if typing.get_origin(annotation) is Hidden:
        (annotation,) = typing.get_args(annotation)
    return (annotation._fields, annotation) if is_named_tuple(annotation) else (("out",), None)


def is_named_tuple(annotation: Any) -> bool:
    """Return whether an annotation is a NamedTuple."""
    return hasattr(annotation, "_fields") and inspect.isclass(annotation) and issubclass(annotation, tuple)


def read_forward(name: str, function: Callable[..., Any], nondiff: Sequence[str], **options: Any) -> Declaration:
    """Read an op off its forward; `options` are further fields of `Declaration`.

    Raises DeclarationError and UnknownName, with file and line.
    """
    where = source_location(function)
    namespace, _, short = name.partition("::")
    if not (namespace.isidentifier() and all(map(is_name, short.split(".")))):
        raise DeclarationError(f"{where}: {name!r} is no op name; write `namespace::name`")
    signature = inspect.signature(function)
    operands, parameters = read_operands(function, signature, nondiff)
    outputs, result = read_outputs(function, signature)
    public = [p for p in signature.parameters.values() if p.default is not injected]
    declaration = Declaration(
        name=name,
        function=function,
        signature=signature.replace(parameters=public),
        operands=operands,
        parameters=parameters,
        wants_space=len(public) < len(signature.parameters),
        outputs=outputs,
        result=result,
        place=where,
        **options,
    )
    check_names(declaration)
    kinks = kink_operands(declaration.kinks)
    check_mentioned(declaration, {"nondiff": nondiff, "domain": declaration.domain, "kinks": kinks})
    return declaration


def is_name(name: str) -> bool:
    """Return whether Python code can use `name` as it is written: an identifier in normal form, no keyword."""
    return name.isidentifier() and not iskeyword(name) and unicodedata.normalize("NFKC", name) == name


def check_names(declaration: Declaration) -> None:
    """Raise DeclarationError for an operand, parameter or output that a rule could not take by its name."""
    op = f"{declaration.place}: {declaration.name}"
    names = [operand.name for operand in declaration.operands] + [p.name for p in declaration.parameters]
    if declaration.result is not None and not declaration.composite:
        names += declaration.outputs
    names += declaration.hidden
    for index, name in enumerate(names):
        if name.startswith("_") or name in RESERVED:
            raise DeclarationError(f"{op} can't call anything {name!r}: rules get something else by that name")
        if not is_name(name):
            raise DeclarationError(f"{op} can't call anything {name!r}: no argument of a rule can have that name")
        if name in names[:index]:
            raise DeclarationError(f"{op} calls two things {name!r}: a rule could take only one by that name")
    if not declaration.operands:
        raise DeclarationError(f"{op} has no operand; annotate its array inputs with Array")


def check_mentioned(declaration: Declaration, mentioned: Mapping[str, Iterable[str]]) -> None:
    """Raise UnknownName if an option of the declaration mentions an operand that the forward does not have."""
    op, known = f"{declaration.place}: {declaration.name}", {operand.name for operand in declaration.operands}
    for option, names in mentioned.items():
        for unknown in sorted(set(names) - known):
            raise UnknownName(f"{op} has no operand {unknown!r}, which {option} names; it has {listed(known)}")


def kink_operands(kinks: Sequence[Kink]) -> list[str]:
    """Return the operands that kinks mention."""
    named: list[str] = []
    for kink in kinks:
        operands = getattr(kink, "operands", None) or (
            getattr(kink, "operand", None),
            getattr(kink, "of", None),
        )
        named.extend(name for name in operands if isinstance(name, str))
    return named


def listed(names: Iterable[str]) -> str:
    """Return `'a', 'b'`, sorted."""
    return ", ".join(map(repr, sorted(names))) or "none"


def read_rule(declaration: Declaration, operands: tuple[str, ...], function: Callable[..., Any]) -> Rule:
    """Read a rule off its function. Raises UnknownName or DeclarationError, with file and line."""
    where, name = source_location(function), declaration.name
    able = {operand.name for operand in declaration.differentiable_operands}
    for operand in operands:
        if operand not in able:
            raise UnknownName(
                f"{where}: {name} has no differentiable operand {operand!r} for a rule; it has {listed(able)}"
            )
    offered = {operand.name for operand in declaration.operands} | set(declaration.fields)
    offered |= {p.name for p in declaration.parameters} | RESERVED
    metas: set[str] = set()
    parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            raise DeclarationError(f"{where}: a rule of {name} asks by name; *{parameter.name} names nothing")
        if parameter.name not in offered:
            raise UnknownName(
                f"{where}: a rule of {name} asks for {parameter.name!r}, which {name} does not have; "
                f"it can have {listed(offered)}"
            )
        if parameter.default is not Parameter.empty:
            raise DeclarationError(
                f"{where}: a rule of {name} gives {parameter.name!r} a default, which would hide a typing error"
            )
        annotation = annotation_of(parameter, function)
        if annotation is Meta or Meta in typing.get_args(annotation):
            metas.add(parameter.name)
    return Rule(
        operands,
        function,
        tuple(p.name for p in parameters),
        frozenset(metas),
        frozenset(p.name for p in parameters if p.kind is Parameter.KEYWORD_ONLY),
    )
