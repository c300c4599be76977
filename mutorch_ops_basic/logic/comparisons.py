"""Comparisons, logic, bits and predicates: their results have no derivative, so these ops have no rules.

Each family is a table, since its ops differ in one function only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from mutorch_core import Array, Namespace, Op, injected, op

__all__ = [
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "equal",
    "greater",
    "greater_equal",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "signbit",
]

BINARY = """{meaning}, element by element.

    Shapes: x1 and x2 broadcast to the result{result}. Units: {units}.
    Rule:   none: the result has no derivative.
    Raises: OperandError where the shapes do not broadcast{refused}.
    Source: Array API standard 2024.12.
    """

UNARY = """{meaning}, element by element.

    Shapes: x (...), result (...), boolean. Units: none.
    Rule:   none: the result has no derivative.
    Raises: {refused}.
    Source: Array API standard 2024.12.
    """


def by_operator(
    name: str, symbol: str, function: Callable[[Any, Any], Any], meaning: str, **facts: str
) -> Op[[Array, Array], Array]:
    """Declare an op of two operands that is one of Python's operators."""

    def forward(x1: Array, x2: Array, /) -> Array:
        return function(x1, x2)

    forward.__name__, forward.__doc__ = name, BINARY.format(meaning=meaning, **facts)
    return op(f"basic::{name}", nondiff=("x1", "x2"), symbol=symbol, operator=symbol)(forward)


def comparison(name: str, symbol: str, function: Callable[[Any, Any], Any]) -> Op[[Array, Array], Array]:
    """Declare a comparison of x1 with x2."""
    meaning = f"True where x1 {symbol} x2"
    return by_operator(name, symbol, function, meaning, result=", boolean", units="x1 and x2 alike", refused="")


def bitwise(name: str, symbol: str, function: Callable[[Any, Any], Any], meaning: str) -> Op[[Array, Array], Array]:
    """Declare an op that combines the bits of x1 and x2."""
    return by_operator(
        name,
        symbol,
        function,
        meaning,
        result="",
        units="none",
        refused=", or a dtype is neither integer nor boolean",
    )


def logical(name: str, meaning: str) -> Op[[Array, Array], Array]:
    """Declare an op that combines the truth values of x1 and x2."""

    def forward(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(xp, name)(x1, x2)

    facts = {"result": ", boolean", "units": "none", "refused": ""}
    forward.__name__, forward.__doc__ = name, BINARY.format(meaning=meaning, **facts)
    return op(f"basic::{name}", nondiff=("x1", "x2"))(forward)


def predicate(name: str, meaning: str, refused: str = "nothing") -> Op[[Array], Array]:
    """Declare a predicate of each element of x."""

    def forward(x: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(xp, name)(x)

    forward.__name__, forward.__doc__ = name, UNARY.format(meaning=meaning, refused=refused)
    return op(f"basic::{name}", nondiff=("x",))(forward)


equal = comparison("equal", "==", operator.eq)
not_equal = comparison("not_equal", "!=", operator.ne)
less = comparison("less", "<", operator.lt)
less_equal = comparison("less_equal", "<=", operator.le)
greater = comparison("greater", ">", operator.gt)
greater_equal = comparison("greater_equal", ">=", operator.ge)

bitwise_and = bitwise("bitwise_and", "&", operator.and_, "The bits set in both x1 and x2")
bitwise_or = bitwise("bitwise_or", "|", operator.or_, "The bits set in x1 or x2")
bitwise_xor = bitwise("bitwise_xor", "^", operator.xor, "The bits set in one of x1 and x2 but not in both")
bitwise_left_shift = bitwise("bitwise_left_shift", "<<", operator.lshift, "x1 shifted to the left by x2 bits")
bitwise_right_shift = bitwise("bitwise_right_shift", ">>", operator.rshift, "x1 shifted to the right by x2 bits")

logical_and = logical("logical_and", "True where both x1 and x2 are true")
logical_or = logical("logical_or", "True where x1 or x2 is true")
logical_xor = logical("logical_xor", "True where one of x1 and x2 is true but not both")

logical_not = predicate("logical_not", "True where x is false")
isfinite = predicate("isfinite", "True where x is neither infinite nor NaN")
isinf = predicate("isinf", "True where x is infinite")
isnan = predicate("isnan", "True where x is NaN")
signbit = predicate("signbit", "True where the sign bit of x is set, -0.0's too", refused="OperandError for complex x")


@op("basic::bitwise_invert", nondiff=("x",), symbol="~", operator="~")
def bitwise_invert(x: Array, /) -> Array:
    """Each bit of x inverted, element by element; negation where x is boolean.

    Shapes: x (...), result (...). Units: none.
    Rule:   none: the result has no derivative.
    Raises: OperandError where x is neither integer nor boolean.
    Source: Array API standard 2024.12.
    """
    return not x if x is True or x is False else ~x  # Python inverts the bits of its booleans


@logical_and.samples
@logical_or.samples
@logical_xor.samples
@bitwise_and.samples
@bitwise_or.samples
@bitwise_xor.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape())
    return Sample(draw(strategies.booleans(shape)), draw(strategies.booleans(shape)))


@logical_not.samples
@bitwise_invert.samples
def _(draw, strategies, Sample):
    return Sample(draw(strategies.booleans(draw(strategies.shape()))))


@signbit.samples
def _(draw, strategies, Sample):
    return Sample(draw(strategies.array(draw(strategies.shape()))))
