"""`Call`: a call of an op as a function of its arrays only, as frameworks differentiate functions.

    multiply(2.0, t)            arrays (t,)         template (2.0, Slot(0))
    getitem(t, (0, i))          arrays (t, i)       template (Slot(0), (0, Slot(1))); t may carry a gradient

Numbers, sequences, keys and parameters stay in the template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, cast

import attrs

from mutorch_core.arrays.meta import meta_of
from mutorch_core.arrays.namespaces import SEQUENCES, is_number
from mutorch_core.declaration.call_boundary import Binder
from mutorch_core.declaration.op import Op

__all__ = ["Call", "Framework", "as_sequence", "by_name", "caller", "repack_like", "supports"]


@attrs.frozen
class Slot:
    """The position of an array that was taken out of a call: its index in `Call.arrays`."""

    index: int


@attrs.frozen
class Framework:
    """A framework's tests: which values are its arrays, and which of these can carry a gradient."""

    is_array: Callable[[Any], bool]
    is_floating: Callable[[Any], bool]
    sequence: Callable[[Any], Any] = lambda value: value
    """Converts a sequence that the framework traces into a list of traced values."""


class Call:
    """One call of an op, split into arrays and a template. `active` are the indices of arrays with a gradient."""

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
                template.append(Slot(len(self.arrays)))
                self.arrays.append(value)
            elif value is None or is_number(value):
                template.append(value)
            else:
                self.nested = True
                template.append(self.take_out(framework, framework.sequence(value), operand.differentiable))
        self.template = template

    def take_out(self, framework: Framework, value: Any, differentiable: bool) -> Any:
        """Collect the arrays of a sequence or key, and return it with a `Slot` for each."""
        if isinstance(value, SEQUENCES):
            return type(value)(self.take_out(framework, item, differentiable) for item in as_sequence(value))
        if not framework.is_array(value):
            return value
        if differentiable and framework.is_floating(value):
            self.active.append(len(self.arrays))
        self.arrays.append(value)
        return Slot(len(self.arrays) - 1)

    def __call__(self, *arrays: Any) -> Any:
        """Return the op's result for these arrays in place of the call's."""
        if not self.nested:
            operands = [arrays[part.index] if type(part) is Slot else part for part in self.template]
        else:
            operands = [put_back(part, arrays) for part in self.template]
        args, kwargs = self.spread(operands)
        return self.op(*args, **kwargs)

    def spread(self, operands: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the positional and keyword arguments that pass these operands and the call's parameters."""
        values = {operand.name: value for operand, value in zip(self.op.operands, operands, strict=True)}
        values |= {parameter.name: value for parameter, value in zip(self.op.parameters, self.parameters, strict=True)}
        return self.binder.spread(values)

    def without_arrays(self) -> Call:
        """Return a copy without the arrays, which can be cached without keeping them alive."""
        other = copy(self)
        other.arrays = []
        return other

    def apply_meta_rule(self, rule: Callable[..., Any], arrays: Sequence[Any]) -> Any:
        """Apply the op's `@f.meta` rule to this call with the arrays' `Meta`s."""
        operands = [put_back(part, arrays) for part in self.template]
        args, kwargs = self.spread([meta_of(value) if is_number(value) else value for value in operands])
        return rule(*args, **kwargs)

    @property
    def key(self) -> Any:
        """A hashable key of everything but the arrays, or None if some value can't be hashed."""
        key = (comparison_key(tuple(self.template)), comparison_key(self.parameters), tuple(self.active))
        try:
            hash(key)
        except TypeError:
            return None
        return key


def as_sequence(value: Any) -> Sequence[Any]:
    """Return a sequence as it is, and any other value as a tuple of one."""
    return cast("Sequence[Any]", value) if isinstance(value, SEQUENCES) else (value,)


def repack_like(like: Any, values: Sequence[Any]) -> Any:
    """Return other values in the form of an op's result `like`: one value, or the same type of sequence."""
    if not isinstance(like, SEQUENCES):
        return values[0]
    kind: Any = like.__class__
    return kind(*values) if hasattr(kind, "_fields") else kind(values)


def put_back(part: Any, arrays: Sequence[Any]) -> Any:
    """Return a part of the template with arrays in their slots: the inverse of `take_out`."""
    if type(part) is Slot:
        return arrays[part.index]
    return type(part)(put_back(item, arrays) for item in as_sequence(part)) if isinstance(part, SEQUENCES) else part


def comparison_key(value: Any) -> Any:
    """Return a key for a value. It differs between 1, 1.0 and True, and between 0.0 and -0.0, which compare equal."""
    if isinstance(value, SEQUENCES):
        return (value.__class__, *map(comparison_key, as_sequence(value)))
    return (type(value), repr(value)) if is_number(value) else value


def caller(op: Op[Any, Any], framework: Framework, apply: Callable[[Call], Any]) -> Callable[..., Any]:
    """Return a function with the op's signature that applies `apply` to the `Call` it is called with."""
    binder = Binder(op.signature)

    def exported(*args: Any, **kwargs: Any) -> Any:
        return apply(Call(op, binder, framework, binder.bind(args, kwargs)))

    return by_name(op, exported)


def by_name(op: Op[Any, Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function the op's name, signature and docstring."""
    named: Any = function
    named.__qualname__ = named.__name__ = op.short_name.rpartition(".")[2]
    named.__doc__ = op.function.__doc__
    named.__signature__ = op.signature
    named.__module__ = op.function.__module__
    return named


def supports(op: Op[Any, Any], library: str) -> bool:
    """Return whether an op computes on a library's arrays without a conversion to NumPy."""
    return op.libraries is None or library in op.libraries or library in op.forwards
