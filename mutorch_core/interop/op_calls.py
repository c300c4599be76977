"""An op's call split into its arrays and the rest, which makes it a function of the arrays alone.

    multiply(2.0, t)            arrays (t,)         the rest 2.0 and the place of t
    getitem(t, (0, i))          arrays (t, i)       of which t may carry a gradient

A framework differentiates functions of its arrays; an op's call has numbers, sequences, keys and parameters too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, cast

import attrs

from mutorch_core.arrays.namespaces import SEQUENCES, is_number
from mutorch_core.declaration.call_boundary import Binder
from mutorch_core.declaration.op import Op

__all__ = ["Call", "Framework", "as_sequence", "by_name", "caller", "repack_like", "supports"]


@attrs.frozen
class Place:
    """The place of an array in a call."""

    index: int


@attrs.frozen
class Framework:
    """The tests by which calls are split: which values are a framework's arrays, and which of these are floating."""

    name: str
    is_array: Callable[[Any], bool]
    is_floating: Callable[[Any], bool]
    sequence: Callable[[Any], Any] = lambda value: value
    """Converts a sequence that the framework traces into a list of traced values."""


class Call:
    """One call of an op, with its arrays taken out. `active` are the indices of arrays that may carry a gradient."""

    __slots__ = ("active", "arrays", "binder", "nested", "op", "parameters", "template")

    def __init__(self, op: Op[Any, Any], binder: Binder, framework: Framework, arguments: Mapping[str, Any]) -> None:
        self.op = op
        self.binder = binder
        self.parameters = tuple([arguments[parameter.name] for parameter in op.parameters])
        self.arrays: list[Any] = []
        self.active: list[int] = []
        self.nested = False
        template: list[Any] = []
        is_array = framework.is_array
        for operand in op.operands:
            value = arguments[operand.name]
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
        """Return a sequence or key with each array replaced by its place."""
        if isinstance(value, SEQUENCES):
            return type(value)(self.taken_out(framework, item, differentiable) for item in as_sequence(value))
        if not framework.is_array(value):
            return value
        if differentiable and framework.is_floating(value):
            self.active.append(len(self.arrays))
        self.arrays.append(value)
        return Place(len(self.arrays) - 1)

    def __call__(self, *arrays: Any) -> Any:
        """Return the op's result with these arrays in the places of the call's arrays."""
        if not self.nested:
            operands = [arrays[part.index] if type(part) is Place else part for part in self.template]
        else:
            operands = [put_back(part, arrays) for part in self.template]
        args, kwargs = self.spread(operands)
        return self.op(*args, **kwargs)

    def spread(self, operands: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return positional and keyword arguments with these operands and the call's parameters."""
        values = {operand.name: value for operand, value in zip(self.op.operands, operands, strict=True)}
        values |= {parameter.name: value for parameter, value in zip(self.op.parameters, self.parameters, strict=True)}
        return self.binder.spread(values)

    def emptied(self) -> Call:
        """Return the same call without its arrays, to be kept."""
        other = copy(self)
        other.arrays = []
        return other

    def apply_meta_rule(self, rule: Callable[..., Any], arrays: Sequence[Any], describe: Callable[[Any], Any]) -> Any:
        """Return what the op's `@f.meta` rule computes for this call; the arrays are given by their `Meta`s."""
        operands = [put_back(part, arrays) for part in self.template]
        args, kwargs = self.spread([describe(value) if is_number(value) else value for value in operands])
        return rule(*args, **kwargs)

    @property
    def key(self) -> Any:
        """The comparison key of everything in this call but its arrays; None if it has none."""
        key = (comparison_key(tuple(self.template)), comparison_key(self.parameters), tuple(self.active))
        try:
            hash(key)
        except TypeError:
            return None
        return key


def as_sequence(value: Any) -> Sequence[Any]:
    """Return the items of a sequence, or a value alone: the outputs of what an op returns."""
    return cast("Sequence[Any]", value) if isinstance(value, SEQUENCES) else (value,)


def repack_like(like: Any, values: Sequence[Any]) -> Any:
    """Return other values in the form in which an op returned its outputs."""
    if not isinstance(like, SEQUENCES):
        return values[0]
    kind: Any = like.__class__
    return kind(*values) if hasattr(kind, "_fields") else kind(values)


def put_back(part: Any, arrays: Sequence[Any]) -> Any:
    """Return a part of the template with arrays in place of their indices: the inverse of `taken_out`."""
    if type(part) is Place:
        return arrays[part.index]
    return type(part)(put_back(item, arrays) for item in as_sequence(part)) if isinstance(part, SEQUENCES) else part


def comparison_key(value: Any) -> Any:
    """Return a key that differs between 1, 1.0 and True, and between 0.0 and -0.0."""
    if isinstance(value, SEQUENCES):
        return (value.__class__, *map(comparison_key, as_sequence(value)))
    return (type(value), repr(value)) if is_number(value) else value


def caller(op: Op[Any, Any], framework: Framework, apply: Callable[[Call], Any]) -> Callable[..., Any]:
    """Return a function with the op's signature that splits its call and passes it to `apply`."""
    binder = Binder(op.signature)

    def exported(*args: Any, **kwargs: Any) -> Any:
        return apply(Call(op, binder, framework, binder.bind(args, kwargs)))

    return by_name(op, exported)


def by_name(op: Op[Any, Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function the op's name, signature and docstring."""
    made: Any = function
    made.__qualname__ = made.__name__ = op.short_name.rpartition(".")[2]
    made.__doc__ = op.function.__doc__
    made.__signature__ = op.signature
    made.__module__ = op.function.__module__
    return made


def supports(op: Op[Any, Any], library: str) -> bool:
    """Return whether an op computes on a library's arrays; through NumPy's it can be computed on any."""
    return op.libraries is None or library in op.libraries or library in op.forwards
