"""Reciprocals of the circular and hyperbolic functions, and their inverses. Angles are in radians.

Real operands use separate formulas where 1 / cosh(x) would overflow or acos(1 / x) would cancel near 1.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, pi
from typing import Any

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.domain import At, Interval, Union
from mutorch_ops_basic.elementwise.trigonometry import sqrt_one_plus_square
from mutorch_ops_basic.operands.domains import NONZERO
from mutorch_ops_basic.operands.dtypes import is_complex

__all__ = ["arccot", "arccoth", "arccsc", "arccsch", "arcsec", "cot", "coth", "csc", "csch", "sec", "sech"]

Formula = Callable[[Any, Any], Any]

BESIDE_POLES = Union(Interval(-pi, 0), Interval(0, pi))
BETWEEN_POLES = Union(Interval(-1.5 * pi, -pi / 2), Interval(-pi / 2, pi / 2), Interval(pi / 2, 1.5 * pi))
OUTSIDE = Union(Interval(-inf, -1), Interval(1, inf))
FALLING = (At("x", -1.0, cotangent=-inf), At("x", 1.0, cotangent=-inf))
RISING = (At("x", -1.0, cotangent=inf), At("x", 1.0, cotangent=inf))


def reciprocal_of(
    name: str,
    meaning: str,
    formula: Formula,
    rule: Callable[..., Any],
    text: str,
    domain: Interval | Union | None = None,
    *,
    real: Formula | None = None,
    kinks: tuple[At, ...] = (),
    source: str = "4.3",
) -> Op[[Array], Array]:
    """Declare an op by its formula, a second formula for real operands, its rule, and the rule's text."""

    def forward(x: Array, /, *, xp: Namespace = injected) -> Array:
        return formula(x, xp) if real is None or is_complex(x) else real(x, xp)

    ends = f"\n    At kinks: {kinks[1].cotangent} at x = ±1, a pole." if kinks else ""
    forward.__name__ = name
    forward.__doc__ = f"""{meaning}, element by element.

    Shapes: x (...), result (...). Units: {"the result" if name.startswith("arc") else "x"} in radians.
    Rule:   {text}{ends}
    Raises: nothing{"; NaN for real x inside of (-1, 1)" if domain is OUTSIDE else ""}.
    Source: Abramowitz & Stegun {source}.
    """
    declared = op(f"basic::{name}", domain={} if domain is None else {"x": domain}, kinks=kinks)(forward)
    declared.vjp("x")(rule)
    return declared


def with_sign_of(magnitude: Any, x: Any, xp: Any) -> Any:
    """Return a magnitude with the sign of x, the sign of a zero included."""
    return xp.copysign(magnitude, x)


def exp_minus_abs(x: Any, xp: Any) -> Any:
    """Return exp(-|x|), which does not overflow."""
    return xp.exp(-abs(x))


def sqrt_square_minus_one(x: Any, xp: Any) -> Any:
    """Return √(x² - 1): the leg beside one of length 1 where |x| is the hypotenuse."""
    return xp.sqrt(abs(x) - 1) * xp.sqrt(abs(x) + 1)


def one_minus_inverse_square(x: Any) -> Any:
    """Return 1 - 1/x², without cancelling near ±1; adding 0 turns the -0 at -1 round, and with it the pole there."""
    return (x - 1) / x * ((x + 1) / x) + 0.0


cot = reciprocal_of(
    "cot", "Cotangent, cos(x) / sin(x)", lambda x, xp: 1 / xp.tan(x),
    lambda g, out: -(g * (1 + out * out)), "x̄ = -ȳ (1 + y²).", BESIDE_POLES,
)  # fmt: skip
csc = reciprocal_of(
    "csc", "Cosecant, 1 / sin(x)", lambda x, xp: 1 / xp.sin(x),
    lambda g, x, out, xp: -(g * out) / xp.tan(x), "x̄ = -ȳ y / tan(x).", BESIDE_POLES,
)  # fmt: skip
sec = reciprocal_of(
    "sec", "Secant, 1 / cos(x)", lambda x, xp: 1 / xp.cos(x),
    lambda g, x, out, xp: g * out * xp.tan(x), "x̄ = ȳ y tan(x).", BETWEEN_POLES,
)  # fmt: skip

csch = reciprocal_of(
    "csch", "Hyperbolic cosecant, 1 / sinh(x)", lambda x, xp: 1 / xp.sinh(x),
    lambda g, x, out, xp: -(g * out) / xp.tanh(x), "x̄ = -ȳ y / tanh(x).", NONZERO, source="4.5",
    real=lambda x, xp: with_sign_of(2 * exp_minus_abs(x, xp) / -xp.expm1(-2 * abs(x)), x, xp),
)  # fmt: skip
coth = reciprocal_of(
    "coth", "Hyperbolic cotangent, cosh(x) / sinh(x)", lambda x, xp: 1 / xp.tanh(x),
    lambda g, x: -(g * csch(x)) * csch(x), "x̄ = -ȳ csch(x)²: 1 - y² would cancel for large x.", NONZERO, source="4.5",
)  # fmt: skip
sech = reciprocal_of(
    "sech", "Hyperbolic secant, 1 / cosh(x)", lambda x, xp: 1 / xp.cosh(x),
    lambda g, x, out, xp: -(g * out) * xp.tanh(x), "x̄ = -ȳ y tanh(x).", source="4.5",
    real=lambda x, xp: 2 * exp_minus_abs(x, xp) / (1 + xp.exp(-2 * abs(x))),
)  # fmt: skip

arccot = reciprocal_of(
    "arccot", "Inverse cotangent, in (-π/2, π/2], atan(1 / x)", lambda x, xp: xp.atan(1 / x),
    lambda g, x, xp: -(g / sqrt_one_plus_square(x, xp) / sqrt_one_plus_square(x, xp)),
    "x̄ = -ȳ / (1 + x²), dividing by the root of it twice.",
    NONZERO, real=lambda x, xp: xp.atan2(with_sign_of(xp.ones_like(x), x, xp), abs(x)), source="4.4",
)  # fmt: skip
arccsc = reciprocal_of(
    "arccsc", "Inverse cosecant, in [-π/2, π/2], asin(1 / x)", lambda x, xp: xp.asin(1 / x),
    lambda g, x, xp: -xp.divide(g / x / x, xp.sqrt(one_minus_inverse_square(x))), "x̄ = -ȳ / (x² √(1 - 1/x²)).", OUTSIDE,
    real=lambda x, xp: xp.atan2(with_sign_of(xp.ones_like(x), x, xp), sqrt_square_minus_one(x, xp)),
    kinks=FALLING, source="4.4",
)  # fmt: skip
arcsec = reciprocal_of(
    "arcsec", "Inverse secant, in [0, π], acos(1 / x)", lambda x, xp: xp.acos(1 / x),
    lambda g, x, xp: xp.divide(g / x / x, xp.sqrt(one_minus_inverse_square(x))), "x̄ = ȳ / (x² √(1 - 1/x²)).", OUTSIDE,
    real=lambda x, xp: xp.atan2(sqrt_square_minus_one(x, xp), with_sign_of(xp.ones_like(x), x, xp)),
    kinks=RISING, source="4.4",
)  # fmt: skip
arccoth = reciprocal_of(
    "arccoth", "Inverse hyperbolic cotangent, atanh(1 / x)", lambda x, xp: xp.atanh(1 / x),
    lambda g, x, xp: -xp.divide(g / x / x, one_minus_inverse_square(x)), "x̄ = -ȳ / (x² (1 - 1/x²)).", OUTSIDE,
    real=lambda x, xp: with_sign_of(0.5 * xp.log1p(xp.divide(2, abs(x) - 1)), x, xp), kinks=FALLING, source="4.6",
)  # fmt: skip
arccsch = reciprocal_of(
    "arccsch", "Inverse hyperbolic cosecant, asinh(1 / x)", lambda x, xp: xp.asinh(1 / x),
    lambda g, x, xp: -(g * (1 / x / sqrt_one_plus_square(1 / x, xp)) / x),
    "x̄ = -ȳ / (x² √(1 + 1/x²)).", NONZERO, source="4.6",
)  # fmt: skip
