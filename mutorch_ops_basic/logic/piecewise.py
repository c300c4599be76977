"""Piecewise choices: among several arrays, around NaN, and at a step."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Literal

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_core.authoring import as_arrays
from mutorch_core.domain import At, Tie
from mutorch_ops_basic.logic.predicates import is_nan
from mutorch_ops_basic.logic.selection import clip, where
from mutorch_ops_basic.operands.dtypes import is_complex
from mutorch_ops_basic.reductions.standard_reductions import any

__all__ = ["choose", "fmax", "fmin", "heaviside", "nan_to_num", "select"]


def extreme(name: str, instead: str, ahead: Callable[[Any, Any], Any], which: str) -> Op[[Array, Array], Array]:
    """Declare the larger or smaller of two operands, ignoring NaN."""

    def forward(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
        result = getattr(xp, instead)(x1, x2)
        spoilt = is_nan(result)  # from the result, which is an array even if an operand is a number
        return xp.where(spoilt & is_nan(x1), x2, xp.where(spoilt, x1, result))

    forward.__name__ = name
    forward.__doc__ = f"""The {which} of x1 and x2, element by element; the other one where one is NaN.

    Shapes: x1 and x2 broadcast to the result. Units: all alike.
    Rule:   ȳ to the {which}, 0 to the other; to the number where one is NaN, to both where both are.
    At kinks: half of ȳ each where they are equal.
    Raises: OperandError where the shapes do not broadcast, or a dtype is complex.
    Source: C99 7.12.12.
    """
    declared = op(f"basic::{name}", kinks=(Tie("x1", "x2", shares=(0.5, 0.5)),))(forward)

    def part(g: Any, own: Any, other: Any, xp: Any) -> Any:
        return xp.where(ahead(own, other) | is_nan(other), g, xp.where(own == other, 0.5 * g, 0))

    @declared.vjp("x1")
    def _(g, x1, x2, xp):
        return part(g, x1, x2, xp)

    @declared.vjp("x2")
    def _(g, x1, x2, xp):
        return part(g, x2, x1, xp)

    return declared


fmax = extreme("fmax", "maximum", operator.gt, "larger")
fmin = extreme("fmin", "minimum", operator.lt, "smaller")


@op("basic::heaviside", nondiff=("x1",), kinks=(At("x1", 0.0),))
def heaviside(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """0 where x1 is negative, x2 where it is 0, 1 where it is positive.

    Shapes: x1 and x2 broadcast to the result. Units: none.
    Rule:   x̄₂ = ȳ where x1 is 0, and 0 elsewhere.
    At kinks: none to x1, also where the result jumps.
    Raises: OperandError where the shapes do not broadcast, or a dtype is complex.
    Source: `numpy.heaviside`.
    """
    x1, _ = as_arrays(xp, x1, x2)
    return xp.where(x1 == 0, x2, 0.5 + 0.5 * xp.sign(x1))  # NaN has a sign of NaN


@heaviside.forward("numpy")
@heaviside.forward("jax")
def _(x1, x2, /, *, xp):
    return xp.heaviside(x1, x2)


@heaviside.vjp("x2")
def _(g, x1, xp):
    x1, _ = as_arrays(xp, x1, g)
    return xp.where(x1 == 0, g, 0)


@heaviside.samples
def _(draw, strategies, Sample):
    steps = draw(strategies.labels(draw(strategies.shape(0, 2)), 3)) - 1.0
    return Sample(steps, draw(strategies.array(steps.shape)))


@op("basic::nan_to_num")
def nan_to_num(
    x: Array,
    /,
    *,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
    xp: Namespace = injected,
) -> Array:
    """The entries of x, with numbers for NaN and infinities, by default 0 and the largest that there are.

    The parts of complex numbers are treated one by one.

    Shapes: x (...), result (...). Units: x's, and those of the numbers.
    Rule:   x̄ = ȳ where x is finite, 0 elsewhere.
    Raises: nothing.
    Source: `numpy.nan_to_num`.
    """
    x = xp.asarray(x)
    if is_complex(x):
        parts = (replace_nonfinite(part, nan, posinf, neginf, xp) for part in (xp.real(x), xp.imag(x)))
        return next(parts) + 1j * next(parts)
    return replace_nonfinite(x, nan, posinf, neginf, xp) if xp.isdtype(x.dtype, "real floating") else x


@nan_to_num.vjp("x")
def _(g, x, xp):
    if not is_complex(x):
        return xp.where(xp.isfinite(x), g, 0)
    real = xp.where(xp.isfinite(xp.real(x)), xp.real(g), 0)
    return real + 1j * xp.where(xp.isfinite(xp.imag(x)), xp.imag(g), 0)


def replace_nonfinite(x: Any, nan: float, posinf: float | None, neginf: float | None, xp: Any) -> Any:
    """Replace NaN and infinities in real numbers."""
    limits = xp.finfo(x.dtype)
    x = xp.where(x == inf, float(limits.max) if posinf is None else posinf, xp.where(xp.isnan(x), nan, x))
    return xp.where(x == -inf, float(limits.min) if neginf is None else neginf, x)


@op("basic::choose", nondiff=("a",), composite=True)
def choose(
    a: Array,
    choices: Sequence[Array],
    /,
    *,
    mode: Literal["raise", "wrap", "clip"] = "raise",
) -> Array:
    """Entries of several arrays: where a is i, those of choices[i]. "wrap" counts on from the start, "clip" stops.

    Shapes: a, integer, and all choices broadcast to the result. Units: all choices' alike.
    Rule:   ȳ to the one chosen, 0 to the others.
    Raises: OperandError where the shapes do not broadcast, or `a` points outside of the choices in mode "raise".
    Source: `numpy.choose`.
    """
    count = len(choices)
    if mode == "raise" and any((a < 0) | (a >= count)):
        raise ValueError(f'a points outside of {count} choices: mode="wrap" and "clip" allow that')
    if mode != "raise":
        a = a % count if mode == "wrap" else clip(a, 0, count - 1)
    chosen = where(a == 0, choices[0], choices[0])
    for position in range(1, count):
        chosen = where(a == position, choices[position], chosen)
    return chosen


@choose.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(0, 1))
    choices = [draw(strategies.array(sides)) for sides in draw(strategies.sampled_from([[shape, ()], [(), shape, ()]]))]
    return Sample(draw(strategies.labels(shape, len(choices))), choices)


@op("basic::select", nondiff=("condlist",), composite=True)
def select(condlist: Sequence[Array], choicelist: Sequence[Array], /, *, default: Array = 0) -> Array:
    """Of several arrays, entries of the first whose condition is true there; `default` where none is.

    Shapes: conditions, choices and `default` broadcast to the result. Units: all choices' alike.
    Rule:   ȳ to the one chosen, 0 to the others. Those were computed too: if a derivative is infinite there,
        0 · inf is NaN, so choose its input as well.
    Raises: OperandError where the shapes do not broadcast, or the lists have other lengths.
    Source: `numpy.select`.
    """
    selected = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        selected = where(condition, choice, selected)
    return selected


@select.samples
def _(draw, strategies, Sample):
    shape = draw(strategies.shape(0, 1))
    conditions = [draw(strategies.booleans(shape)) for _ in range(2)]
    return Sample(conditions, [draw(strategies.array(sides)) for sides in (shape, ())], default=0.5)
