"""A first guess at what is wrong with a rule, from how its cotangent differs from the true one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.kinds import is_array
from mutorch_core.gradcheck.subject import Subject

__all__ = ["diagnosis"]

CLOSE = 1e-6


def diagnosis(failure: Failure) -> list[tuple[str, str]]:
    """The row that says it; none where no usual mistake is recognised."""
    if failure.evidence is None:
        return []
    guess = next(guesses(failure), None)
    return [("diagnosis", guess)] if guess else []


def close(a: Any, b: Any) -> bool:
    """Whether two arrays are one, as far as differences can tell."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return bool(scale > 0 and np.abs(a - b).max(initial=0.0) <= CLOSE * scale)


def guesses(failure: Failure) -> Iterator[str]:
    """What may be the matter, likeliest first."""
    evidence, case = failure.evidence, failure.case
    wrong = [not close(r, t) and bool(np.any(np.abs(r - t) > e))
             for r, t, e in zip(evidence.rule, evidence.truth, evidence.error, strict=True)]  # fmt: skip
    if not any(wrong):
        return
    place = wrong.index(True)
    rule, truth = evidence.rule[place], evidence.truth[place]
    if not np.isfinite(rule).all():
        yield "it is not finite: is there a 0/0, or an overflow in between?"
        return
    if close(rule, -truth):
        yield "right but for its sign"
    if rule.dtype.kind == "c" and conjugated(case, rule, truth):
        yield "the complex conjugate: rules are transposes and conjugate nothing"
    yield from swapped(evidence, wrong)
    if rule.ndim >= 2 and rule.shape == rule.shape[::-1] and close(rule, truth.T):
        yield "right but for a transposition"
    yield from ignored(case, place, truth, rule)
    yield from constant_factor(case, rule, truth)
    if not rule.any():
        yield "it is zero: is something detached, or is a use of the operand forgotten?"
    yield from one_sided(failure, place, rule, truth)
    yield from summed(rule, truth)


def conjugated(case: Any, rule: Any, truth: Any) -> bool:
    """Whether the rule, or its factor beside g, is the conjugate of the true one."""
    g = case.cotangents[0]
    if g is not None and g.shape == rule.shape and g.all():
        return close(rule / g, np.conj(truth / g))
    return close(rule, np.conj(truth))


def swapped(evidence: Any, wrong: list[bool]) -> Iterator[str]:
    """Two operands with each other's cotangents."""
    for i, first in enumerate(wrong):
        for j in range(i + 1, len(wrong)):
            if (
                first
                and wrong[j]
                and close(evidence.rule[i], evidence.truth[j])
                and close(evidence.rule[j], evidence.truth[i])
            ):
                yield f"{evidence.slots[i]} and {evidence.slots[j]} have each other's cotangents"


def ratio_of(rule: Any, truth: Any) -> float | None:
    """The one factor between two arrays, or None."""
    nonzero = np.abs(truth) > CLOSE * np.abs(truth).max(initial=0.0)
    if not nonzero.any():
        return None
    ratios: Any = rule[nonzero] / truth[nonzero]
    ratio = complex(ratios.mean())
    if abs(ratio.imag) > CLOSE * abs(ratio) or not close(rule, ratio.real * truth):
        return None
    return ratio.real


def constant_factor(case: Any, rule: Any, truth: Any) -> Iterator[str]:
    """Off by one factor everywhere, which may be a parameter or a length."""
    ratio = ratio_of(rule, truth)
    if ratio is None or abs(ratio) < CLOSE or abs(ratio + 1) < CLOSE:
        return
    yield f"off by the factor {ratio:.6g}{''.join(f': {name}?' for name in names_of(case, ratio))}"


def names_of(case: Any, ratio: float) -> list[str]:
    """What of a case equals a factor or its reciprocal: a parameter, a side, a size; at most one."""
    values: dict[str, float] = {}
    for parameter in case.op.parameters:
        value = case.parameters.get(parameter.name, parameter.default)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            values[parameter.name] = float(value)
    for name, operand in case.operands.items():
        if is_array(operand):
            values[f"the size of {name}"] = operand.size
            values |= {f"side {axis} of {name}": side for axis, side in enumerate(operand.shape)}
    for name, value in values.items():
        if value not in (0.0, 1.0, -1.0):
            if abs(ratio * value - 1) < CLOSE:
                return [f"a forgotten factor, {name}"]
            if abs(ratio / value - 1) < CLOSE:
                return [f"{name} once too often"]
    return []


def ignored(case: Any, place: int, truth: Any, rule: Any) -> Iterator[str]:
    """A parameter whose default gives the very same cotangent, while the true one changes with it."""
    for name in case.parameters:
        without = {other: value for other, value in case.parameters.items() if other != name}
        try:
            at_default = np.asarray(Subject(attrs.evolve(case, parameters=without)).result[place])
        except Exception:
            continue
        if close(at_default, rule) and not close(at_default, truth):
            yield f"the same as with the default {name}: is the parameter ignored?"


def one_sided(failure: Failure, place: int, rule: Any, truth: Any) -> Iterator[str]:
    """Wrong exactly where the operand is negative, or exactly where it is positive."""
    slot = failure.evidence.slots[place]
    value = failure.case.operands.get(slot.operand)
    if not is_array(value) or value.shape != rule.shape or value.dtype.kind == "c":
        return
    off = np.abs(rule - truth) > np.maximum(failure.evidence.error[place], CLOSE * np.abs(truth))
    for sign, side in ((value < 0, "negative"), (value > 0, "positive")):
        if sign.any() and not sign.all() and (off == sign).all():
            yield f"wrong just where {slot} is {side}"


def summed(rule: Any, truth: Any) -> Iterator[str]:
    """The true cotangent is a sum of the rule's along an axis, or the other way round."""
    for axis in range(rule.ndim):
        if rule.shape[axis] > 1:
            if close(rule.sum(axis, keepdims=True) + 0 * rule, truth):
                yield f"a sum over axis {axis} is missing"
            if close(truth.sum(axis, keepdims=True) + 0 * truth, rule):
                yield f"a sum over axis {axis} is one too many"
    if rule.ndim == 2 and rule.shape[0] == rule.shape[1] and close(rule.sum(0), truth.sum(1)):
        yield "summed or broadcast over the wrong axis"
