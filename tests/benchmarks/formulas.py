"""Ops as formulas over an array namespace `xp`, once for all libraries: forwards, right rules, and authors' inputs.

A rule asks by name for `g`, `out`, `xp`, operands and parameters. Whoever calls it sums its cotangent over broadcast
axes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import attrs

from mutorch_core.domain import At, Interval, Tie

__all__ = ["FORMULAS", "Formula", "Rule", "hits", "logistic", "normal_rule", "size", "softmax_rule", "spread"]

Rule = Callable[..., Any]


@attrs.frozen
class Formula:
    """An op, with the shapes of its author's inputs; `options` are what a Mutorch author would declare besides."""

    forward: Rule
    rules: Mapping[str, Rule]
    inputs: Mapping[str, tuple[int, ...]]
    positive: bool = False
    options: Mapping[str, Any] = attrs.field(factory=dict)
    samples: Rule | None = None


def logistic(x: Any, xp: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + xp.exp(-x))


def spread(g: Any, axis: int | None, keepdims: bool, xp: Any) -> Any:
    """A reduced axis put back with length 1."""
    return g if axis is None or keepdims else xp.expand_dims(g, axis=axis)


def size(x: Any) -> int:
    """How many entries an array has."""
    return prod(tuple(x.shape))


def product(x: Any, xp: Any) -> Any:
    """The product over the last axis."""
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ValueError("there is nothing to multiply")
    return xp.prod(x, axis=-1)


def of_the_others(x: Any, xp: Any) -> Any:
    """For each entry along the last axis, the product of the others."""
    products: list[Any] = []
    for left_out in range(x.shape[-1]):
        product = 1 + 0 * x[..., 0]
        for place in range(x.shape[-1]):
            product = product if place == left_out else product * x[..., place]
        products.append(product)
    return xp.stack(products, axis=-1)


def softmax(x: Any, axis: int, xp: Any) -> Any:
    """The exponentials' shares of their sum."""
    powers = xp.exp(x)
    return powers / xp.sum(powers, axis=axis, keepdims=True)


def softmax_rule(g: Any, out: Any, axis: int, xp: Any) -> Any:
    """Its rule along an axis."""
    return out * (g - xp.sum(g * out, axis=axis, keepdims=True))


def centred(x: Any, xp: Any) -> Any:
    """Less the mean of each row."""
    return x - xp.mean(x, axis=-1, keepdims=True)


def normal(x: Any, eps: float, xp: Any) -> tuple[Any, Any]:
    """Rows of mean 0 and variance 1, and what they were multiplied by."""
    scale = 1 / xp.sqrt(xp.mean(centred(x, xp) * centred(x, xp), axis=-1, keepdims=True) + eps)
    return centred(x, xp) * scale, scale


def normal_rule(g: Any, x: Any, eps: float, xp: Any) -> Any:
    """Its rule."""
    z, scale = normal(x, eps, xp)
    return scale * (centred(g, xp) - z * xp.mean(g * z, axis=-1, keepdims=True))


def hits(x: Any, out: Any, xp: Any) -> Any:
    """1 where an entry is the result, else 0, in the operand's precision."""
    return xp.where(x == out, 0 * x + 1, 0 * x)


def matrix_product(x1: Any, x2: Any) -> Any:
    """x1 @ x2, for matrices and stacks of them."""
    if min(x1.ndim, x2.ndim) < 2:
        raise ValueError("a vector is no matrix")
    return x1 @ x2


def matrices(draw: Any, strategies: Any, Sample: Any) -> Any:
    """Pairs that can be multiplied, stacks of them too."""
    k, m, n = (draw(strategies.sides()) for _ in range(3))
    left = draw(strategies.sampled_from([(m, k), (2, m, k)]))
    return Sample(draw(strategies.array(left)), draw(strategies.array((k, n))))


def rows(draw: Any, strategies: Any, Sample: Any) -> Any:
    """Rows, stacks of rows and an axis."""
    shape = draw(strategies.shape(1, 3))
    return Sample(draw(strategies.array(shape)), axis=draw(strategies.axis(len(shape))))


def inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The order of axes that undoes another."""
    order = [axis % len(axes) for axis in axes]
    return tuple(order.index(axis) for axis in range(len(axes)))


def turned(draw: Any, strategies: Any, Sample: Any) -> Any:
    """An array and an order of its axes."""
    axes = draw(strategies.sampled_from([(1, 0), (0, 1), (2, 0, 1), (1, 2, 0)]))
    return Sample(draw(strategies.array(draw(strategies.shape(len(axes), len(axes))))), axes=axes)


# ---------------------------------------------------------------------------------------------------- right formulas

ONE = {"x": (3, 4)}
TWO = {"x1": (3, 4), "x2": (3, 4)}
ROWS = {"x1": (3, 4), "x2": (4,)}

FORMULAS: dict[str, Formula] = {
    "sin": Formula(lambda x, xp: xp.sin(x), {"x": lambda g, x, xp: g * xp.cos(x)}, ONE),
    "square": Formula(lambda x: x * x, {"x": lambda g, x: 2 * g * x}, ONE),
    "exp": Formula(lambda x, xp: xp.exp(x), {"x": lambda g, out: g * out}, ONE),
    "tanh": Formula(lambda x, xp: xp.tanh(x), {"x": lambda g, out: g * (1 - out * out)}, ONE),
    "sigmoid": Formula(logistic, {"x": lambda g, out: g * out * (1 - out)}, ONE),
    "silu": Formula(
        lambda x, xp: x * logistic(x, xp),
        {"x": lambda g, x, xp: g * logistic(x, xp) * (1 + x * (1 - logistic(x, xp)))},
        ONE,
    ),
    "sqrt": Formula(
        lambda x, xp: xp.sqrt(x),
        {"x": lambda g, out: 0.5 * g / out},
        ONE,
        positive=True,
        options={"domain": {"x": Interval(0, 4)}},
    ),
    "log10": Formula(
        lambda x, xp: xp.log10(x),
        {"x": lambda g, x, xp: g / (x * 2.302585092994046)},
        ONE,
        positive=True,
        options={"domain": {"x": Interval(0, 4)}},
    ),
    "abs": Formula(
        lambda x, xp: xp.abs(x),
        {"x": lambda g, x, xp: g * xp.sign(x)},
        ONE,
        options={"kinks": (At("x", 0.0, cotangent=0.0),)},
    ),
    "relu6": Formula(
        lambda x, xp: xp.clip(x, 0.0, 6.0),
        {"x": lambda g, x, xp: xp.where((x > 0) & (x < 6), g, 0 * g)},
        ONE,
        options={"kinks": (At("x", 0.0), At("x", 6.0))},
    ),
    "clip": Formula(
        lambda x, xp, bound=1.0: xp.clip(x, -bound, bound),
        {"x": lambda g, x, xp, bound: xp.where((x > -bound) & (x < bound), g, 0 * g)},
        ONE,
    ),
    "softplus": Formula(
        lambda x, xp, beta=1.0: xp.log1p(xp.exp(beta * x)) / beta,
        {"x": lambda g, x, xp, beta: g * logistic(beta * x, xp)},
        ONE,
        options={"domain": {"x": Interval(-30, 30)}},
    ),
    "elu": Formula(
        lambda x, xp, alpha=1.0: xp.where(x > 0, x, alpha * xp.expm1(x)),
        {"x": lambda g, x, xp, alpha: xp.where(x > 0, g, g * alpha * xp.exp(x))},
        ONE,
        options={"kinks": (At("x", 0.0),)},
    ),
    "x_exp_x": Formula(lambda x, xp: x * xp.exp(x), {"x": lambda g, x, xp: g * (1 + x) * xp.exp(x)}, ONE),
    "add": Formula(lambda x1, x2: x1 + x2, {"x1": lambda g: 1 * g, "x2": lambda g: 1 * g}, ROWS),
    "multiply": Formula(lambda x1, x2: x1 * x2, {"x1": lambda g, x2: g * x2, "x2": lambda g, x1: g * x1}, ROWS),
    "divide": Formula(
        lambda x1, x2: x1 / x2,
        {"x1": lambda g, x2: g / x2, "x2": lambda g, x1, x2: -g * x1 / (x2 * x2)},
        TWO,
        positive=True,
        options={"domain": {"x2": Interval(0, 4)}},
    ),
    "maximum": Formula(
        lambda x1, x2, xp: xp.maximum(x1, x2),
        {
            "x1": lambda g, x1, x2, xp: xp.where(x1 > x2, g, xp.where(x1 == x2, 0.5 * g, 0 * g)),
            "x2": lambda g, x1, x2, xp: xp.where(x2 > x1, g, xp.where(x1 == x2, 0.5 * g, 0 * g)),
        },
        TWO,
        options={"kinks": (Tie("x1", "x2"),)},
    ),
    "hypot": Formula(
        lambda x1, x2, xp: xp.hypot(x1, x2),
        {
            "x1": lambda g, x1, out, xp: g * x1 / xp.where(out == 0, 1.0, out),
            "x2": lambda g, x2, out, xp: g * x2 / xp.where(out == 0, 1.0, out),
        },
        TWO,
        options={"kinks": (At("x1", 0.0), At("x2", 0.0))},
    ),
    "logaddexp": Formula(
        lambda x1, x2, xp: xp.logaddexp(x1, x2),
        {"x1": lambda g, x1, out, xp: g * xp.exp(x1 - out), "x2": lambda g, x2, out, xp: g * xp.exp(x2 - out)},
        TWO,
    ),
    "sum": Formula(
        lambda x, xp, axis=None, keepdims=False: xp.sum(x, axis=axis, keepdims=keepdims),
        {"x": lambda g, x, xp, axis, keepdims: spread(g, axis, keepdims, xp) + 0 * x},
        ONE,
    ),
    "mean": Formula(
        lambda x, xp, axis=None: xp.mean(x, axis=axis),
        {"x": lambda g, x, xp, axis: spread(g, axis, False, xp) / (size(x) if axis is None else x.shape[axis]) + 0 * x},
        ONE,
    ),
    "variance": Formula(
        lambda x, xp, correction=0.0: xp.sum((x - xp.mean(x)) ** 2) / (size(x) - correction),
        {"x": lambda g, x, xp, correction: 2 * g * (x - xp.mean(x)) / (size(x) - correction)},
        ONE,
    ),
    "product": Formula(
        product, {"x": lambda g, x, xp: xp.expand_dims(g, axis=-1) * of_the_others(x, xp)}, {"x": (2, 3)}
    ),
    "largest": Formula(
        lambda x, xp: xp.max(x),
        {"x": lambda g, x, out, xp: g * hits(x, out, xp) / xp.sum(hits(x, out, xp))},
        ONE,
        options={"kinks": (Tie("x"),)},
    ),
    "length": Formula(
        lambda x, xp: xp.sqrt(xp.sum(x * x)),
        {"x": lambda g, x, out, xp: g * x / xp.where(out == 0, 1.0, out)},
        {"x": (4,)},
    ),
    "softmax": Formula(lambda x, xp, axis=-1: softmax(x, axis, xp), {"x": softmax_rule}, ONE, samples=rows),
    "normal": Formula(lambda x, xp, eps=1e-5: normal(x, eps, xp)[0], {"x": normal_rule}, ONE),
    "transpose": Formula(
        lambda x, xp, axes=(1, 0): xp.permute_dims(x, axes),
        {"x": lambda g, xp, axes: xp.permute_dims(g, inverse(axes))},
        ONE,
        samples=turned,
    ),
    "upper": Formula(lambda x, xp, k=0: xp.triu(x, k=k), {"x": lambda g, xp, k: xp.triu(g, k=k)}, ONE),
    "matmul": Formula(
        matrix_product,
        {
            "x1": lambda g, x2, xp: g @ xp.matrix_transpose(x2),
            "x2": lambda g, x1, xp: xp.matrix_transpose(x1) @ g,
        },
        {"x1": (3, 4), "x2": (4, 5)},
        samples=matrices,
    ),
}
