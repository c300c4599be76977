"""A factor that is 1 at the parameter's default."""

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import Interval


@op("acme::softplus", domain={"x": Interval(-30, 30)})
def softplus(x: Array, /, *, beta: float = 1.0, xp: Namespace = injected) -> Array:
    return xp.logaddexp(beta * x, xp.zeros_like(x)) / beta


@softplus.vjp("x")
def _(g, x, beta, xp):
    return g / (beta * (1 + xp.exp(-beta * x)))
