"""Right ops, including each legal convention at a kink or tie. None of them may fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mutorch_core import Array, Hidden, Meta, Namespace, injected, op
from mutorch_core.domain import At, Interval, Multiple, Tie

RIGHT: dict[str, Callable[[], Any]] = {}
"""Functions that make right ops, by a description."""


def right(what: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def add(make: Callable[[], Any]) -> Callable[[], Any]:
        RIGHT[what] = make
        return make

    return add


def ramp(convention: float, *kinks: Any) -> Any:
    @op("test::ramp", kinks=kinks)
    def ramp(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.maximum(x, xp.zeros_like(x))

    @ramp.vjp("x")
    def _(g, x, xp):
        return xp.where(x > 0, g, xp.where(x == 0, convention * g, 0 * g))

    return ramp


RIGHT |= {
    f"ramp with {share} at the kink, {how}": lambda share=share, kinks=kinks: ramp(share, *kinks)
    for share in (0.0, 0.25, 0.5, 1.0)
    for how, kinks in {
        "undeclared": (),
        "declared": (At("x", 0.0),),
        "declared exactly": (At("x", 0.0, cotangent=share),),
    }.items()
}


def larger(share: float, *kinks: Any) -> Any:
    @op("test::larger", kinks=kinks)
    def larger(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.maximum(x1, x2)

    @larger.vjp("x1")
    def _(g, x1, x2, xp):
        return xp.where(x1 == x2, share * g, xp.where(x1 > x2, g, 0 * g))

    @larger.vjp("x2")
    def _(g, x1, x2, xp):
        return xp.where(x1 == x2, (1 - share) * g, xp.where(x2 > x1, g, 0 * g))

    return larger


RIGHT |= {
    f"larger with {share} of a tie, {how}": lambda share=share, kinks=kinks: larger(share, *kinks)
    for share in (0.0, 0.5, 1.0)
    for how, kinks in {
        "undeclared": (),
        "declared": (Tie("x1", "x2"),),
        "declared exactly": (Tie("x1", "x2", shares=(share, 1 - share)),),
    }.items()
}


def largest(split: bool, *kinks: Any) -> Any:
    @op("test::largest", kinks=kinks)
    def largest(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.max(x, axis=-1, keepdims=True)

    @largest.vjp("x")
    def _(g, x, out, xp):
        hits = xp.astype(x == out, xp.float64)
        if not split and x.ndim:
            hits = hits * (xp.cumulative_sum(hits, axis=-1) == 1)
        return g * hits / xp.sum(hits, axis=-1, keepdims=True)

    return largest


RIGHT["largest, ties shared"] = lambda: largest(True, Tie("x"))
RIGHT["largest, ties shared, undeclared"] = lambda: largest(True)
RIGHT["largest, the first of a tie"] = lambda: largest(False, Tie("x"))


def middle(split: bool) -> Any:
    @op("test::middle", kinks=(Tie("x"),))
    def middle(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.sort(xp.reshape(xp.asarray(x), (-1,)))[x.size // 2]

    @middle.vjp("x")
    def _(g, x, out, xp):
        hits = xp.reshape(xp.astype(x == out, xp.float64), (-1,))
        if not split:
            hits = hits * (xp.cumulative_sum(hits) == 1)
        return g * xp.reshape(hits / xp.sum(hits), x.shape)

    return middle


RIGHT["the middle entry, ties shared: of four equal ones each alone leaves it where it is"] = lambda: middle(True)
RIGHT["the middle entry, the first of a tie"] = lambda: middle(False)


@right("a bound that its own bounds meet")
def bounded() -> Any:
    @op("test::bounded", kinks=(Tie("x", "low"), Tie("x", "high"), Tie("low", "high")))
    def bounded(x: Array, low: Array, high: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.minimum(xp.maximum(x, low), high)

    @bounded.vjp("x")
    def _(g, x, low, high):
        return g * (x >= low) * (x <= high)

    @bounded.vjp("low")
    def _(g, x, low, high):
        return g * (x < low) * (low <= high)

    @bounded.vjp("high")
    def _(g, x, low, high):
        return g * (((x > high) & (x >= low)) | (low > high))

    return bounded


@right("a pole with its IEEE cotangent")
def logarithm() -> Any:
    @op("test::logarithm", domain={"x": Interval(0, float("inf"))}, kinks=(At("x", 0.0, cotangent=float("inf")),))
    def logarithm(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.log(x)

    @logarithm.vjp("x")
    def _(g, x):
        return g / x

    return logarithm


@right("no domain, though not defined everywhere")
def root() -> Any:
    @op("test::root")
    def root(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.sqrt(x)

    @root.vjp("x")
    def _(g, out):
        return g / (2 * out)

    return root


@right("a formula for real numbers that takes complex ones too")
def softplus() -> Any:
    @op("test::stable_softplus")
    def softplus(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.log1p(xp.exp(-xp.abs(x))) + xp.where(x > 0, x, 0 * x)

    @softplus.vjp("x")
    def _(g, x, xp):
        return g / (1 + xp.exp(-x))

    return softplus


@right("jumps")
def wrapped() -> Any:
    @op("test::wrapped", kinks=(Multiple("x", 1.0),))
    def wrapped(x: Array, /, *, xp: Namespace = injected) -> Array:
        return x - xp.floor(x)

    @wrapped.vjp("x")
    def _(g):
        return g

    return wrapped


class Split(NamedTuple):
    low: Array
    order: Array
    high: Array


@right("several outputs, one of integers")
def several() -> Any:
    @op("test::several", kinks=(Tie("x"),))
    def several(x: Array, /, *, xp: Namespace = injected) -> Split:
        return Split(xp.sin(x), xp.argsort(x, axis=-1), x * x * x)

    @several.vjp("x")
    def _(g, x, xp):
        return g.low * xp.cos(x) + 3 * g.high * x * x

    return several


@right("a hidden output, its cotangent used")
def x_exp_x() -> Any:
    @op("test::x_exp_x", hidden=("e",))
    def x_exp_x(x: Array, /, *, xp: Namespace = injected) -> Hidden[Array]:
        e = xp.exp(x)
        return Hidden(x * e, e)

    @x_exp_x.vjp("x")
    def _(g, x, e):
        return g.out * (1 + x) * e + g.e * e

    return x_exp_x


@right("an optional operand, a keyword-only one, and one without gradient")
def gated() -> Any:
    @op("test::gated", nondiff=("mask",))
    def gated(
        x: Array, bias: Array | None = None, *, mask: Array, gain: Array | None = None, xp: Namespace = injected
    ) -> Array:
        out = xp.where(mask, x, 0 * x)
        out = out if gain is None else out * gain
        return out if bias is None else out + bias

    @gated.vjp("x")
    def _(g, mask, gain, xp):
        g = g if gain is None else g * gain
        return xp.where(mask, g, 0 * g)

    @gated.vjp("bias")
    def _(g):
        return g

    @gated.vjp("gain")
    def _(g, x, mask, xp):
        return xp.where(mask, g * x, 0 * g)

    return gated


@right("any number of arrays")
def total() -> Any:
    @op("test::total")
    def total(*arrays: Array) -> Array:
        return sum(arrays[1:], arrays[0] * arrays[0])

    @total.vjp("arrays")
    def _(g, arrays):
        return [2 * g * arrays[0], *(g for _ in arrays[1:])]

    return total


@right("a sequence and an axis")
def joined() -> Any:
    @op("test::joined")
    def joined(arrays: Sequence[Array], /, *, axis: int = 0, xp: Namespace = injected) -> Array:
        return xp.stack(arrays, axis=axis)

    @joined.vjp("arrays")
    def _(g, arrays, axis, xp):
        return [
            xp.take(g, xp.asarray([i]), axis=axis)[(slice(None),) * (axis % g.ndim) + (0,)]
            for i, _ in enumerate(arrays)
        ]

    return joined


@right("a choice that no entry by itself can tell at 0")
def strongest() -> Any:
    @op("test::strongest")
    def strongest(x: Array, /, *, xp: Namespace = injected) -> Array:
        if x.ndim != 1:
            raise ValueError("x must be a vector")
        return xp.take(x, xp.reshape(xp.argmax(xp.abs(x)), (1,)))

    @strongest.vjp("x")
    def _(g, x, xp):
        return xp.where(xp.arange(x.shape[0]) == xp.argmax(xp.abs(x)), g, 0)

    return strongest


@right("a pole so near that single precision falls into it")
def beside_a_pole() -> Any:
    @op("test::beside_a_pole")
    def beside_a_pole(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.sqrt(xp.sqrt((x - (1 + 2.0**-30)) ** 2))

    @beside_a_pole.vjp("x")
    def _(g, x, out):
        return g * (x - (1 + 2.0**-30)) / (2 * out**3)

    return beside_a_pole


@right("samples that fit together")
def grouped() -> Any:
    @op("test::grouped")
    def grouped(x: Array, weights: Array, /, groups: int, *, xp: Namespace = injected) -> Array:
        if weights.ndim != 1:
            raise ValueError("weights must be a vector")
        return xp.reshape(x, (groups, -1)) @ weights

    @grouped.vjp("x")
    def _(g, x: Meta, weights, xp):
        return xp.reshape(g[:, None] * weights, x.shape)

    @grouped.vjp("weights")
    def _(g, x, groups, xp):
        return xp.reshape(x, (groups, -1)).T @ g

    @grouped.samples
    def _(draw, strategies, Sample):
        groups, size = draw(strategies.sides()), draw(strategies.sides())
        return Sample(draw(strategies.array((groups * size,))), draw(strategies.array((size,))), groups=groups)

    return grouped
