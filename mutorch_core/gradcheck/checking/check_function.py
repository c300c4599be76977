"""The gradient of a whole function, as the engine finds it, against finite differences.

    mt.gradcheck.check(loss, params, x, y)

What is claimed at each order is one thing, that a pull-back is the transposed derivative of the function that is
pulled back. The pull-back of an order is the function of the next:

    order 1    x     ↦ y = f(x)     pulled back:    ȳ ↦ x̄ = Jᵀ ȳ
    order 2    x, ȳ  ↦ x̄            pulled back, by the recorded sweep, and so on
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from traceback import extract_tb
from typing import Any

import attrs
import numpy as np

import mutorch_core
from mutorch_core.application import raw_of
from mutorch_core.gradcheck.checking.blame import OpCall, ops_to_blame, recorded_calls
from mutorch_core.gradcheck.failures import Failure, Undecided
from mutorch_core.gradcheck.numerics.comparison import Claim, Comparison, compare
from mutorch_core.gradcheck.properties.derivatives.first_order import format_entries
from mutorch_core.gradcheck.under_test.function_under_test import (
    MAX_SHOWN,
    DifferentiationLevel,
    convert_like,
    first_level,
    format_value,
)
from mutorch_core.gradcheck.under_test.op_under_test import pack, unpack
from mutorch_core.gradcheck.verdicts import Verdict

__all__ = ["GradientIsWrong", "Proof", "check"]

Array = Any
Vector = Any

NO_OP_TO_BLAME = (
    "no op: on arrays, each is right where it is applied; is a gradient stopped, by detach, stop_gradient or .value?"
)
UNDECIDED_AT_KINK = (
    "can't be decided at this point: there is a kink or a pole in it or very near, or the function is too inexact for "
    "differences; try another point"
)


class GradientIsWrong(Failure):
    """What the engine pulls back through a function is not what finite differences find.

    `order` is the derivative's; `blamed` says how ops are wrong where the function applied them.
    """

    order: int = 1
    blamed: tuple[Failure, ...] = ()


@attrs.frozen
class Proof:
    """What was checked of a function that is right: up to which order, with respect to which arrays."""

    name: str
    order: int
    places: tuple[str, ...]
    verdict: Verdict = Verdict.PROVEN


def check(f: Callable[..., Any], *args: Any, order: int = 2) -> Proof:
    """Prove a function's gradient at a point, up to an order of derivatives, in float64.

    `args` are any trees, and so is the result. Their floating-point numbers and arrays, `Var`s or not, are
    differentiated; integers, booleans and everything else is passed on as it is.

    Raises GradientIsWrong, which names the argument and the ops to blame; NotPure where `f` returns something else
    each time; Undecided at a kink, or where differences are too inexact; OperandError where there is nothing to
    differentiate, in the arguments or in the result.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # differences may step out of the domain
        first = level = first_level(f, args)
        prove(first)
        for _ in range(1, order):
            level = level.pull_back_level()
            prove(level)
    return Proof(first.name, order, first.paths)


# ----------------------------------------------------------------------------------------------------- verdicts


def prove(level: DifferentiationLevel) -> None:
    """Prove one claim of the engine. Raises GradientIsWrong, Undecided.

    The gradient is looked at array by array, lest large ones hide what is small. Later orders, which cost more, are
    looked at as a whole, and array by array only where that does not bear them out.
    """
    with recorded_calls() as calls:
        rule = engine_gradient(level)
    if isinstance(rule, Exception):
        summary = f"finding {level.derivative} raises {type(rule).__name__}"
        raise failure_of(level, calls, summary, ("it says", str(rule)), ("at", rule_line(rule))) from rule
    if level.order > 1:
        _, whole = compare_with_shorter_steps(claim_of(level, range(len(rule)), rule))
        if whole.decided.all() and not whole.wrong.any():
            return
    for index, path in enumerate(level.paths):
        claim = claim_of(level, [index], rule)
        if claim.point.size == 0:
            continue
        claim, comparison = compare_with_shorter_steps(claim)
        if comparison.wrong.any():
            summary = f"{level.derivative} with respect to {path} is wrong"
            raise failure_of(level, calls, summary, *evidence_rows(claim, comparison, level.arrays[index]))
        if not comparison.decided.any():
            raise Undecided(f"{level.name}: {level.derivative} with respect to {path} {UNDECIDED_AT_KINK}")


def engine_gradient(level: DifferentiationLevel) -> list[Array] | Exception:
    """What the engine pulls back at the point, or what it raises."""
    try:
        return [raw_of(cotangent) for cotangent in level.pull_back(*level.arrays, *level.cotangents)]
    except Exception as error:
        return error


def rule_line(error: Exception) -> str:
    """The last line of a traceback that is not the engine's: of a rule, or of what it called."""
    engine = str(Path(mutorch_core.__file__).parent)
    frames = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith((engine, "<"))]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "no line of a rule"


def claim_of(level: DifferentiationLevel, moving: Sequence[int], rule: Sequence[Array]) -> Claim:
    """What the engine says of some arrays while the others stay: it is the gradient of ⟨cotangents, results⟩."""
    cotangent = pack(level.cotangents, dual=True)
    moved_arrays = [level.arrays[index] for index in moving]

    def objective(vector: Vector) -> Vector:
        moved = list(level.arrays)
        for index, array, value in zip(moving, unpack(vector, moved_arrays), moved_arrays, strict=True):
            moved[index] = convert_like(array, value)
        return np.array([cotangent @ pack(level.values(moved))])

    point = pack(moved_arrays)
    return Claim(objective, point, np.ones(point.size), np.ones(1), pack([rule[index] for index in moving], dual=True))


def compare_with_shorter_steps(claim: Claim, single: bool = False) -> tuple[Claim, Comparison]:
    """What differences say, with ever shorter steps until they say something; the claim with the steps that did.

    A step is an eighth of its entry at first and at least 2⁻¹⁰; then small enough for points beside kinks and poles.
    """
    exponent = np.where(claim.point == 0, -7, np.frexp(claim.point)[1] - 1)
    for shortened, least in ((3, -10), (8, -1000)):
        closer = attrs.evolve(claim, steps=2.0 ** np.maximum(exponent - shortened, least))
        comparison = compare(closer, single)
        if comparison.decided.any():
            return closer, comparison
    closest = attrs.evolve(claim, steps=2.0 ** (exponent - 18))
    return closest, compare(closest, single)


def evidence_rows(claim: Claim, comparison: Comparison, array: Array) -> Iterator[tuple[str, str]]:
    """What the engine says and what it is: entry by entry where there are few."""
    if claim.point.size > MAX_SHOWN:
        worst = int(np.argmax(np.where(comparison.wrong, np.abs(comparison.rule - comparison.truth), -1)))
        yield "engine says", f"{comparison.rule[worst]:.10g} along a random direction in its {claim.point.size} entries"
        yield "it is", f"{comparison.truth[worst]:.10g} ± {comparison.tolerance[worst]:.0e}"
        return
    claim, comparison = compare_with_shorter_steps(claim, single=True)
    error = np.where(comparison.decided, comparison.tolerance, np.inf) / claim.steps
    yield "at", format_value(array)
    yield "engine says", format_entries(unpack(claim.rule, [array], dual=True)[0])
    yield (
        "it is",
        format_entries(
            unpack(comparison.truth / claim.steps, [array], dual=True)[0], np.abs(unpack(error, [array])[0])
        ),
    )


def failure_of(
    level: DifferentiationLevel, calls: Sequence[OpCall], summary: str, *rows: tuple[str, str]
) -> GradientIsWrong:
    """The failure, with the ops to blame for it."""
    ops = ops_to_blame(calls, level.order)
    names = ", ".join(failure.case.op.name for failure in ops)
    failure = GradientIsWrong(f"{level.name}: {summary}", *rows, ("to blame", names or NO_OP_TO_BLAME))
    failure.order, failure.blamed = level.order, tuple(ops)
    failure.block = "\n".join([str(failure), *(op.block for op in ops)])
    return failure
