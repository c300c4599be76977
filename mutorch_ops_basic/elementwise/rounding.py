"""Rounding, division with remainder, signs and neighbouring numbers."""

from __future__ import annotations

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.domain import At, Multiple
from mutorch_ops_basic.elementwise.arithmetic import sign
from mutorch_ops_basic.operands.domains import NONZERO

__all__ = ["ceil", "copysign", "fabs", "floor", "floor_divide", "fmod", "nextafter", "remainder", "round", "trunc"]


def rounding(name: str, meaning: str, step: float = 1.0) -> Op[[Array], Array]:
    """Declare an op that is constant between its jumps at multiples of `step`."""

    def forward(x: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(xp, name)(x)

    forward.__name__ = name
    forward.__doc__ = f"""{meaning}, element by element.

    Shapes: x (...), result (...). Units: x's.
    Rule:   none: the result is constant between its jumps, so no gradient flows.
    At kinks: none either, at the jumps.
    Raises: OperandError for complex x.
    Source: Array API standard 2024.12.
    """
    return op(f"basic::{name}", nondiff=("x",), kinks=(Multiple("x", step),))(forward)


ceil = rounding("ceil", "The smallest integer that is not below x")
floor = rounding("floor", "The largest integer that is not above x")
trunc = rounding("trunc", "The integer nearest to x that is not further from 0")
round = rounding("round", "The integer nearest to x, the even one of two", step=0.5)


@op(
    "basic::floor_divide",
    domain={"x2": NONZERO},
    kinks=(Multiple("x1", "x2"),),
    nondiff=("x1", "x2"),
    symbol="//",
    operator="//",
)
def floor_divide(x1: Array, x2: Array, /) -> Array:
    """The largest integer that is not above x1 / x2, element by element.

    Shapes: x1 and x2 broadcast to the result. Units: none, x1 and x2 alike.
    Rule:   none: the result is constant between its jumps, so no gradient flows.
    At kinks: none either, where x1 is a multiple of x2.
    Raises: OperandError where the shapes do not broadcast, and where a Python number is divided by zero.
    Source: Array API standard 2024.12.
    """
    return x1 // x2


@op("basic::remainder", domain={"x2": NONZERO}, kinks=(Multiple("x1", "x2"),), symbol="%", operator="%")
def remainder(x1: Array, x2: Array, /) -> Array:
    """The remainder of x1 divided by x2, with the sign of x2.

    Shapes: x1 and x2 broadcast to the result. Units: all alike.
    Rule:   x̄₁ = ȳ, x̄₂ = -ȳ ⌊x₁ / x₂⌋, by the floor division that belongs to this remainder.
    At kinks: the same, as if approached from the side of larger x₁ / x₂.
    Raises: OperandError where the shapes do not broadcast, and where a Python number is divided by zero.
    Source: Array API standard 2024.12.
    """
    return x1 % x2


@remainder.vjp("x1")
def _(g):
    return g


@remainder.vjp("x2")
def _(g, x1, x2):
    return -(g * (x1 // x2))


@op("basic::fmod", domain={"x2": NONZERO}, kinks=(Multiple("x1", "x2"),))
def fmod(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The remainder of x1 divided by x2, with the sign of x1.

    Shapes: x1 and x2 broadcast to the result. Units: all alike.
    Rule:   x̄₁ = ȳ, x̄₂ = -ȳ trunc(x₁ / x₂), by the division that belongs to this remainder.
    At kinks: the same, as if approached from the side of larger |x₁ / x₂|.
    Raises: OperandError where the shapes do not broadcast, or a dtype is complex.
    Source: C99 7.12.10.1.
    """
    left = abs(x1) % abs(x2)
    return xp.where(x1 < 0 * left, -left, left)  # compared with an array, also where x1 is a number


@fmod.forward("numpy")
@fmod.forward("jax")
def _(x1, x2, /, *, xp):
    return xp.fmod(x1, x2)


@fmod.vjp("x1")
def _(g):
    return g


@fmod.vjp("x2")
def _(g, x1, x2):
    return -(g * (sign(x1) * sign(x2) * (abs(x1) // abs(x2))))


@fmod.samples
@remainder.samples
def _(draw, strategies, Sample):
    x2 = draw(strategies.array(draw(strategies.shape()), 1, 3))
    halves = draw(strategies.labels(x2.shape, 6)) - 2.5  # as far from jumps as can be, of many entries too
    return Sample(halves * x2, x2)


@op("basic::fabs", kinks=(At("x", 0.0, cotangent=0.0),))
def fabs(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The absolute value of a real x, element by element.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ sign(x).
    At kinks: 0 at x = 0.
    Raises: OperandError for complex x.
    Source: C99 7.12.7.2.
    """
    return xp.copysign(x, xp.ones_like(x))


@fabs.vjp("x")
def _(g, x):
    return g * sign(x)


@op("basic::copysign", nondiff=("x2",), kinks=(At("x1", 0.0, cotangent=0.0), At("x2", 0.0)))
def copysign(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The magnitude of x1 with the sign of x2, element by element.

    Shapes: x1 and x2 broadcast to the result. Units: x1's.
    Rule:   x̄₁ = ȳ sign(x₁) sign(y); x2 gets none, for only its sign matters.
    At kinks: 0 at x₁ = 0.
    Raises: OperandError where the shapes do not broadcast, or a dtype is complex.
    Source: Array API standard 2024.12.
    """
    return xp.copysign(x1, x2)


@copysign.vjp("x1")
def _(g, x1, out):
    return g * (sign(x1) * sign(out))


@op("basic::nextafter", nondiff=("x1", "x2"))
def nextafter(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """The next number after x1 in the direction of x2, element by element.

    Shapes: x1 and x2 broadcast to the result. Units: all alike.
    Rule:   none: a step between neighbouring numbers is no function of the reals.
    Raises: OperandError where the shapes do not broadcast, or a dtype is not real floating.
    Source: Array API standard 2024.12.
    """
    return xp.nextafter(x1, x2)


@copysign.samples
@nextafter.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape())
    return Sample(draw(strategies.array(shape)), draw(strategies.array(shape)))
