"""Predicates that the standard lacks: closeness and kinds of values. These ops have no rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.authoring import as_arrays, device_of
from mutorch_ops_basic.operands.dtypes import is_complex

__all__ = ["allclose", "array_equal", "isclose", "iscomplex", "isneginf", "isposinf", "isreal"]


@op("basic::isclose", nondiff=("x1", "x2"))
def isclose(
    x1: Array,
    x2: Array,
    /,
    *,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
    xp: Namespace = injected,
) -> Array:
    """True if |x1 - x2| ≤ atol + rtol |x2|, element by element; an infinity is close only to itself.

    Shapes: x1 and x2 broadcast to the result, boolean. Units: x1, x2 and `atol` alike.
    Rule:   none: the result has no derivative.
    Raises: OperandError where the shapes do not broadcast.
    Source: `numpy.isclose`.
    """
    return is_near(x1, x2, rtol, atol, equal_nan, xp)


@op("basic::allclose", nondiff=("x1", "x2"))
def allclose(
    x1: Array,
    x2: Array,
    /,
    *,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
    xp: Namespace = injected,
) -> Array:
    """True if |x1 - x2| ≤ atol + rtol |x2| everywhere; an infinity is close only to itself.

    Shapes: x1 and x2 broadcast, result (), boolean. Units: x1, x2 and `atol` alike.
    Rule:   none: the result has no derivative.
    Raises: OperandError where the shapes do not broadcast.
    Source: `numpy.allclose`.
    """
    return xp.all(is_near(x1, x2, rtol, atol, equal_nan, xp))


@op("basic::array_equal", nondiff=("x1", "x2"))
def array_equal(x1: Array, x2: Array, /, *, equal_nan: bool = False, xp: Namespace = injected) -> Array:
    """True if two arrays have one shape and equal entries.

    Shapes: x1 (...), x2 (...), result (), boolean. Units: x1's and x2's alike.
    Rule:   none: the result has no derivative.
    Raises: nothing.
    Source: `numpy.array_equal`.
    """
    x1, x2 = as_arrays(xp, x1, x2)
    if x1.shape != x2.shape:
        return xp.asarray(False, device=device_of(x1))
    same = x1 == x2
    return xp.all(same | both_nan(x1, x2) if equal_nan else same)


def is_near(x1: Any, x2: Any, rtol: float, atol: float, equal_nan: bool, xp: Any) -> Any:
    """Return whether two values are close, element by element, without subtracting infinities."""
    x1, x2 = as_arrays(xp, x1, x2)
    finite = xp.isfinite(x1) & xp.isfinite(x2)
    gap = xp.abs(xp.where(finite, x1, 0) - xp.where(finite, x2, 0))
    close = (x1 == x2) | (finite & (gap <= atol + rtol * xp.abs(xp.where(finite, x2, 0))))
    return close | both_nan(x1, x2) if equal_nan else close


def both_nan(x1: Any, x2: Any) -> Any:
    """Return whether both are NaN, element by element."""
    return is_nan(x1) & is_nan(x2)


def is_nan(x: Any) -> Any:
    """Return whether a number or each entry is NaN; a library's `isnan` may refuse numbers and integers."""
    return x != x  # noqa: PLR0124 - that is what NaN does


def elementwise_predicate(
    name: str, meaning: str, formula: Callable[[Any, Any], Any], refused: str = "nothing"
) -> Op[[Array], Array]:
    """Declare a predicate of each element of x."""

    def forward(x: Array, /, *, xp: Namespace = injected) -> Array:
        return formula(xp.asarray(x), xp)

    forward.__name__ = name
    forward.__doc__ = f"""{meaning}, element by element.

    Shapes: x (...), result (...), boolean. Units: none.
    Rule:   none: the result has no derivative.
    Raises: {refused}.
    Source: `numpy.{name}`.
    """
    return op(f"basic::{name}", nondiff=("x",))(forward)


def imaginary(x: Any, xp: Any) -> Any:
    """Return the imaginary part, of real numbers too."""
    return xp.imag(x) if is_complex(x) else xp.zeros_like(x)


ORDERED = "OperandError for complex x, which has no sign"

iscomplex = elementwise_predicate(
    "iscomplex", "True where x has an imaginary part other than 0", lambda x, xp: imaginary(x, xp) != 0
)
isreal = elementwise_predicate(
    "isreal", "True where x has no imaginary part, or one of 0", lambda x, xp: imaginary(x, xp) == 0
)
isneginf = elementwise_predicate(
    "isneginf", "True where x is negative infinity", lambda x, xp: xp.isinf(x) & xp.signbit(x), ORDERED
)
isposinf = elementwise_predicate(
    "isposinf", "True where x is positive infinity", lambda x, xp: xp.isinf(x) & ~xp.signbit(x), ORDERED
)
