"""A function of another framework as an op. Its rule is the derivative that the framework computes.

An op declares its outputs, but a foreign function's are known only after a call. So the op is composite: it calls the
function, then an inner op with that many outputs. The inner op's rule calls the function's next order, which is the
framework's own derivative.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import Parameter, Signature
from typing import Any

import attrs
import numpy as np

from mutorch_core.arrays.meta import carries_gradient
from mutorch_core.declaration.annotations import Array
from mutorch_core.declaration.op import Op, op
from mutorch_core.declaration.pullback import record_type
from mutorch_core.declaration.signatures import source_location
from mutorch_core.domain import Domain, Kink
from mutorch_core.errors import OperandError
from mutorch_core.graph.var import unwrap
from mutorch_core.interop.op_calls import as_sequence, repack_like

__all__ = ["ForeignFramework", "as_op"]


class ForeignFramework(ABC):
    """A framework's operations: conversion of arrays, calls of functions, and their derivatives."""

    @abstractmethod
    def into(self, value: Any) -> Any:
        """Convert an array of any library, or a number, to this framework's array."""

    @abstractmethod
    def owns(self, value: Any) -> bool:
        """Return whether an array belongs to this framework."""

    @abstractmethod
    def run(self, function: Callable[..., Any], arrays: Sequence[Any]) -> Any:
        """Return a function's result for values of any library."""

    @abstractmethod
    def pull_back(
        self, order: ForeignOrder, reached: Sequence[int], arrays: Sequence[Any], cotangents: Sequence[Any]
    ) -> Any:
        """Return the cotangents of an order's active arrays, in a form that the framework can differentiate again.

        `reached` are the indices of the outputs that the cotangents belong to.
        """


@attrs.frozen
class ForeignOrder:
    """A function of `count` arrays of a framework, or its derivative, differentiated in the `active` ones."""

    framework: ForeignFramework
    function: Callable[..., Any]
    active: tuple[int, ...]
    count: int

    def derivative(self, reached: tuple[int, ...]) -> ForeignOrder:
        """Return the function from these arrays and some outputs' cotangents to the active arrays' cotangents."""

        def pull_back(*inputs: Any) -> tuple[Any, ...]:
            arrays, cotangents = inputs[: self.count], inputs[self.count :]
            return tuple(self.framework.pull_back(self, reached, arrays, cotangents))

        active = (*self.active, *range(self.count, self.count + len(reached)))
        return ForeignOrder(self.framework, pull_back, active, self.count + len(reached))

    def run(self, arrays: Sequence[Any]) -> Any:
        """Return the value for raw arrays; a NumPy array unless one of them belongs to the framework."""
        result = self.framework.run(self.function, arrays)
        if any(map(self.framework.owns, arrays)):
            return result
        return repack_like(result, [np.asarray(output) for output in as_sequence(result)])


@cache
def inner_op(outputs: int) -> Op[Any, Any]:
    """Return the inner op for this many outputs. `first` holds the function's result if it has run already."""
    fields = record_type("Outputs", [f"out{index}" for index in range(outputs)])

    def forward(*arrays: Array, order: Any, first: Any = ()) -> Any:
        results = as_sequence(first.pop() if first else order.run(arrays))
        return results[0] if outputs == 1 else fields(*results)

    def pull_back(gs: Sequence[Any], arrays: Sequence[Any], order: ForeignOrder, needs: Any) -> list[Any]:
        reached = tuple(index for index, g in enumerate(gs) if g is not None)
        derivative = inner_op(len(order.active))
        cotangents = derivative(*arrays, *[gs[index] for index in reached], order=order.derivative(reached))
        by_index = dict(zip(order.active, as_sequence(cotangents), strict=True))
        return [by_index[index] if need else None for index, need in enumerate(needs.arrays)]

    forward.__annotations__["return"] = Array if outputs == 1 else fields
    inner = op(f"interop::foreign_{outputs}")(forward)
    if outputs == 1:

        @inner.vjp("arrays")
        def _(g: Any, arrays: Any, order: Any, needs: Any) -> Any:
            return pull_back((g,), arrays, order, needs)
    else:

        @inner.vjp("arrays")
        def _(g: Any, arrays: Any, order: Any, needs: Any, reached: Any) -> Any:
            return pull_back(g, arrays, order, needs)

    return inner


def apply_function(framework: ForeignFramework, function: Callable[..., Any], arrays: Sequence[Any]) -> Any:
    """Apply a function of arrays to `Var`s and raw arrays."""
    raw = [unwrap(array) for array in arrays]
    active = tuple(index for index, value in enumerate(raw) if carries_gradient(value))
    order = ForeignOrder(framework, function, active, len(raw))
    result = order.run(raw)
    outputs = as_sequence(result)
    tracked = inner_op(len(outputs))(*arrays, order=order, first=[result])
    return repack_like(result, as_sequence(tracked))


ARRAY_TYPES = ("Tensor", "Array", "ndarray", "ArrayLike")


def is_operand(parameter: Parameter) -> bool:
    """Return whether a parameter is an array by its annotation. Without one, it is if it has no default."""
    if parameter.annotation is not Parameter.empty:
        text = parameter.annotation if isinstance(parameter.annotation, str) else repr(parameter.annotation)
        return any(name in text for name in ARRAY_TYPES)
    return parameter.default is Parameter.empty


def with_operands(name: str, signature: Signature, operands: Sequence[str] | None) -> Signature:
    """Return a signature with annotated operands. Raises OperandError if the function has no such parameter."""
    if operands is not None and (unknown := set(operands) - set(signature.parameters)):
        raise OperandError(
            f"{name} has no parameter {', '.join(sorted(unknown))}; it has {', '.join(signature.parameters)}"
        )
    parameters: list[Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.kind is Parameter.VAR_KEYWORD:
            continue
        chosen = is_operand(parameter) if operands is None else parameter.name in operands
        annotation: Any = parameter.annotation
        if chosen:
            annotation = Array | None if parameter.default is None else Array
        parameters.append(parameter.replace(annotation=annotation))
    return Signature(parameters, return_annotation=Array)


def as_op(
    name: str,
    function: Callable[..., Any],
    written: Callable[..., Any],
    signature: Signature,
    framework: ForeignFramework,
    operands: Sequence[str] | None,
    complexes: bool,
    domain: Mapping[str, Domain] | None,
    kinks: Sequence[Kink],
    nondiff: Sequence[str],
) -> Op[Any, Any]:
    """Return the op of a foreign function. `written` is the function whose docstring and location the op gets."""
    declared = with_operands(name, signature, operands)

    def forward(*args: Any, **kwargs: Any) -> Any:
        call = declared.bind(*args, **kwargs)
        call.apply_defaults()
        positions, arrays = extract_arrays(made, call.arguments, complexes)

        def of_arrays(*values: Any) -> Any:
            call.arguments.update({name: values[position] for name, position in positions.items()})
            return as_outputs(name, function(*call.args, **call.kwargs))

        return apply_function(framework, of_arrays, arrays)

    vars(forward)["__signature__"] = declared
    forward.__doc__ = inspect.getdoc(written)
    made: Op[Any, Any] = op(name, domain=domain, kinks=kinks, nondiff=nondiff, composite=True)(forward)
    if hasattr(written, "__code__"):
        made.declaration = attrs.evolve(made.declaration, place=source_location(written))
    return made


def extract_arrays(
    made: Op[Any, Any], arguments: Mapping[str, Any], complexes: bool
) -> tuple[dict[str, Any], list[Any]]:
    """Return the arrays of a call, and for each operand the index or slice of its arrays."""
    positions: dict[str, Any] = {}
    arrays: list[Any] = []
    for operand in made.operands:
        value = arguments[operand.name]
        if value is None:
            continue
        start = len(arrays)
        items = (value,) if operand.kind == "single" else value
        refuse_complex(made.name, operand.name, items, complexes)
        arrays += items
        positions[operand.name] = start if operand.kind == "single" else slice(start, len(arrays))
    return positions, arrays


def refuse_complex(name: str, operand: str, items: Sequence[Any], complexes: bool) -> None:
    """Raise OperandError for a complex array unless `complexes` is set."""
    if not complexes and any(np.iscomplexobj(unwrap(item)) for item in items):
        raise OperandError(f"{name}: {operand} is complex; say complexes=True if the function is made for that")


def as_outputs(name: str, result: Any) -> Any:
    """Return a function's result. Raises OperandError if one of its outputs is no array."""
    for output in as_sequence(result):
        if not hasattr(output, "dtype"):
            raise OperandError(f"{name} returned a {type(output).__name__}: an op returns arrays, one or a tuple")
    return result
