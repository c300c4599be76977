"""The four arithmetic operations, signs, absolute values, and the parts of complex numbers.

Forwards use Python's operators, so that they work on any number, exact fractions included.
"""

from __future__ import annotations

import builtins
from math import inf

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import is_number
from mutorch_core.domain import At
from mutorch_ops_basic.operands.domains import NONZERO
from mutorch_ops_basic.operands.dtypes import conjugate, is_complex

__all__ = [
    "abs",
    "add",
    "conj",
    "divide",
    "imag",
    "multiply",
    "negative",
    "positive",
    "real",
    "reciprocal",
    "sign",
    "square",
    "subtract",
]


@op("basic::add", symbol="+", operator="+")
def add(x1: Array, x2: Array, /) -> Array:
    """Sum of x1 and x2, element by element.

    Shapes: x1 and x2 broadcast to the result. Units: all alike.
    Rule:   x̄₁ = ȳ, x̄₂ = ȳ.
    Raises: OperandError where the shapes do not broadcast.
    Source: Array API standard 2024.12.
    """
    return x1 + x2


@add.vjp("x1")
def _(g):
    return g


@add.vjp("x2")
def _(g):
    return g


@op("basic::subtract", symbol="-", operator="-")
def subtract(x1: Array, x2: Array, /) -> Array:
    """Difference of x1 and x2, element by element.

    Shapes: x1 and x2 broadcast to the result. Units: all alike.
    Rule:   x̄₁ = ȳ, x̄₂ = -ȳ.
    Raises: OperandError where the shapes do not broadcast.
    Source: Array API standard 2024.12.
    """
    return x1 - x2


@subtract.vjp("x1")
def _(g):
    return g


@subtract.vjp("x2")
def _(g):
    return -g


@op("basic::multiply", symbol="*", operator="*")
def multiply(x1: Array, x2: Array, /) -> Array:
    """Product of x1 and x2, element by element.

    Shapes: x1 and x2 broadcast to the result. Units: the product of theirs.
    Rule:   x̄₁ = ȳ x₂, x̄₂ = ȳ x₁.
    Raises: OperandError where the shapes do not broadcast.
    Source: Array API standard 2024.12.
    """
    return x1 * x2


@multiply.vjp("x1")
def _(g, x2):
    return g * x2


@multiply.vjp("x2")
def _(g, x1):
    return g * x1


@op("basic::divide", domain={"x2": NONZERO}, kinks=(At("x2", 0.0),), symbol="/", operator="/")
def divide(x1: Array, x2: Array, /) -> Array:
    """Quotient of x1 and x2, element by element.

    Shapes: x1 and x2 broadcast to the result. Units: the quotient of theirs.
    Rule:   x̄₁ = ȳ / x₂, x̄₂ = -(ȳ / x₂)(x₁ / x₂): squares nothing, so it overflows late, and keeps no result.
    At kinks: the same by IEEE 754 at x₂ = 0, a pole.
    Raises: OperandError where the shapes do not broadcast, and where a Python number is divided by zero.
    Source: Array API standard 2024.12.
    """
    return x1 / x2


@divide.vjp("x1")
def _(g, x2):
    return g / x2


@divide.vjp("x2")
def _(g, x1, x2):
    return -(g / x2) * (x1 / x2)


@op("basic::negative", symbol="neg", operator="neg")
def negative(x: Array, /) -> Array:
    """Negation of x, element by element.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = -ȳ.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    return -x


@negative.vjp("x")
def _(g):
    return -g


@op("basic::positive", symbol="pos", operator="pos")
def positive(x: Array, /) -> Array:
    """A copy of x.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    return +x


@positive.vjp("x")
def _(g):
    return g


@op("basic::square")
def square(x: Array, /) -> Array:
    """The product of x with itself, element by element.

    Shapes: x (...), result (...). Units: the square of x's.
    Rule:   x̄ = 2 ȳ x.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    return x * x


@square.vjp("x")
def _(g, x):
    return 2 * (g * x)


@op("basic::reciprocal", domain={"x": NONZERO}, kinks=(At("x", 0.0, cotangent=-inf),))
def reciprocal(x: Array, /) -> Array:
    """One over x, element by element.

    Shapes: x (...), result (...). Units: the reciprocal of x's.
    Rule:   x̄ = -ȳ y², which keeps the result alone.
    At kinks: -inf at x = 0, a pole.
    Raises: OperandError where a Python number is zero.
    Source: Array API standard 2024.12.
    """
    return 1 / x


@reciprocal.vjp("x")
def _(g, out):
    return -(g * out) * out


@op("basic::abs", kinks=(At("x", 0.0, cotangent=0.0),), operator="abs")
def abs(x: Array, /) -> Array:
    """Absolute value of x, element by element; the modulus of a complex number.

    Shapes: x (...), result (...), real. Units: x's.
    Rule:   x̄ = ȳ sign(x); x̄ = ȳ conj(x) / |x| for complex x.
    At kinks: 0 at x = 0.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    return builtins.abs(x)


@abs.vjp("x")
def _(g, x, xp):
    return g * conjugate(sign(x), xp)


@op("basic::sign", kinks=(At("x", 0.0, cotangent=0.0),))
def sign(x: Array, /, *, xp: Namespace = injected) -> Array:
    """-1, 0 or 1 by the sign of x; x / |x| for complex x, and 0 at 0.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = 0; x̄ = (ȳ - Re(ȳ y) conj(y)) / |x| for complex x: only turning it changes its sign.
    At kinks: 0 at x = 0.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    if not is_complex(x):
        return xp.sign(xp.asarray(x))
    modulus = xp.abs(x)
    return x / xp.where(modulus == 0, 1, modulus)


@sign.vjp("x")
def _(g, x, xp):
    if not is_complex(x):
        return xp.zeros_like(g)
    modulus, direction = xp.abs(x), sign(x)
    turned = g - xp.real(g * direction) * xp.conj(direction)
    return xp.where(modulus == 0, 0, turned / xp.where(modulus == 0, 1, modulus))


@abs.samples
@sign.samples
def _(draw, strategies, Sample):
    return Sample(draw(strategies.array(draw(strategies.shape(0, 2)), complex=True)))


@op("basic::real")
def real(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The real part of x; x itself where it is real.

    Shapes: x (...), result (...), real. Units: x's.
    Rule:   x̄ = ȳ, as a complex number.
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    return xp.real(x)


@real.vjp("x")
def _(g):
    return g


@op("basic::imag")
def imag(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The imaginary part of x.

    Shapes: x (...), result (...), real. Units: x's.
    Rule:   x̄ = -i ȳ: rules are transposes, and Re(-i ȳ dx) = ȳ Im(dx).
    Raises: nothing.
    Source: Array API standard 2024.12, which has it for complex x alone.
    """
    return xp.imag(x) if is_complex(x) or is_number(x) else xp.zeros_like(x)


@imag.vjp("x")
def _(g):
    return -1j * g


@op("basic::conj")
def conj(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The complex conjugate of x; x itself where it is real.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = conj(ȳ).
    Raises: nothing.
    Source: Array API standard 2024.12.
    """
    return xp.conj(x)


@conj.vjp("x")
def _(g, xp):
    return xp.conj(g)
