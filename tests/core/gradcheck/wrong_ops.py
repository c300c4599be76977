"""Ops with one mistake each, and the property that must find it.

Each entry of WRONG is made by a function, since an op keeps the rules that it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import mutorch_core as mt
from mutorch_core import Array, Hidden, Meta, Namespace, injected, op
from mutorch_core.domain import At, Interval, Tie
from mutorch_core.gradcheck import check_op, failures
from mutorch_core.gradcheck.verdicts import PropertyResult

WRONG: dict[str, tuple[Callable[[], Any], str, type[failures.Failure]]] = {}
"""By mistake: a function that makes the op, the property that finds it, the exception that it raises."""


def found_wrong(what: str, profile: str = "quick") -> tuple[dict[str, PropertyResult], PropertyResult]:
    """Return the results of a wrong op by property, and that of the property that must find the mistake."""
    make, name, _ = WRONG[what]
    results = {result.name: result for result in check_op(make(), profile).properties}
    return results, results[name]


def wrong(what: str, name: str, failure: type[failures.Failure]) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def add(make: Callable[[], Any]) -> Callable[[], Any]:
        WRONG[what] = make, name, failure
        return make

    return add


def square_with(rule: Callable[..., Any]) -> Any:
    @op("test::square")
    def square(x: Array, /) -> Array:
        return x * x

    square.vjp("x")(rule)
    return square


def product_with(first: Callable[..., Any], second: Callable[..., Any]) -> Any:
    @op("test::product")
    def product(x1: Array, x2: Array, /) -> Array:
        return x1 * x2

    product.vjp("x1")(first)
    product.vjp("x2")(second)
    return product


# ------------------------------------------------------------------------------------------- wrong everywhere

WRONG |= {
    f"square: {what}": ((lambda rule=rule: square_with(rule)), name, failure)
    for what, rule, name, failure in [
        ("sign", lambda g, x: -2 * g * x, "value", failures.CotangentIsWrong),
        ("factor", lambda g, x: g * x, "value", failures.CotangentIsWrong),
        ("factor 1 + 1e-4", lambda g, x: 2.0002 * g * x, "value", failures.CotangentIsWrong),
        ("factor 1 + 1e-8", lambda g, x: 2.00000002 * g * x, "value", failures.CotangentIsWrong),
        ("zero", lambda g, x: 0 * g * x, "value", failures.CotangentIsWrong),
        ("off by 1e-6 near 0", lambda g, x, xp: g * xp.where(abs(x) < 0.125, 2 * x + 1e-6, 2 * x), "value",
         failures.CotangentIsWrong),
        ("only where negative", lambda g, x: 2 * g * x * (1 + (x < 0)), "value", failures.CotangentIsWrong),
        ("only beyond 3", lambda g, x: 2 * g * x * (1 + (x > 3)), "value", failures.CotangentIsWrong),
        ("not finite at 0", lambda g, x: 2 * g * x * x / x, "kinks", failures.WrongAtKink),
        ("g²", lambda g, x: 2 * g * g * x, "linear", failures.NotLinear),
        ("|g|", lambda g, x: 2 * abs(g) * x, "linear", failures.NotLinear),
        ("affine in g", lambda g, x: 2 * g * x + 1e-3, "linear", failures.NotLinear),
        ("clipped g", lambda g, x, xp: 2 * x * xp.clip(g, -100, 100), "linear", failures.NotLinear),
        ("float32 on its way", lambda g, x, xp: xp.astype(xp.astype(2 * g * x, xp.float32), xp.float64), "shapes",
         failures.WrongShapeOrDtype),
        ("only float32", lambda g, x, xp: xp.astype(2 * g * x, xp.float32), "shapes", failures.WrongShapeOrDtype),
        ("one entry of many", lambda g, x: 2 * g * x * at_entry(x.shape, 137), "value", failures.CotangentIsWrong),
        ("only with a batch", lambda g, x: 2 * g * x * (1 + (x.ndim > 2)), "value", failures.CotangentIsWrong),
        ("only in 0-d", lambda g, x: 2 * g * x * (1 + (x.ndim == 0)), "broadcast", failures.BroadcastIsWrong),
        ("only with a side of 1", lambda g, x: 2 * g * x * (1 + (1 in x.shape)), "broadcast",
         failures.BroadcastIsWrong),
        ("raises when empty", lambda g, x, xp: 2 * g * x + 0 * xp.max(x), "broadcast", failures.RuleRaises),
        ("a constant detached", lambda g, x: 2 * g * mt.stop_gradient(x), "second_order", failures.SecondOrderIsWrong),
        ("the memory order of g", lambda g, x: memory_order(g) * 2 * x, "layout", failures.DependsOnLayout),
        ("conjugated", lambda g, x, xp: 2 * g * xp.conj(x), "value", failures.CotangentIsWrong),
        ("imaginary part dropped", lambda g, x, xp: 2 * g * xp.real(x), "value", failures.CotangentIsWrong),
    ]
}  # fmt: skip


def at_entry(shape: tuple[int, ...], entry: int) -> Any:
    factors = np.ones(shape)
    if factors.size > entry:
        factors.flat[entry] = 1.5
    return factors


def memory_order(g: Any) -> Any:
    return g if type(g) is mt.Var or np.ndim(g) == 0 else g.ravel(order="K").reshape(g.shape)


@wrong("swapped operands", "value", failures.CotangentIsWrong)
def swapped_operands() -> Any:
    return product_with(lambda g, x1: g * x1, lambda g, x2: g * x2)


# ---------------------------------------------------------------------------------------------- shapes and axes


@wrong("a sum over the wrong axis", "value", failures.CotangentIsWrong)
def wrong_axis() -> Any:
    @op("test::centred")
    def centred(x: Array, /, *, xp: Namespace = injected) -> Array:
        return x - xp.mean(x, axis=-1, keepdims=True)

    @centred.vjp("x")
    def _(g, xp):
        return g - xp.mean(g, axis=0, keepdims=True)

    return centred


@wrong("a missing sum", "broadcast", failures.BroadcastIsWrong)
def missing_sum() -> Any:
    @op("test::scaled")
    def scaled(x: Array, scale: Array, /) -> Array:
        return x * scale

    @scaled.vjp("x")
    def _(g, scale):
        return g * scale

    @scaled.vjp("scale")
    def _(g, x, scale: Meta, xp):
        lead = g.ndim - len(scale.shape)
        return xp.mean(g * x, axis=tuple(range(lead))) if lead else g * x

    return scaled


@wrong("keepdims forgotten", "parameters", failures.ParameterIsWrong)
def keepdims_slip() -> Any:
    @op("test::summed")
    def total(x: Array, /, *, axis: int | None = None, xp: Namespace = injected) -> Array:
        return xp.sum(x, axis=axis)

    @total.vjp("x")
    def _(g, x: Meta, xp):
        return xp.broadcast_to(g, x.shape)

    return total


@wrong("a negative axis", "parameters", failures.ParameterIsWrong)
def negative_axis() -> Any:
    @op("test::along")
    def along(x: Array, /, *, axis: int = 0, xp: Namespace = injected) -> Array:
        return xp.cumulative_sum(x, axis=axis)

    @along.vjp("x")
    def _(g, axis, xp):
        axis = max(axis, 0)
        return xp.flip(xp.cumulative_sum(xp.flip(g, axis=axis), axis=axis), axis=axis)

    return along


@wrong("right only for symmetric matrices", "value", failures.CotangentIsWrong)
def symmetric_only() -> Any:
    @op("test::trace_of_square")
    def trace_of_square(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.sum(x * xp.matrix_transpose(x), axis=(-2, -1))

    @trace_of_square.vjp("x")
    def _(g, x):
        return 2 * g[..., None, None] * x

    return trace_of_square


@wrong("a side of 1 squeezed away", "broadcast", failures.RuleRaises)
def squeezed() -> Any:
    @op("test::doubled")
    def doubled(x: Array, /) -> Array:
        return x + x

    @doubled.vjp("x")
    def _(g, x: Meta, xp):
        return 2 * (xp.reshape(g, (3,)) if 1 in x.shape else g)

    return doubled


@wrong("the last of a sequence", "value", failures.CotangentIsWrong)
def last_of_sequence() -> Any:
    @op("test::joined")
    def joined(arrays: Sequence[Array], /, *, xp: Namespace = injected) -> Array:
        return xp.stack(arrays)

    @joined.vjp("arrays")
    def _(g, arrays):
        return [g[min(i, 1)] for i, _ in enumerate(arrays)]

    return joined


# --------------------------------------------------------------------------------------------------- parameters


@wrong("a parameter ignored", "parameters", failures.ParameterIsWrong)
def parameter_ignored() -> Any:
    @op("test::softplus", domain={"x": Interval(-30, 30)})
    def softplus(x: Array, /, *, beta: float = 1.0, xp: Namespace = injected) -> Array:
        return xp.logaddexp(beta * x, xp.zeros_like(x)) / beta

    @softplus.vjp("x")
    def _(g, x, xp):
        return g / (1 + xp.exp(-x))

    return softplus


@wrong("a flag misread", "parameters", failures.ParameterIsWrong)
def flag_misread() -> Any:
    @op("test::power")
    def power(x: Array, /, *, cubed: bool = False) -> Array:
        return x * x * x if cubed else x * x

    @power.vjp("x")
    def _(g, x, cubed):
        return (2 * x * x if cubed else 2 * x) * g

    return power


# -------------------------------------------------------------------------------------------------------- kinks


@wrong("twice at the kink", "kinks", failures.WrongAtKink)
def twice_at_kink() -> Any:
    @op("test::ramp")
    def ramp(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.maximum(x, xp.zeros_like(x))

    @ramp.vjp("x")
    def _(g, x, xp):
        return g * xp.where(x == 0, 2.0, xp.astype(x > 0, g.dtype))

    return ramp


@wrong("not as declared at the kink", "kinks", failures.WrongAtKink)
def not_as_declared() -> Any:
    @op("test::declared_ramp", kinks=(At("x", 0.0, cotangent=0.5),))
    def ramp(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.maximum(x, xp.zeros_like(x))

    @ramp.vjp("x")
    def _(g, x):
        return g * (x > 0)

    return ramp


def larger(first: Callable[..., Any], second: Callable[..., Any], *kinks: Tie) -> Any:
    @op("test::larger", kinks=kinks)
    def larger(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.maximum(x1, x2)

    larger.vjp("x1")(first)
    larger.vjp("x2")(second)
    return larger


@wrong("both win a tie", "kinks", failures.WrongAtKink)
def both_win() -> Any:
    return larger(lambda g, x1, x2: g * (x1 >= x2), lambda g, x1, x2: g * (x2 >= x1))


@wrong("another share of a tie than declared", "kinks", failures.WrongAtKink)
def other_share() -> Any:
    tie = Tie("x1", "x2", shares=(0.5, 0.5))
    return larger(lambda g, x1, x2: g * (x1 >= x2), lambda g, x1, x2: g * (x2 > x1), tie)


# ------------------------------------------------------------------------------------------------------- purity


@wrong("changes g", "pure", failures.NotPure)
def changes_g() -> Any:
    def rule(g, x):
        if type(g) is np.ndarray:
            g *= 2 * x
            return g
        return 2 * g * x

    return square_with(rule)


@wrong("changes an operand", "pure", failures.NotPure)
def changes_operand() -> Any:
    def rule(g, x):
        if type(x) is np.ndarray:
            x[...] = 2 * x
            return g * x
        return 2 * g * x

    return square_with(rule)


@wrong("changes the result", "pure", failures.NotPure)
def changes_out() -> Any:
    def rule(g, x, out):
        if type(out) is np.ndarray and out.flags.writeable:
            out += 1
        return 2 * g * x

    return square_with(rule)


@wrong("left to chance by 1e-9", "pure", failures.NotPure)
def left_to_chance() -> Any:
    generator = np.random.default_rng(0)
    return square_with(lambda g, x: 2 * g * x * (1 + 1e-9 * generator.uniform()))


@wrong("a stale cache", "pure", failures.NotPure)
def stale_cache() -> Any:
    cache: dict[Any, Any] = {}

    def rule(g, x):
        return 2 * g * (x if type(x) is mt.Var else cache.setdefault((x.shape, x.dtype), x))

    return square_with(rule)


@wrong("one buffer for all", "pure", failures.NotPure)
def one_buffer() -> Any:
    buffers: dict[Any, Any] = {}

    def rule(g, x):
        if type(g) is not np.ndarray:
            return 2 * g * x
        buffer = buffers.setdefault((x.shape, x.dtype), np.empty_like(x))
        return np.multiply(2 * g, x, out=buffer)

    return square_with(rule)


# ---------------------------------------------------------------------------- several operands, several outputs


@wrong("another cotangent when alone", "masks", failures.DependsOnMask)
def alone() -> Any:
    @op("test::alone")
    def product(x1: Array, x2: Array, /) -> Array:
        return x1 * x2

    @product.vjp("x1", "x2")
    def _(g, x1, x2, needs):
        if not needs.x2:
            return g * x2 * 2, None
        return (g * x2 if needs.x1 else None), g * x1

    return product


@wrong("nothing to an array that came twice", "repeat", failures.RepeatIsWrong)
def came_twice() -> Any:
    return product_with(lambda g, x1, x2: 0 * g if x1 is x2 else g * x2, lambda g, x1: g * x1)


class Both(NamedTuple):
    sine: Array
    cosine: Array


@wrong("the second output forgotten", "value", failures.CotangentIsWrong)
def second_output_forgotten() -> Any:
    @op("test::both")
    def both(x: Array, /, *, xp: Namespace = injected) -> Both:
        return Both(xp.sin(x), xp.cos(x))

    @both.vjp("x")
    def _(g, x, xp):
        return g.sine * xp.cos(x)

    return both


@wrong("a hidden output's cotangent ignored", "second_order", failures.SecondOrderIsWrong)
def hidden_ignored() -> Any:
    @op("test::x_exp_x", hidden=("e",))
    def x_exp_x(x: Array, /, *, xp: Namespace = injected) -> Hidden[Array]:
        e = xp.exp(x)
        return Hidden(x * e, e)

    @x_exp_x.vjp("x")
    def _(g, x, e):
        return g.out * (1 + x) * e

    return x_exp_x


# -------------------------------------------------------------------------------- precision, extremes, memory


@wrong("nan where the operand is large", "extremes", failures.NotFinite)
def overflowing() -> Any:
    @op("test::logistic")
    def logistic(x: Array, /, *, xp: Namespace = injected) -> Array:
        return 1 / (1 + xp.exp(-x))

    @logistic.vjp("x")
    def _(g, x, xp):
        e = xp.exp(x)
        return g * e / ((1 + e) * (1 + e))

    return logistic


@wrong("digits lost in single precision", "precision", failures.LosesPrecision)
def digits_lost() -> Any:
    return square_with(lambda g, x: 2 * g * ((x + 1e7) - 1e7))


@wrong("operands kept alive", "saves", failures.KeepsTooMuch)
def kept_alive() -> Any:
    seen: list[Any] = []

    @op("test::hoarder")
    def hoarder(x: Array, /) -> Array:
        seen.append(x)
        return 2 * x

    @hoarder.vjp("x")
    def _(g):
        return 2 * g

    return hoarder
