"""The check of a whole function's gradient against finite differences.

    mt.gradcheck.check(loss, params, x, y)

The claim is the same at each order: the pullback is the transposed derivative of the function. The pullback of one
order is the function of the next:

    order 1    x     ↦ y = f(x)     pulled back:    ȳ ↦ x̄ = Jᵀ ȳ
    order 2    x, ȳ  ↦ x̄            pulled back, by the recorded backward pass, and so on
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
from mutorch_core.gradcheck.checking.blame import OpCall, ops_to_blame, recorded_calls
from mutorch_core.gradcheck.failures import Failure, Undecided
from mutorch_core.gradcheck.numerics import Claim, Comparison, compare
from mutorch_core.gradcheck.properties.derivatives.first_order import format_entries
from mutorch_core.gradcheck.under_test import (
    MAX_SHOWN,
    DifferentiationLevel,
    convert_like,
    first_level,
    format_on_one_line,
    pack,
    unpack,
)
from mutorch_core.gradcheck.verdicts import Verdict
from mutorch_core.graph.var import unwrap

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
    """The engine's gradient of a function disagrees with finite differences.

    `order` is the order of the derivative; `blamed` holds the failures of the ops that are wrong where the function
    calls them.
    """

    order: int = 1
    blamed: tuple[Failure, ...] = ()


@attrs.frozen
class Proof:
    """The result for a correct function: the order that was checked, and the paths of the arrays."""

    name: str
    order: int
    places: tuple[str, ...]
    verdict: Verdict = Verdict.PROVEN


def check(f: Callable[..., Any], *args: Any, order: int = 2) -> Proof:
    """Check a function's gradient at a point in float64, up to an order of derivatives.

    `args` may be any pytrees, and so may the result. Their floating-point numbers and arrays, `Var`s or not, are
    differentiated. Integers, booleans and all other leaves are passed on unchanged.

    Raises GradientIsWrong, which names the argument and the ops to blame; NotPure if `f` returns a different result
    each time; Undecided at a kink, or if differences are too inexact; OperandError if the arguments or the result hold
    nothing to differentiate.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a step may leave the domain
        first = level = first_level(f, args)
        prove(first)
        for _ in range(1, order):
            level = level.pull_back_level()
            prove(level)
    return Proof(first.name, order, first.paths)


# ----------------------------------------------------------------------------------------------------- verdicts


def prove(level: DifferentiationLevel) -> None:
    """Check one order. Raises GradientIsWrong, Undecided.

    The gradient is compared array by array, so that large arrays don't hide an error in a small one. Higher orders,
    which cost more, are compared as a whole first, and array by array only if that fails.
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
    """Return the engine's cotangents at the point, or the exception that the engine raises."""
    try:
        return [unwrap(cotangent) for cotangent in level.pull_back(*level.arrays, *level.cotangents)]
    except Exception as error:
        return error


def rule_line(error: Exception) -> str:
    """Return file and line of the innermost frame outside the engine: a rule, or a function that it calls."""
    engine = str(Path(mutorch_core.__file__).parent)
    frames = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith((engine, "<"))]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "no line of a rule"


def claim_of(level: DifferentiationLevel, moving: Sequence[int], rule: Sequence[Array]) -> Claim:
    """Return the claim that the engine's cotangents of some arrays are the gradient of ⟨cotangents, results⟩."""
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
    """Compare with ever shorter steps until a direction is decided, and return the claim with those steps.

    The first step is an eighth of its entry and at least 2⁻¹⁰; the later steps are short enough for points beside kinks
    and poles.
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
    """Yield the report's rows for the engine's values and the true ones, entry by entry if there are few."""
    if claim.point.size > MAX_SHOWN:
        worst = comparison.worst
        yield "engine says", f"{comparison.rule[worst]:.10g} along a random direction in its {claim.point.size} entries"
        yield "it is", f"{comparison.truth[worst]:.10g} ± {comparison.tolerance[worst]:.0e}"
        return
    claim, comparison = compare_with_shorter_steps(claim, single=True)
    error = np.where(comparison.decided, comparison.tolerance, np.inf) / claim.steps
    yield "at", format_on_one_line(array)
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
    """Return the failure together with the ops to blame for it."""
    ops = ops_to_blame(calls, level.order)
    names = ", ".join(failure.case.op.name for failure in ops)
    failure = GradientIsWrong(f"{level.name}: {summary}", *rows, ("to blame", names or NO_OP_TO_BLAME))
    failure.order, failure.blamed = level.order, tuple(ops)
    failure.block = "\n".join([str(failure), *(op.block for op in ops)])
    return failure
