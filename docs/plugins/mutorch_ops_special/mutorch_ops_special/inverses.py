"""Inverses of distribution functions: the points at which these have a value.

With F(s, x) = p, a small change of p moves x by 1 / f, and one of a shape s by -∂F/∂s / f, f the density there.
"""

from __future__ import annotations

from scipy import special

from mutorch_core import Array, Namespace, injected
from mutorch_core.domain import Interval
from mutorch_ops_special.forwards import of_scipy
from mutorch_ops_special.incomplete import (
    beta_density,
    by_shape_of_gamma,
    by_shape_of_student,
    by_shapes_from_logs,
    gamma_density,
    student_density,
)

__all__ = ["betaincinv", "chdtri", "gammainccinv", "gammaincinv", "stdtrit"]

SHAPE = Interval(0.1, 100)
INNER = Interval(0.01, 0.99)


@of_scipy("gammaincinv", domain={"a": SHAPE, "y": INNER})
def gammaincinv(a: Array, y: Array, /, *, xp: Namespace = injected) -> Array:
    """The x at which the lower incomplete gamma function P(a, x) is y.

    Shapes: a and y broadcast to the result. Units: none.
    Rule:   ȳ's and ā's cotangents by the density and the shape's derivative of P, at the result.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: the implicit function theorem.
    """
    return special.gammaincinv(a, y)


@gammaincinv.vjp("a")
def _(g, a, out, xp):
    return g * -(by_shape_of_gamma(a, out, xp) / gamma_density(a, out, xp))


@gammaincinv.vjp("y")
def _(g, a, out, xp):
    return g / gamma_density(a, out, xp)


@of_scipy("gammainccinv", domain={"a": SHAPE, "y": INNER})
def gammainccinv(a: Array, y: Array, /, *, xp: Namespace = injected) -> Array:
    """The x at which the upper incomplete gamma function Q(a, x) is y.

    Shapes: a and y broadcast to the result. Units: none.
    Rule:   as gammaincinv, with the other sign for y.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: the implicit function theorem.
    """
    return special.gammainccinv(a, y)


@gammainccinv.vjp("a")
def _(g, a, out, xp):
    return g * -(by_shape_of_gamma(a, out, xp) / gamma_density(a, out, xp))


@gammainccinv.vjp("y")
def _(g, a, out, xp):
    return g / -gamma_density(a, out, xp)


@of_scipy("chdtri", domain={"v": SHAPE, "p": INNER})
def chdtri(v: Array, p: Array, /, *, xp: Namespace = injected) -> Array:
    """The x that χ² with v degrees of freedom is beyond with probability p.

    Shapes: v and p broadcast to the result. Units: none.
    Rule:   that of gammainccinv, of which it is twice the value at v/2.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: the implicit function theorem.
    """
    return special.chdtri(v, p)


@chdtri.vjp("v")
def _(g, v, out, xp):
    return g * -(by_shape_of_gamma(0.5 * v, 0.5 * out, xp) / gamma_density(0.5 * v, 0.5 * out, xp))


@chdtri.vjp("p")
def _(g, v, out, xp):
    return g * (-2 / gamma_density(0.5 * v, 0.5 * out, xp))


@of_scipy("betaincinv", domain={"a": SHAPE, "b": SHAPE, "y": INNER})
def betaincinv(a: Array, b: Array, y: Array, /, *, xp: Namespace = injected) -> Array:
    """The x at which the incomplete beta function I(a, b, x) is y.

    Shapes: a, b and y broadcast to the result. Units: none.
    Rule:   by the density and the shapes' derivatives of I, at the result.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: the implicit function theorem.
    """
    return special.betaincinv(a, b, y)


@betaincinv.vjp("a", "b")
def _(g, a, b, out, needs, xp):
    share = out * (1 - out)  # what the shapes' derivatives have more than the density by which they are divided
    by_shapes = by_shapes_from_logs(a, b, xp.log(out), xp.log1p(-out), share, (needs.a, needs.b), xp)
    return [None if each is None else g * -each for each in by_shapes]


@betaincinv.vjp("y")
def _(g, a, b, out, xp):
    return g / beta_density(a, b, out, xp)


@of_scipy("stdtrit", domain={"df": SHAPE, "p": INNER})
def stdtrit(df: Array, p: Array, /, *, xp: Namespace = injected) -> Array:
    """The t that Student's t with df degrees of freedom is below with probability p.

    Shapes: df and p broadcast to the result. Units: none.
    Rule:   by the density and the shape's derivative of stdtr, at the result.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: the implicit function theorem.
    """
    return special.stdtrit(df, p)


@stdtrit.vjp("df")
def _(g, df, out, xp):
    middle = by_shape_of_student(df, xp.zeros_like(out), xp)  # 0 but for rounding, which p = ½ would show
    return g * ((middle - by_shape_of_student(df, out, xp)) / student_density(df, out, xp))


@stdtrit.vjp("p")
def _(g, df, out, xp):
    return g / student_density(df, out, xp)
