"""Rules as people write them wrong, once for all libraries: each replaces a right one of a formula."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import attrs

from mutorch_core import stop_gradient
from tests.benchmarks.formulas import Rule, hits, logistic, normal_rule, size, softmax_rule, spread

__all__ = ["WRONG_RULES", "WrongRule"]


@attrs.frozen
class WrongRule:
    """What is wrong with the rule of an operand, and what shows it.

    `make` gives the rule, a new one each time. `harmless_in` are libraries in which one can't be wrong in that way.
    """

    what: str
    formula: str
    operand: str
    make: Callable[[], Rule]
    shown_by: str
    harmless_in: tuple[str, ...] = ()


def detached(x: Any) -> Any:
    """A value as a constant, in whichever library it is: what one gets by keeping what the forward computed."""
    library = type(x).__module__.partition(".")[0]
    if library == "torch":
        return x.detach()
    if library in ("jax", "jaxlib"):
        from jax.lax import stop_gradient as stop

        return stop(x)
    if library == "autograd":
        from autograd.tracer import getval

        return getval(x)
    return stop_gradient(x)


def fitted_by_mean(g: Any, x1: Any, x2: Any, xp: Any) -> Any:
    """Averaged over the broadcast rows instead of summed."""
    return xp.mean(g * x1, axis=0) if g.ndim > x2.ndim else g * x1


def fitted_along_the_other_axis(g: Any, x2: Any, xp: Any) -> Any:
    """Summed over columns where the operand lies along them, if the result is square."""
    square = g.ndim == 2 and g.shape[0] == g.shape[1]
    return xp.sum(g, axis=1) if square and x2.ndim == 1 else 1 * g


def last_block_forgotten(g: Any, out: Any, xp: Any) -> Any:
    """Nothing for what is left over after blocks of 64."""
    count = size(out)
    full = count if count < 64 else count - count % 64
    return xp.where(xp.reshape(xp.arange(count) < full, tuple(out.shape)), g * out, 0 * g)


def all_axes_turned(g: Any, x1: Any, xp: Any) -> Any:
    """Every axis of a stack reversed, as `.T` does."""
    return xp.permute_dims(x1, tuple(range(x1.ndim - 1, -1, -1))) @ g


def through_float32(g: Any, out: Any, xp: Any) -> Any:
    """Computed in single precision."""
    return xp.astype(xp.astype(g * out, xp.float32), xp.float64)


def changing_g(g: Any, x: Any) -> Any:
    """Scaled where it lies, after use."""
    cotangent = 2 * g * x
    g *= 0
    return cotangent


def stale() -> Rule:
    """A rule that keeps the operand it saw first, by shape."""
    seen: dict[Any, Any] = {}
    return lambda g, x: 2 * g * seen.setdefault(tuple(x.shape), detached(x))


def by_chance() -> Rule:
    """A rule that is off by 1e-9, at random."""
    random = Random(0)
    return lambda g, out: g * out * (1 + 1e-9 * random.random())


def wrong(what: str, place: str, rule: Rule, shown_by: str = "any input", **others: Any) -> WrongRule:
    """A wrong rule at a place such as `tanh.x`."""
    formula, _, operand = place.partition(".")
    return WrongRule(what, formula, operand, lambda: rule, shown_by, **others)


WRONG_RULES = [
    wrong("the sign", "sin.x", lambda g, x, xp: -g * xp.cos(x)),
    wrong("a factor of 2 forgotten", "square.x", lambda g, x: g * x),
    wrong("the minus of a quotient forgotten", "divide.x2", lambda g, x1, x2: g * x1 / (x2 * x2)),
    wrong("the operand for the result", "tanh.x", lambda g, x: g * (1 - x * x)),
    wrong("the base of a logarithm forgotten", "log10.x", lambda g, x: g / x),
    wrong("half of the product rule", "silu.x", lambda g, x, xp: g * logistic(x, xp)),
    wrong("its own operand for the other", "multiply.x1", lambda g, x1: g * x1),
    wrong("the gate forgotten", "clip.x", lambda g: 1 * g, "x beyond the bounds"),
    wrong("a sum forgotten", "softmax.x", lambda g, out: g * out),
    wrong("ln 10 taken as 2.303", "log10.x", lambda g, x: g / (2.303 * x), "a tolerance below 2e-4"),
    wrong("1e-6 added", "sigmoid.x", lambda g, out: g * (out * (1 - out) + 1e-6), "a tolerance below 1e-6"),
    wrong("eps forgotten", "normal.x", lambda g, x, xp: normal_rule(g, x, 0.0, xp), "a tolerance below 1e-5"),
    wrong("computed in float32", "exp.x", through_float32, "a tolerance below 1e-7"),
    wrong("beta ignored", "softplus.x", lambda g, x, xp: g * logistic(x, xp), "beta ≠ 1"),
    wrong("alpha ignored", "elu.x", lambda g, x, xp: xp.where(x > 0, g, g * xp.exp(x)), "alpha ≠ 1"),
    wrong(
        "the correction ignored", "variance.x", lambda g, x, xp: 2 * g * (x - xp.mean(x)) / size(x), "correction ≠ 0"
    ),
    wrong(
        "divided by the size of all",
        "mean.x",
        lambda g, x, xp, axis: spread(g, axis, False, xp) / size(x) + 0 * x,
        "an axis",
    ),
    wrong(
        "keepdims not expected", "sum.x", lambda g, x, xp, axis: spread(g, axis, False, xp) + 0 * x, "axis and keepdims"
    ),
    wrong("always the last axis", "softmax.x", lambda g, out, xp: softmax_rule(g, out, -1, xp), "another axis"),
    wrong("the diagonal ignored", "upper.x", lambda g, xp: xp.triu(g), "k ≠ 0"),
    wrong("the permutation for its inverse", "transpose.x", lambda g, xp, axes: xp.permute_dims(g, axes), "three axes"),
    wrong("a mean over broadcast rows", "multiply.x2", fitted_by_mean),
    wrong("summed along the wrong axis", "add.x2", fitted_along_the_other_axis, "a square result"),
    wrong("every axis of a stack turned", "matmul.x2", all_axes_turned, "a stack of matrices"),
    wrong("scaled by the largest entry", "square.x", lambda g, x, xp: 2 * g * x + 0 * xp.max(x), "an empty array"),
    wrong("the last block forgotten", "exp.x", last_block_forgotten, "more than 64 entries"),
    wrong("x/|x| for the sign", "abs.x", lambda g, x, xp: g * x / xp.abs(x), "x = 0"),
    wrong("0/0 at the origin", "hypot.x1", lambda g, x1, out: g * x1 / out, "the origin"),
    wrong("0/0 for the zero vector", "length.x", lambda g, x, out: g * x / out, "the zero vector"),
    wrong(
        "the product over each factor",
        "product.x",
        lambda g, x, out, xp: xp.expand_dims(g * out, axis=-1) / x,
        "a factor 0",
    ),
    wrong("a tie counted for both", "maximum.x1", lambda g, x1, x2, xp: xp.where(x1 >= x2, g, 0 * g), "x1 = x2"),
    wrong("each of the largest in full", "largest.x", lambda g, x, out, xp: g * hits(x, out, xp), "two largest"),
    wrong("the upper bound forgotten", "relu6.x", lambda g, x, xp: xp.where(x > 0, g, 0 * g), "x > 6"),
    wrong(
        "exponentials that overflow",
        "logaddexp.x1",
        lambda g, x1, x2, xp: g * xp.exp(x1) / (xp.exp(x1) + xp.exp(x2)),
        "x > 709",
    ),
    wrong("g squared", "sin.x", lambda g, x, xp: g * g * xp.cos(x), "g other than 0 and 1"),
    wrong("|g|", "exp.x", lambda g, out, xp: xp.abs(g) * out, "a negative g"),
    wrong("g clipped", "square.x", lambda g, x, xp: 2 * x * xp.clip(g, -100.0, 100.0), "|g| > 100"),
    wrong("tiny g dropped", "exp.x", lambda g, out, xp: xp.where(xp.abs(g) < 1e-6, 0 * g, g) * out, "|g| < 1e-6"),
    wrong("a slope kept by the forward", "tanh.x", lambda g, out: g * detached(1 - out * out), "second order"),
    wrong(
        "an intermediate kept by the forward",
        "x_exp_x.x",
        lambda g, x, xp: g * (1 + x) * detached(xp.exp(x)),
        "second order",
    ),
    wrong("the imaginary part dropped", "multiply.x2", lambda g, x1, xp: g * xp.real(x1), "complex numbers"),
    wrong("g changed after use", "square.x", changing_g, "a look at g", harmless_in=("JAX",)),
    WrongRule("a stale cache", "square", "x", stale, "two points of one shape"),
    WrongRule("left to chance by 1e-9", "exp", "x", by_chance, "running it twice"),
]
"""As people write them; what shows them is in the last column."""
