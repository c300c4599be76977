"""Another framework's function as an op: its forward is the function, its rule what that framework pulls back.

How many outputs a function has is known when it has returned, an op's are part of its declaration. So the op that
stands for a function is composite, and calls one that has as many outputs as came back. The rule of that one calls
the function's next order, which is the framework's own derivative.
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
from mutorch_core.interop.op_calls import items_of, repacked

__all__ = ["ForeignFramework", "as_op"]


class ForeignFramework(ABC):
    """What a framework does with functions of its arrays."""

    name: str

    @abstractmethod
    def into(self, value: Any) -> Any:
        """An array of whatever library, or a number, as this framework's."""

    @abstractmethod
    def owns(self, value: Any) -> bool:
        """Whether an array is this framework's."""

    @abstractmethod
    def run(self, function: Callable[..., Any], arrays: Sequence[Any]) -> Any:
        """A function's result for values of whatever library."""

    @abstractmethod
    def pulled(self, function: Callable[..., Any], arrays: Sequence[Any], order: Order, cotangents: Any) -> Any:
        """The cotangents of an order's active arrays, so that the framework can differentiate them again."""


@attrs.frozen
class Order:
    """A function of `count` arrays of a framework, or a derivative of one; `reached` are the outputs differentiated."""

    framework: ForeignFramework
    function: Callable[..., Any]
    active: tuple[int, ...]
    count: int
    reached: tuple[int, ...] = ()

    def derivative(self, reached: tuple[int, ...]) -> Order:
        """The function of these arrays and of some outputs' cotangents to the active arrays' cotangents."""
        of = attrs.evolve(self, reached=reached)

        def pulled(*inputs: Any) -> tuple[Any, ...]:
            arrays, cotangents = inputs[: self.count], inputs[self.count :]
            return tuple(self.framework.pulled(self.function, arrays, of, cotangents))

        active = (*self.active, *range(self.count, self.count + len(reached)))
        return Order(self.framework, pulled, active, self.count + len(reached))

    def run(self, arrays: Sequence[Any]) -> Any:
        """Its value for raw arrays, in NumPy's where these are not the framework's."""
        result = self.framework.run(self.function, arrays)
        if any(map(self.framework.owns, arrays)):
            return result
        return repacked(result, [np.asarray(output) for output in items_of(result)])


@cache
def standing_for(outputs: int) -> Op[Any, Any]:
    """The op that stands for functions with so many outputs: of one that has run, `first` holds its result."""
    fields = record_type("Outputs", [f"out{index}" for index in range(outputs)])

    def forward(*arrays: Array, order: Any, first: Any = ()) -> Any:
        found = items_of(first.pop() if first else order.run(arrays))
        return found[0] if outputs == 1 else fields(*found)

    def pulled(given: Sequence[Any], arrays: Sequence[Any], order: Order, needs: Any) -> list[Any]:
        reached = tuple(index for index, g in enumerate(given) if g is not None)
        found = standing_for(len(order.active))(
            *arrays, *[given[index] for index in reached], order=order.derivative(reached)
        )
        by_index = dict(zip(order.active, items_of(found), strict=True))
        return [by_index[index] if need else None for index, need in enumerate(needs.arrays)]

    forward.__annotations__["return"] = Array if outputs == 1 else fields
    made = op(f"interop::foreign_{outputs}")(forward)
    if outputs == 1:

        @made.vjp("arrays")
        def _(g: Any, arrays: Any, order: Any, needs: Any) -> Any:
            return pulled((g,), arrays, order, needs)
    else:

        @made.vjp("arrays")
        def _(g: Any, arrays: Any, order: Any, needs: Any, reached: Any) -> Any:
            return pulled(g, arrays, order, needs)

    return made


def applied(framework: ForeignFramework, function: Callable[..., Any], arrays: Sequence[Any]) -> Any:
    """A function of arrays applied to `Var`s and raw ones."""
    raw = [unwrap(array) for array in arrays]
    active = tuple(index for index, value in enumerate(raw) if carries_gradient(value))
    order = Order(framework, function, active, len(raw))
    result = order.run(raw)
    outputs = items_of(result)
    found = standing_for(len(outputs))(*arrays, order=order, first=[result])
    return repacked(result, items_of(found))


# ------------------------------------------------------------------------------------------------ the op's signature


ARRAYS = ("Tensor", "Array", "ndarray", "ArrayLike")


def is_operand(parameter: Parameter) -> bool:
    """Whether a parameter is an array, told by its annotation; one that has none is, unless it has a default."""
    if parameter.annotation is not Parameter.empty:
        text = parameter.annotation if isinstance(parameter.annotation, str) else repr(parameter.annotation)
        return any(name in text for name in ARRAYS)
    return parameter.default is Parameter.empty


def with_operands(name: str, signature: Signature, operands: Sequence[str] | None) -> Signature:
    """A signature as an op's: operands annotated, all else static. Raises OperandError where there is no operand."""
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
    """The op of a foreign function, which is called by position as far as `signature` allows; `written` is its text."""
    declared = with_operands(name, signature, operands)

    def forward(*args: Any, **kwargs: Any) -> Any:
        call = declared.bind(*args, **kwargs)
        call.apply_defaults()
        places, arrays = taken_out(made, call.arguments, complexes)

        def of_arrays(*given: Any) -> Any:
            call.arguments.update({name: given[where] for name, where in places.items()})
            return as_outputs(name, function(*call.args, **call.kwargs))

        return applied(framework, of_arrays, arrays)

    vars(forward)["__signature__"] = declared
    forward.__doc__ = inspect.getdoc(written)
    made: Op[Any, Any] = op(name, domain=domain, kinks=kinks, nondiff=nondiff, composite=True)(forward)
    if hasattr(written, "__code__"):
        made.declaration = attrs.evolve(made.declaration, place=source_location(written))
    return made


def taken_out(made: Op[Any, Any], arguments: Mapping[str, Any], complexes: bool) -> tuple[dict[str, Any], list[Any]]:
    """The arrays of a call, and for each operand what puts them back."""
    places: dict[str, Any] = {}
    arrays: list[Any] = []
    for operand in made.operands:
        value = arguments[operand.name]
        if value is None:
            continue
        start = len(arrays)
        items = (value,) if operand.kind == "single" else value
        refuse_complex(made.name, operand.name, items, complexes)
        arrays += items
        places[operand.name] = start if operand.kind == "single" else slice(start, len(arrays))
    return places, arrays


def refuse_complex(name: str, operand: str, items: Sequence[Any], complexes: bool) -> None:
    """Raise OperandError for a complex array where the function is not said to take them."""
    if not complexes and any(np.iscomplexobj(unwrap(item)) for item in items):
        raise OperandError(f"{name}: {operand} is complex; say complexes=True if the function is made for that")


def as_outputs(name: str, result: Any) -> Any:
    """A function's outputs. Raises OperandError where these are no arrays."""
    for output in items_of(result):
        if not hasattr(output, "dtype"):
            raise OperandError(f"{name} returned a {type(output).__name__}: an op returns arrays, one or a tuple")
    return result
