"""A call of an op taken apart: the arrays in it, and the function of just these that it is.

    multiply(2.0, t)            arrays (t,)         the rest 2.0 and the place of t
    getitem(t, (0, i))          arrays (t, i)       of which t may carry a gradient

A framework differentiates functions of its arrays alone; an op's call has numbers, sequences, keys and parameters
in it besides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, cast

import attrs

from mutorch_core.arrays.namespaces import SEQUENCES, is_number
from mutorch_core.declaration.call_code import signature_text
from mutorch_core.declaration.code_text import compiled, joined
from mutorch_core.declaration.op import Op

__all__ = ["Call", "Framework", "caller", "items_of", "op_call", "public", "repacked", "supports"]


@attrs.frozen
class Place:
    """Where an array was in a call."""

    index: int


@attrs.frozen
class Framework:
    """What has to be known of a framework to take calls apart: which values are its arrays, which of them floating."""

    name: str
    is_array: Callable[[Any], bool]
    is_floating: Callable[[Any], bool]
    sequence: Callable[[Any], Any] = lambda value: value
    """What stands for a sequence in this framework, as a plain one."""


class Call:
    """One call of an op, with its arrays taken out. `active` are those that may carry a gradient."""

    __slots__ = ("active", "arrays", "invoke", "nested", "op", "parameters", "template")

    def __init__(
        self, op: Op[Any, Any], invoke: Callable[..., Any], framework: Framework, operands: Any, parameters: Any
    ) -> None:
        self.op = op
        self.invoke = invoke
        self.parameters = parameters
        self.arrays: list[Any] = []
        self.active: list[int] = []
        self.nested = False
        template: list[Any] = []
        is_array = framework.is_array
        for operand, value in zip(op.operands, operands, strict=True):
            if is_array(value):
                if operand.differentiable and framework.is_floating(value):
                    self.active.append(len(self.arrays))
                template.append(Place(len(self.arrays)))
                self.arrays.append(value)
            elif value is None or is_number(value):
                template.append(value)
            else:
                self.nested = True
                template.append(self.taken_out(framework, framework.sequence(value), operand.differentiable))
        self.template = template

    def taken_out(self, framework: Framework, value: Any, differentiable: bool) -> Any:
        """A sequence or key with the place of each array in the array's place."""
        if isinstance(value, SEQUENCES):
            return type(value)(self.taken_out(framework, item, differentiable) for item in items_of(value))
        if not framework.is_array(value):
            return value
        if differentiable and framework.is_floating(value):
            self.active.append(len(self.arrays))
        self.arrays.append(value)
        return Place(len(self.arrays) - 1)

    def __call__(self, *arrays: Any) -> Any:
        """The op's result for other arrays."""
        if not self.nested:
            operands = [arrays[part.index] if type(part) is Place else part for part in self.template]
        else:
            operands = [put_back(part, arrays) for part in self.template]
        return self.invoke(operands, self.parameters)

    def emptied(self) -> Call:
        """The same without its arrays, to be kept."""
        other = copy(self)
        other.arrays = []
        return other

    def described(self, rule: Callable[..., Any], arrays: Sequence[Any], describe: Callable[[Any], Any]) -> Any:
        """What an op's `@f.meta` rule says of this call, of which these describe the arrays."""
        operands = dict(
            zip((o.name for o in self.op.operands), (put_back(p, arrays) for p in self.template), strict=True)
        )
        given = {n: describe(v) if is_number(v) else v for n, v in operands.items()}
        given |= dict(zip((p.name for p in self.op.parameters), self.parameters, strict=True))
        args: list[Any] = []
        named: dict[str, Any] = {}
        for name, parameter in self.op.signature.parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                args.extend(given[name])
            elif parameter.kind is parameter.KEYWORD_ONLY:
                named[name] = given[name]
            else:
                args.append(given[name])
        return rule(*args, **named)

    @property
    def key(self) -> Any:
        """What tells this call from others of the op but for its arrays; None where that can't be compared."""
        key = (told(tuple(self.template)), told(self.parameters), tuple(self.active))
        try:
            hash(key)
        except TypeError:
            return None
        return key


def items_of(value: Any) -> Sequence[Any]:
    """The items of a sequence, or a value alone: what an op returns, as its outputs."""
    return cast("Sequence[Any]", value) if isinstance(value, SEQUENCES) else (value,)


def repacked(like: Any, values: Sequence[Any]) -> Any:
    """Other values in the form in which an op returned its outputs."""
    if not isinstance(like, SEQUENCES):
        return values[0]
    kind: Any = like.__class__
    return kind(*values) if hasattr(kind, "_fields") else kind(values)


def put_back(part: Any, arrays: Sequence[Any]) -> Any:
    """The inverse of `taken_out`."""
    if type(part) is Place:
        return arrays[part.index]
    return type(part)(put_back(item, arrays) for item in items_of(part)) if isinstance(part, SEQUENCES) else part


def told(value: Any) -> Any:
    """A value as a key that tells 1 from 1.0 and from True, and 0.0 from -0.0."""
    if isinstance(value, SEQUENCES):
        return (value.__class__, *map(told, items_of(value)))
    return (type(value), repr(value)) if is_number(value) else value


def caller(op: Op[Any, Any], apply: Callable[[Callable[..., Any], tuple[Any, ...], tuple[Any, ...]], Any]) -> Any:
    """A function with the op's own signature, that hands operands and parameters to `apply`, with what calls the op."""
    operands = joined(operand.name for operand in op.operands)
    parameters = joined(parameter.name for parameter in op.parameters)
    lines = ["def invoke(_operands, _parameters):", f"    {operands[1:-1]} = _operands"]
    lines += [f"    {parameters[1:-1]} = _parameters"] if op.parameters else []
    invoke = compiled(op.name, "invoke", [*lines, f"    return {op_call(op)}"], {"_op": op})
    return public(op, f"_apply(_invoke, {operands}, {parameters})", {"_apply": apply, "_invoke": invoke})


def op_call(op: Op[Any, Any]) -> str:
    """The text of the op's own call, where its operands and parameters are variables."""
    texts: list[str] = []
    for parameter in op.signature.parameters.values():
        star = {parameter.VAR_POSITIONAL: "*", parameter.KEYWORD_ONLY: f"{parameter.name}="}.get(parameter.kind, "")
        texts.append(f"{star}{parameter.name}")
    return f"_op({', '.join(texts)})"


def public(op: Op[Any, Any], expression: str, scope: dict[str, Any]) -> Callable[..., Any]:
    """A function with the op's signature and text that returns what an expression says.

    Written as the op's own call is, for binding arguments by name would cost as much as a small op.
    """
    name = op.short_name.replace(".", "_")
    lines = [f"def {name}({signature_text(op.declaration)}):", f"    return {expression}"]
    defaults = {f"_default_{p.name}": p.default for p in op.signature.parameters.values()}
    function = compiled(op.name, name, lines, scope | defaults)
    function.__qualname__ = function.__name__ = op.short_name.rpartition(".")[2]
    function.__doc__ = op.function.__doc__
    function.__signature__ = op.signature
    function.__module__ = op.function.__module__
    return function


def supports(op: Op[Any, Any], library: str) -> bool:
    """Whether an op computes on a library's arrays; through NumPy's it can be computed on any."""
    return op.libraries is None or library in op.libraries or library in op.forwards
