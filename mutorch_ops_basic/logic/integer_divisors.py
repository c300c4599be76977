"""Divisors and multiples of integers: results without a derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.authoring import as_arrays

__all__ = ["gcd", "lcm"]


def euclid(x1: Any, x2: Any, xp: Any) -> Any:
    """Return the greatest common divisor, by division with remainder until nothing remains."""
    x1, x2 = xp.broadcast_arrays(*map(xp.abs, as_arrays(xp, x1, x2)))
    while xp.any(x2 != 0):
        idle = x2 == 0
        x1, x2 = xp.where(idle, x1, x2), xp.where(idle, 0, x1 % xp.where(idle, 1, x2))
    return x1


def multiple(x1: Any, x2: Any, xp: Any) -> Any:
    """Return the least common multiple; 0 where one is 0."""
    x1, x2 = as_arrays(xp, x1, x2)
    divisor = euclid(x1, x2, xp)
    return xp.abs(x1 // xp.where(divisor == 0, 1, divisor) * x2)


def of_integers(name: str, meaning: str, formula: Callable[[Any, Any, Any], Any]) -> Op[[Array, Array], Array]:
    """Declare an op of integers; libraries without the function compute it by the formula."""

    def forward(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(xp, name)(x1, x2) if hasattr(xp, name) else formula(x1, x2, xp)

    forward.__name__ = name
    forward.__doc__ = f"""{meaning}, element by element.

    Shapes: x1 and x2 broadcast to the result. Units: x1 and x2 alike.
    Rule:   none: integers have no derivative.
    Raises: OperandError where the shapes do not broadcast, or a dtype is not integer.
    Source: Euclid, Elements VII.
    """
    declared = op(f"basic::{name}", nondiff=("x1", "x2"))(forward)

    @declared.forward("torch")
    def _(x1: Any, x2: Any, /, *, xp: Any) -> Any:
        return getattr(xp, name)(*as_arrays(xp, x1, x2))

    return declared


gcd = of_integers("gcd", "The greatest common divisor of x1 and x2, 0 where both are 0", euclid)
lcm = of_integers("lcm", "The least common multiple of x1 and x2, 0 where one is 0", multiple)
