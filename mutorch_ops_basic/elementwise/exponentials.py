"""Exponentials, logarithms, powers and roots."""

from __future__ import annotations

from math import inf
from math import log as natural_log

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import cast, is_number, is_number_type
from mutorch_core.domain import At, Interval
from mutorch_ops_basic.operands.domains import POSITIVE
from mutorch_ops_basic.operands.dtypes import unwrap

__all__ = ["exp", "expm1", "log", "log1p", "log2", "log10", "logaddexp", "pow", "sqrt"]

LOG_2 = natural_log(2)
LOG_10 = natural_log(10)


@op("basic::exp")
def exp(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The exponential function, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ y, which keeps the result alone.
    Raises: nothing.
    Source: Abramowitz & Stegun 4.2.
    """
    return xp.exp(x)


@exp.vjp("x")
def _(g, out):
    return g * out


@op("basic::expm1")
def expm1(x: Array, /, *, xp: Namespace = injected) -> Array:
    """exp(x) - 1, exact for small x too.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ exp(x): y + 1 would cancel for x far below 0.
    Raises: nothing.
    Source: Abramowitz & Stegun 4.2.
    """
    return xp.expm1(x)


@expm1.vjp("x")
def _(g, x, xp):
    return g * xp.exp(x)


@op("basic::log", domain={"x": POSITIVE}, kinks=(At("x", 0.0, cotangent=inf),))
def log(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The natural logarithm, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ / x.
    At kinks: inf at x = 0, a pole.
    Raises: nothing; NaN for negative x.
    Source: Abramowitz & Stegun 4.1.
    """
    return xp.log(x)


@log.vjp("x")
def _(g, x, xp):
    return xp.divide(g, x)


@op("basic::log1p", domain={"x": Interval(-1, inf)}, kinks=(At("x", -1.0, cotangent=inf),))
def log1p(x: Array, /, *, xp: Namespace = injected) -> Array:
    """log(1 + x), exact for small x too.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ / (1 + x).
    At kinks: inf at x = -1, a pole.
    Raises: nothing; NaN for x below -1.
    Source: Abramowitz & Stegun 4.1.
    """
    return xp.log1p(x)


@log1p.vjp("x")
def _(g, x, xp):
    return xp.divide(g, 1 + x)


@op("basic::log2", domain={"x": POSITIVE}, kinks=(At("x", 0.0, cotangent=inf),))
def log2(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The logarithm to base 2, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ / (x log 2).
    At kinks: inf at x = 0, a pole.
    Raises: nothing; NaN for negative x.
    Source: Abramowitz & Stegun 4.1.
    """
    return xp.log2(x)


@log2.vjp("x")
def _(g, x, xp):
    return xp.divide(g, x * LOG_2)


@op("basic::log10", domain={"x": POSITIVE}, kinks=(At("x", 0.0, cotangent=inf),))
def log10(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The logarithm to base 10, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ / (x log 10), as (ȳ / log 10) / x since x log 10 overflows first.
    At kinks: inf at x = 0, a pole.
    Raises: nothing; NaN for negative x.
    Source: Abramowitz & Stegun 4.1.
    """
    return xp.log10(x)


@log10.vjp("x")
def _(g, x, xp):
    return xp.divide(g / LOG_10, x)


@op("basic::logaddexp")
def logaddexp(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """log(exp(x1) + exp(x2)), without overflow.

    Shapes: x1 and x2 broadcast to the result. Units: none.
    Rule:   x̄₁ = ȳ σ(x₁ - x₂), x̄₂ = ȳ σ(x₂ - x₁), with the sigmoid σ.
    At kinks: half each where both are -inf or both inf; all to a lone inf.
    Raises: OperandError where the shapes do not broadcast.
    Source: Array API standard 2024.12.
    """
    return xp.logaddexp(x1, x2)


@logaddexp.vjp("x1")
def _(g, x1, x2, xp):
    return g * sigmoid_of_negative(safe_difference(x2, x1, xp), xp)


@logaddexp.vjp("x2")
def _(g, x1, x2, xp):
    return g * sigmoid_of_negative(safe_difference(x1, x2, xp), xp)


def safe_difference(x1, x2, xp):
    """Return x1 - x2, but 0 for equal infinities, whose difference would be NaN."""
    tie = (x1 == x2) & (abs(x1) == inf)
    tame1, tame2 = (x if is_number(unwrap(x)) else xp.where(tie, 0, x) for x in (x1, x2))
    return xp.where(tie, 0, tame1 - tame2)


def sigmoid_of_negative(behind, xp):
    """Return the sigmoid of -behind, as exp(-log(1 + exp(behind))): accurate where tiny, never overflowing."""
    return xp.exp(-xp.logaddexp(xp.zeros_like(behind), behind))


@op("basic::pow", domain={"x1": POSITIVE}, kinks=(At("x1", 0.0),), symbol="**", operator="**")
def pow(x1: Array, x2: Array, /) -> Array:
    """x1 to the power x2, element by element.

    Shapes: x1 and x2 broadcast to the result. Units: x1's to that power.
    Rule:   x̄₁ = ȳ x₂ x₁^(x₂ - 1), x̄₂ = ȳ y log(x₁).
    At kinks: where x₁ = 0, x̄₁ is ȳ x₂ 0^(x₂ - 1), or 0 if x₂ = 0, and x̄₂ is 0 if x₂ ≥ 0.
        Where x₁ < 0, x̄₂ is NaN.
    Raises: OperandError where the shapes do not broadcast, and as Python does for its numbers (0.0 ** -1).
    Source: Array API standard 2024.12.
    """
    return x1**x2


@pow.vjp("x1")
def _(g, x1, x2):
    return g * (x2 * lowered_power(x1, x2))


@pow.vjp("x2")
def _(g, x1, x2, out, xp):
    constant = (x1 == 0) & (xp.real(x2) >= 0)
    return g * out * xp.log(xp.where(constant, 1, x1))


def lowered_power(x1, x2):
    """Return x1 ** (x2 - 1), by operators alone, so that powers of fractions stay exact.

    1 where both are 0, so that x2 times it is 0; inf where Python refuses to raise 0 to a negative power.
    """
    if not is_number(x2):
        both = (x1 == 0) & (x2 == 0)
        return x1 ** (x2 - 1 + cast(both, x1.dtype if is_number_type(x2.dtype) else x2.dtype))
    if is_number(x1) and x1 == 0 and x2.real < 1:
        return inf if x2 else 1
    return x1 ** (x2 - 1 if x2 else 0)


@op("basic::sqrt", domain={"x": POSITIVE}, kinks=(At("x", 0.0, cotangent=inf),))
def sqrt(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The square root, element by element.

    Shapes: x (...), result (...). Units: the root of x's.
    Rule:   x̄ = ȳ / (2 y), which keeps the result alone.
    At kinks: inf at x = 0, but 0 where ȳ = 0: an entry that nothing depends on gets no NaN.
    Raises: nothing; NaN for negative x.
    Source: Abramowitz & Stegun 4.1.
    """
    return xp.sqrt(x)


@sqrt.vjp("x")
def _(g, out, xp):
    idle = (g == 0) & (out == 0)
    return xp.divide(0.5 * g, xp.where(idle, inf, out))
