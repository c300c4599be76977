"""Sums and products of any number of arrays, as one node instead of a chain."""

from __future__ import annotations

from functools import reduce
from operator import add, mul

from mutorch_core import Array, op

__all__ = ["add_sequence", "multiply_sequence"]


@op("basic::add_sequence")
def add_sequence(*variables: Array) -> Array:
    """The sum of arrays, element by element.

    Shapes: variables broadcast to the result. Units: all alike.
    Rule:   each gets ȳ.
    Raises: OperandError where the shapes do not broadcast, or there is nothing to add.
    Source: the sum of n terms.
    """
    return reduce(add, variables)


@add_sequence.vjp("variables")
def _(g, needs):
    return [g] * len(needs.variables)


@op("basic::multiply_sequence")
def multiply_sequence(*variables: Array) -> Array:
    """The product of arrays, element by element.

    Shapes: variables broadcast to the result. Units: the product of theirs.
    Rule:   each gets ȳ times those before it times those after it: right at 0, unlike ȳ y / x.
    Raises: OperandError where the shapes do not broadcast, or there is nothing to multiply.
    Source: the product rule for n factors.
    """
    return reduce(mul, variables)


@multiply_sequence.vjp("variables")
def _(g, variables, needs):
    before, after = [g], [1]
    for variable in variables[:-1]:
        before.append(before[-1] * variable)
    for variable in variables[:0:-1]:
        after.append(variable * after[-1])
    pairs = zip(before, reversed(after), needs.variables, strict=True)
    return [ahead * behind if needed else None for ahead, behind, needed in pairs]
