"""Powers of 2, roots, and splitting numbers into mantissa and exponent."""

from __future__ import annotations

from math import inf
from math import log as natural_log
from typing import Any, NamedTuple

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import as_arrays, is_number
from mutorch_core.domain import At, Interval, Union
from mutorch_ops_basic.elementwise.exponentials import pow, safe_difference, sigmoid_of_negative
from mutorch_ops_basic.operands.conversion import astype
from mutorch_ops_basic.operands.domains import POSITIVE
from mutorch_ops_basic.operands.dtypes import is_complex, unwrap

__all__ = ["cbrt", "exp2", "float_power", "frexp", "ldexp", "logaddexp2", "rsqrt"]

LOG_2 = natural_log(2)


@op("basic::exp2")
def exp2(x: Array, /) -> Array:
    """2 to the power x, element by element.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ y log 2, which keeps the result alone.
    Raises: nothing.
    Source: Abramowitz & Stegun 4.2.
    """
    return 2.0**x


@exp2.vjp("x")
def _(g, out):
    return g * LOG_2 * out


@op("basic::logaddexp2")
def logaddexp2(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """log₂(2^x1 + 2^x2), without overflow.

    Shapes: x1 and x2 broadcast to the result. Units: none.
    Rule:   x̄₁ = ȳ / (1 + 2^(x₂ - x₁)), x̄₂ = ȳ / (1 + 2^(x₁ - x₂)).
    At kinks: half each where both are -inf or both inf; all to a lone inf.
    Raises: OperandError where the shapes do not broadcast, or a dtype is complex.
    Source: `numpy.logaddexp2`.
    """
    return xp.logaddexp(x1 * LOG_2, x2 * LOG_2) / LOG_2


@logaddexp2.forward("numpy")
@logaddexp2.forward("jax")
def _(x1, x2, /, *, xp):
    return xp.logaddexp2(x1, x2)


@logaddexp2.vjp("x1")
def _(g, x1, x2, xp):
    return g * sigmoid_of_negative(LOG_2 * safe_difference(x2, x1, xp), xp)


@logaddexp2.vjp("x2")
def _(g, x1, x2, xp):
    return g * sigmoid_of_negative(LOG_2 * safe_difference(x1, x2, xp), xp)


@op("basic::float_power", domain={"x1": POSITIVE}, kinks=(At("x1", 0.0),), composite=True)
def float_power(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """x1 to the power x2 in double precision, element by element: integers have negative powers too.

    Shapes: x1 and x2 broadcast to the result. Units: x1's to that power.
    Rule:   that of pow.
    At kinks: as pow.
    Raises: OperandError where the shapes do not broadcast.
    Source: `numpy.float_power`.
    """
    return pow(to_double(x1, xp), to_double(x2, xp))


def to_double(x: Any, xp: Any) -> Any:
    """Convert a number to float or complex, and an array to double precision."""
    if is_number(unwrap(x)):
        return 1.0 * x
    return astype(x, xp.complex128 if is_complex(x) else xp.float64)


@op("basic::rsqrt", domain={"x": POSITIVE}, kinks=(At("x", 0.0, cotangent=-inf),))
def rsqrt(x: Array, /, *, xp: Namespace = injected) -> Array:
    """One over the square root of x, element by element.

    Shapes: x (...), result (...). Units: the reciprocal root of x's.
    Rule:   x̄ = -ȳ y³ / 2, which keeps the result alone.
    At kinks: -inf at x = 0, a pole.
    Raises: nothing; NaN for negative x.
    Source: `torch.rsqrt`.
    """
    return xp.divide(1, xp.sqrt(x))


@rsqrt.vjp("x")
def _(g, out):
    return -0.5 * g * out * out * out


@op("basic::cbrt", kinks=(At("x", 0.0, cotangent=inf),))
def cbrt(x: Array, /, *, xp: Namespace = injected) -> Array:
    """The real cube root, element by element; negative for negative x.

    Shapes: x (...), result (...). Units: the cube root of x's.
    Rule:   x̄ = ȳ / (3 y²), which keeps the result alone.
    At kinks: inf at x = 0, but 0 where ȳ = 0: an entry that nothing depends on gets no NaN.
    Raises: OperandError for complex x.
    Source: `numpy.cbrt`.
    """
    return xp.copysign(xp.abs(x) ** (1 / 3), x)


@cbrt.forward("numpy")
@cbrt.forward("jax")
def _(x, /, *, xp):
    return xp.cbrt(x)


@cbrt.vjp("x")
def _(g, out, xp):
    idle = (g == 0) & (out == 0)
    return xp.divide(g / 3, xp.where(idle, inf, out * out))


@op("basic::ldexp", nondiff=("x2",))
def ldexp(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """x1 times 2 to the power of an integer x2, exactly, also where that power alone would overflow.

    Shapes: x1 and x2 broadcast to the result. Units: x1's.
    Rule:   x̄₁ = ȳ 2^x₂.
    Raises: OperandError where the shapes do not broadcast, or x2 is not integer.
    Source: C99 7.12.6.6.
    """
    kind = getattr(x1, "dtype", xp.float64)
    _, x2 = as_arrays(xp, x1, x2)
    half = xp.astype(x2 // 2, kind)
    return x1 * 2.0**half * 2.0 ** (xp.astype(x2, kind) - half)


@ldexp.forward("numpy")
def _(x1, x2, /, *, xp):
    return xp.ldexp(x1, x2)


@ldexp.vjp("x1")
def _(g, x2):
    return ldexp(g, x2)


class Parts(NamedTuple):
    """Mantissa, from 1/2 up to 1 in size, and exponent of 2."""

    mantissa: Array
    exponent: Array


OCTAVES = Union(*(Interval(*sorted((sign * 2.0**k, sign * 2.0 ** (k + 1)))) for k in range(-3, 3) for sign in (1, -1)))


@op("basic::frexp", domain={"x": OCTAVES}, libraries=("numpy", "torch", "jax", "cupy", "dask"))
def frexp(x: Array, /, *, xp: Namespace = injected) -> Parts:
    """Mantissas and exponents: x = mantissa · 2^exponent.

    Shapes: x (...), results (...). Units: mantissas x's, exponents none.
    Rule:   x̄ = 2^-exponent times the mantissa's ȳ; exponents are integers, which have no derivative.
    At kinks: the same at powers of 2, where the mantissa jumps, as if approached from larger |x|.
    Raises: OperandError where x is not real floating.
    Source: C99 7.12.6.4.
    """
    return Parts(*xp.frexp(x))


@frexp.vjp("x")
def _(g, exponent):
    return ldexp(g.mantissa, -exponent)
