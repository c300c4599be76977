"""Distribution functions that SciPy counts among the special ones: of numbers of events, of F, gamma and χ².

All are incomplete gamma and beta functions of other arguments, and their rules are those' by the chain rule.
"""

from __future__ import annotations

from scipy import special

from mutorch_core import Array, Namespace, Op, injected
from mutorch_core.domain import Interval
from mutorch_ops_special.forwards import POSITIVE, UNIT, of_scipy
from mutorch_ops_special.incomplete import (
    arrays,
    beta_density,
    by_shape_of_gamma,
    by_shapes_from_logs,
    by_shapes_of_beta,
    gamma_density,
    log_beta,
)

__all__ = [
    "bdtr",
    "bdtrc",
    "betaincc",
    "chdtr",
    "chdtrc",
    "fdtr",
    "fdtrc",
    "gdtr",
    "gdtrc",
    "nbdtr",
    "nbdtrc",
    "pdtr",
    "pdtrc",
]

SHAPE = Interval(0.1, 100)
"""Beyond, derivatives lose their digits: where tails underflow, and where a gamma variable is almost never above 0."""


def of_trials(name: str, meaning: str, sign: float) -> Op[..., Array]:
    """Declare the probability that k or fewer, or more, of n trials succeed."""

    def forward(k: Array, n: Array, p: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(special, name)(k, n, p)

    forward.__name__ = name
    forward.__doc__ = f"""The probability of {meaning} successes in n trials that succeed with probability p each.

    Shapes: k, n and p broadcast to the result; k and n are whole. Units: none.
    Rule:   p̄ = {"-" if sign < 0 else ""}ȳ pᵏ (1 - p)ⁿ⁻ᵏ⁻¹ / B(k + 1, n - k); k and n have none.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: Abramowitz & Stegun 26.5.24.
    """
    made = of_scipy(name, domain={"k": Interval(0, 4), "n": Interval(5, 9), "p": UNIT}, nondiff=("k", "n"))(forward)

    @made.vjp("p")
    def _(g, k, n, p, xp):
        k, n = xp.floor(k * 1.0), xp.floor(n * 1.0)
        return g * (sign * beta_density(k + 1, n - k, p, xp))

    return made


bdtr = of_trials("bdtr", "k or fewer", -1.0)
bdtrc = of_trials("bdtrc", "more than k", 1.0)


def of_failures(name: str, meaning: str, sign: float) -> Op[..., Array]:
    """Declare the probability of k or fewer failures, or more, before the n-th success."""

    def forward(k: Array, n: Array, p: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(special, name)(k, n, p)

    forward.__name__ = name
    forward.__doc__ = f"""The probability of {meaning} failures before the n-th success, each of probability p.

    Shapes: k, n and p broadcast to the result; k and n are whole. Units: none.
    Rule:   p̄ = {"-" if sign < 0 else ""}ȳ pⁿ⁻¹ (1 - p)ᵏ / B(n, k + 1); k and n have none.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: Abramowitz & Stegun 26.5.26.
    """
    made = of_scipy(name, domain={"k": Interval(0, 9), "n": Interval(1, 9), "p": UNIT}, nondiff=("k", "n"))(forward)

    @made.vjp("p")
    def _(g, k, n, p, xp):
        return g * (sign * beta_density(xp.floor(n * 1.0), xp.floor(k * 1.0) + 1, p, xp))

    return made


nbdtr = of_failures("nbdtr", "k or fewer", 1.0)
nbdtrc = of_failures("nbdtrc", "more than k", -1.0)


def of_events(name: str, meaning: str, sign: float) -> Op[..., Array]:
    """Declare the probability of k or fewer events, or more, if m are expected."""

    def forward(k: Array, m: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(special, name)(k, m)

    forward.__name__ = name
    forward.__doc__ = f"""The probability of {meaning} events of a Poisson process that has m on average.

    Shapes: k and m broadcast to the result; k is whole. Units: none.
    Rule:   m̄ = {"-" if sign < 0 else ""}ȳ mᵏ exp(-m) / k!; k has none.
    Raises: OperandError where the shapes do not broadcast; NaN for negative operands.
    Source: Abramowitz & Stegun 26.4.21.
    """
    made = of_scipy(name, domain={"k": Interval(0, 9), "m": POSITIVE}, nondiff=("k",))(forward)

    @made.vjp("m")
    def _(g, k, m, xp):
        return g * (sign * gamma_density(xp.floor(k * 1.0) + 1, m, xp))

    return made


pdtr = of_events("pdtr", "k or fewer", -1.0)
pdtrc = of_events("pdtrc", "more than k", 1.0)


def of_variances(name: str, meaning: str, sign: float) -> Op[..., Array]:
    """Declare the distribution function of F, or its tail."""

    def forward(dfn: Array, dfd: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(special, name)(dfn, dfd, x)

    forward.__name__ = name
    forward.__doc__ = f"""The probability that F with dfn and dfd degrees of freedom is {meaning} x.

    Shapes: dfn, dfd and x broadcast to the result. Units: none.
    Rule:   {"minus " if sign < 0 else ""}that of betainc, at dfn/2, dfd/2 and dfn x / (dfd + dfn x).
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: Abramowitz & Stegun 26.6.2.
    """
    made = of_scipy(name, domain={"dfn": SHAPE, "dfd": SHAPE, "x": POSITIVE})(forward)

    @made.vjp("dfn", "dfd", "x")
    def _(g, dfn, dfd, x, needs, xp):
        return [None if each is None else g * (sign * each) for each in by_variances(dfn, dfd, x, needs, xp)]

    return made


def by_variances(dfn, dfd, x, needs, xp):
    """Return the derivatives of the distribution function of F; None where they are not needed."""
    dfn, dfd, x = arrays(dfn, dfd, x, xp=xp)
    a, b, part = 0.5 * dfn, 0.5 * dfd, dfn * x
    inside = (part > 0) & xp.isfinite(part)
    ratio = xp.log(xp.where(inside, part, 1)) - xp.log(dfd)
    log, log_other = -xp.logaddexp(xp.zeros_like(ratio), -ratio), -xp.logaddexp(xp.zeros_like(ratio), ratio)
    density = xp.where(inside, xp.exp(a * log + b * log_other - log_beta(a, b, xp)), 0)
    by_a, by_b = by_shapes_from_logs(a, b, log, log_other, density, (needs.dfn, needs.dfd), xp)
    return (
        0.5 * by_a + density / dfn if needs.dfn else None,
        0.5 * by_b - density / dfd if needs.dfd else None,
        density / x if needs.x else None,
    )


fdtr = of_variances("fdtr", "at most", 1.0)
fdtrc = of_variances("fdtrc", "more than", -1.0)


def of_gamma(name: str, meaning: str, sign: float) -> Op[..., Array]:
    """Declare the distribution function of a gamma variable, or its tail."""

    def forward(a: Array, b: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(special, name)(a, b, x)

    forward.__name__ = name
    forward.__doc__ = f"""The probability that a gamma variable of rate a and shape b is {meaning} x.

    Shapes: a, b and x broadcast to the result. Units: a's are the inverse of x's.
    Rule:   {"minus " if sign < 0 else ""}that of gammainc, at b and a x.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: Abramowitz & Stegun 26.1.32.
    """
    made = of_scipy(name, domain={"a": Interval(0.1, 10), "b": SHAPE, "x": Interval(0.1, 10)})(forward)

    @made.vjp("a", "b", "x")
    def _(g, a, b, x, needs, xp):
        density = g * (sign * gamma_density(b, a * x, xp)) if needs.a or needs.x else None
        by_shape = g * (sign * by_shape_of_gamma(b, a * x, xp)) if needs.b else None
        return density * x if needs.a else None, by_shape, density * a if needs.x else None

    return made


gdtr = of_gamma("gdtr", "at most", 1.0)
gdtrc = of_gamma("gdtrc", "more than", -1.0)


def of_squares(name: str, meaning: str, sign: float) -> Op[..., Array]:
    """Declare the distribution function of χ², or its tail."""

    def forward(v: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(special, name)(v, x)

    forward.__name__ = name
    forward.__doc__ = f"""The probability that χ² with v degrees of freedom is {meaning} x.

    Shapes: v and x broadcast to the result. Units: none.
    Rule:   {"minus " if sign < 0 else ""}that of gammainc, at v/2 and x/2.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: Abramowitz & Stegun 26.4.19.
    """
    made = of_scipy(name, domain={"v": SHAPE, "x": POSITIVE})(forward)

    @made.vjp("x")
    def _(g, v, x, xp):
        return g * (0.5 * sign * gamma_density(0.5 * v, 0.5 * x, xp))

    @made.vjp("v")
    def _(g, v, x, xp):
        return g * (0.5 * sign * by_shape_of_gamma(0.5 * v, 0.5 * x, xp))

    return made


chdtr = of_squares("chdtr", "at most", 1.0)
chdtrc = of_squares("chdtrc", "more than", -1.0)


@of_scipy("betaincc", domain={"a": POSITIVE, "b": POSITIVE, "x": UNIT})
def betaincc(a: Array, b: Array, x: Array, /, *, xp: Namespace = injected) -> Array:
    """1 - I(a, b, x), the rest of the regularised incomplete beta function, which keeps its digits where that is 1.

    Shapes: a, b and x broadcast to the result. Units: none.
    Rule:   those of betainc with the other sign.
    At kinks: at x = 0 and x = 1, ā and b̄ are 0.
    Raises: OperandError where the shapes do not broadcast; NaN outside of the domain.
    Source: Abramowitz & Stegun 6.6.3.
    """
    return special.betaincc(a, b, x)


@betaincc.vjp("x")
def _(g, a, b, x, xp):
    return g * -beta_density(a, b, x, xp)


@betaincc.vjp("a", "b")
def _(g, a, b, x, needs, xp):
    return [None if each is None else g * -each for each in by_shapes_of_beta(a, b, x, needs, xp)]
