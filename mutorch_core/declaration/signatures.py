"""What the signatures of a forward and of its rules say: operands, parameters, outputs, and what rules want.

Everything here runs once, at the decorator; a wrong declaration is an error with file and line.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import Parameter, Signature
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
    """A vjp: the operands whose cotangents it returns, and the names that it asks for, in their order."""

    operands: tuple[str, ...]
    function: Callable[..., Any]
    names: tuple[str, ...]
    metas: frozenset[str]
    keyword_only: frozenset[str]


@attrs.frozen
class Declaration:
    """All that an op declares, read off its forward once."""

    name: str
    function: Callable[..., Any]
    signature: Signature
    operands: tuple[Operand, ...]
    parameters: tuple[Parameter, ...]
    wants_space: bool
    outputs: tuple[str, ...]
    result: type | None
    hidden: tuple[str, ...]
    domain: Mapping[str, Domain]
    kinks: tuple[Kink, ...]
    symbol: str
    operator: str | None
    composite: bool
    opaque: bool
    libraries: tuple[str, ...] | None
    place: str

    @property
    def short_name(self) -> str:
        """The name without its namespace."""
        return self.name.partition("::")[2]

    @property
    def fields(self) -> tuple[str, ...]:
        """All outputs, hidden ones last."""
        return self.outputs + self.hidden

    @property
    def differentiable_operands(self) -> tuple[Operand, ...]:
        """The operands that may carry a gradient."""
        return tuple(operand for operand in self.operands if operand.differentiable)


RESERVED = frozenset({"g", "needs", "out", "reached", "xp"})
"""What a rule may ask for besides operands, parameters and outputs."""


def source_location(function: Callable[..., Any]) -> str:
    """Where a function is written: `acme_ops.py:14`."""
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(function)


def annotation_of(parameter: Parameter, function: Callable[..., Any]) -> Any:
    """A parameter's annotation, evaluated where its module postponed that; unresolvable ones stay text."""
    annotation = parameter.annotation
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, getattr(function, "__globals__", {}))
    except NameError as error:
        if "Array" in annotation or "Meta" in annotation:
            raise DeclarationError(
                f"{source_location(function)}: the annotation `{parameter.name}: {annotation}` can't be resolved ({error}); "
                "import what it names at run time, not under TYPE_CHECKING"
            ) from error
        return annotation


def operand_kind(annotation: Any) -> tuple[Kind | None, bool]:
    """What an annotation makes of a parameter: array, sequence of arrays or (None) static; and if optional."""
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
    function: Callable[..., Any], signature: Signature, nondiff: tuple[str, ...]
) -> tuple[tuple[Operand, ...], tuple[Parameter, ...]]:
    """Split a forward's parameters into operands and static parameters; the injected namespace is neither."""
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
    """The public outputs' names, and the NamedTuple that holds them where there are several."""
    result = Parameter("result", Parameter.POSITIONAL_ONLY, annotation=signature.return_annotation)
    annotation = annotation_of(result, function)
    if typing.get_origin(annotation) is Hidden:
        (annotation,) = typing.get_args(annotation)
    return (annotation._fields, annotation) if is_named_tuple(annotation) else (("out",), None)


def is_named_tuple(annotation: Any) -> bool:
    """Whether an annotation is a NamedTuple."""
    return hasattr(annotation, "_fields") and inspect.isclass(annotation) and issubclass(annotation, tuple)


def read_forward(
    name: str,
    function: Callable[..., Any],
    *,
    domain: Mapping[str, Domain] | None,
    kinks: Sequence[Kink],
    nondiff: Sequence[str],
    hidden: Sequence[str],
    symbol: str | None,
    operator: str | None,
    composite: bool,
    opaque: bool,
    libraries: Sequence[str] | None,
) -> Declaration:
    """Read an op off its forward. Raises DeclarationError for whatever does not fit together."""
    where = source_location(function)
    namespace, _, short = name.partition("::")
    if not (namespace.isidentifier() and all(part.isidentifier() for part in short.split("."))):
        raise DeclarationError(f"{where}: {name!r} is no op name; write `namespace::name`")
    signature = inspect.signature(function)
    operands, parameters = read_operands(function, signature, tuple(nondiff))
    check_names(f"{where}: {name}", operands, [*(parameter.name for parameter in parameters), *hidden])
    spoken = {"nondiff": nondiff, "domain": domain or (), "kinks": kink_operands(kinks)}
    check_operand_names(f"{where}: {name}", operands, spoken)
    outputs, result = read_outputs(function, signature)
    kept = [p for p in signature.parameters.values() if p.default is not injected]
    return Declaration(
        name=name,
        function=function,
        signature=signature.replace(parameters=kept),
        operands=operands,
        parameters=parameters,
        wants_space=any(p.default is injected for p in signature.parameters.values()),
        outputs=outputs,
        result=result,
        hidden=tuple(hidden),
        domain=types.MappingProxyType(dict(domain or {})),
        kinks=tuple(kinks),
        symbol=symbol or short,
        operator=operator,
        composite=composite,
        opaque=opaque,
        libraries=None if libraries is None else tuple(libraries),
        place=where,
    )


def check_names(op: str, operands: Sequence[Operand], others: Iterable[str]) -> None:
    """Raise DeclarationError for a forward without operands, or with a name that rules could not ask for."""
    for name in [*(operand.name for operand in operands), *others]:
        if name.startswith("_") or name in RESERVED:
            raise DeclarationError(f"{op} can't call anything {name!r}: rules get something else by that name")
    if not operands:
        raise DeclarationError(f"{op} has no operand; annotate its array inputs with Array")


def check_operand_names(op: str, operands: Sequence[Operand], spoken: Mapping[str, Iterable[str]]) -> None:
    """Raise UnknownName where the declaration speaks of an operand that the forward does not have."""
    known = {operand.name for operand in operands}
    for what, names in spoken.items():
        for unknown in sorted(set(names) - known):
            raise UnknownName(f"{op} has no operand {unknown!r}, which {what} names; it has {listed(known)}")


def kink_operands(kinks: Sequence[Kink]) -> list[str]:
    """The operands that kinks speak of."""
    named: list[str] = []
    for kink in kinks:
        operands = getattr(kink, "operands", None) or (
            getattr(kink, "operand", None),
            getattr(kink, "of", None),
        )
        named.extend(name for name in operands if isinstance(name, str))
    return named


def listed(names: Iterable[str]) -> str:
    """`'a', 'b'`, sorted."""
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
