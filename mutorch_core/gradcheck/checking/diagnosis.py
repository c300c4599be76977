"""A guess at the mistake in a rule, from the difference between its cotangent and the true one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, permutations
from typing import Any

import attrs
import numpy as np

from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.cases import cotangents_for, fields_of
from mutorch_core.gradcheck.failures import CotangentIsWrong, Failure, RuleRaises, SecondOrderIsWrong
from mutorch_core.gradcheck.numerics import compare
from mutorch_core.gradcheck.properties.derivatives.first_order import check_derivative, claim_of
from mutorch_core.gradcheck.under_test import OpUnderTest, unpack
from mutorch_core.gradcheck.value_types import is_array

__all__ = ["diagnosis"]

TOLERANCE = 1e-6

MAX_MATRIX_AXES = 2
"""An operand with more axes is a batch."""

MAX_PERMUTED_AXES = 3
"""The largest number of axes of which all permutations are tried."""


def diagnosis(failure: Failure) -> list[tuple[str, str]]:
    """Return the report's row with the guess; no row if no usual mistake is recognised."""
    messages = guesses(failure) if failure.evidence is not None else iter(())
    guess = next(messages, None)
    if guess is None and isinstance(failure, SecondOrderIsWrong):
        guess = "right to first order: is something in the rule detached, or not differentiable?"
    return [("diagnosis", guess)] if guess else []


def nearly_equal(a: Any, b: Any) -> bool:
    """Return whether two arrays are equal to within the accuracy of finite differences."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return bool(scale > 0 and np.abs(a - b).max(initial=0.0) <= TOLERANCE * scale)


def guesses(failure: Failure) -> Iterator[str]:
    """Yield possible mistakes, the likeliest first."""
    evidence, case = failure.evidence, failure.case
    wrong = [not nearly_equal(r, t) and bool(np.any(np.abs(r - t) > e))
             for r, t, e in zip(evidence.rule, evidence.truth, evidence.error, strict=True)]  # fmt: skip
    if not any(wrong):
        return
    slot_index = wrong.index(True)
    known = np.isfinite(evidence.error[slot_index])
    rule, truth = (np.where(known, arrays[slot_index], 0) for arrays in (evidence.rule, evidence.truth))
    if not np.isfinite(rule).all():
        yield "it is not finite: is there a 0/0, or an overflow in between?"
        return
    yield from with_fewer_axes(failure)
    yield from without_broadcasting(failure, slot_index)
    if nearly_equal(rule, -truth):
        yield "right but for its sign"
    if rule.dtype.kind == "c" and is_conjugated(case, rule, truth):
        yield "the complex conjugate: rules are transposes and conjugate nothing"
    yield from swapped_operands(evidence, wrong)
    orders = list(permutations(range(rule.ndim)))[1:] if rule.ndim <= MAX_PERMUTED_AXES else []
    if any(nearly_equal(rule, truth.transpose(order)) for order in orders):
        yield "right but for a transposition"
    yield from cotangent_of_another_axis(case, slot_index, truth, rule)
    yield from ignored_parameter(case, slot_index, truth, rule)
    yield from constant_factor(case, rule, truth)
    if not rule.any():
        yield "it is zero: is something detached, or is a use of the operand forgotten?"
    yield from wrong_on_one_side(failure, slot_index, rule, truth)
    yield from wrong_sum(rule, truth)


def is_conjugated(case: Any, rule: Any, truth: Any) -> bool:
    """Return whether the rule, or its factor beside g, is the conjugate of the true one."""
    g = case.cotangents[0]
    beside = g is not None and g.shape == rule.shape and g.all() and nearly_equal(rule / g, np.conj(truth / g))
    return beside or nearly_equal(rule, np.conj(truth))


def is_right(case: Any) -> bool:
    """Return whether the rule is right at another case; False if that can't be decided."""
    try:
        return check_derivative(OpUnderTest(case), CotangentIsWrong) is True
    except (CotangentIsWrong, RuleRaises, OperandError):
        return False


def with_other(case: Any, arrays: dict[str, Any]) -> Any | None:
    """Return a case with other arrays as operands and cotangents of matching shapes, or None if the op refuses."""
    changed = attrs.evolve(case, operands={**case.operands, **arrays})
    try:
        fields = fields_of(changed.call(changed.operands))
    except OperandError:
        return None
    return attrs.evolve(changed, cotangents=cotangents_for(fields, cycle((1.0, 0.5, -0.75, 0.25))))


def with_fewer_axes(failure: Failure) -> Iterator[str]:
    """Yield a guess if the rule is right for each matrix or vector by itself."""
    arrays = {name: x for name, x in failure.case.operands.items() if is_array(x) and x.ndim > MAX_MATRIX_AXES}
    alone = with_other(failure.case, {name: x[(0,) * (x.ndim - MAX_MATRIX_AXES)] for name, x in arrays.items()})
    if arrays and alone is not None and is_right(alone):
        yield "wrong only with a batch: right for one matrix by itself"


def without_broadcasting(failure: Failure, slot_index: int) -> Iterator[str]:
    """Yield a guess if the rule is right for an operand of the broadcast shape."""
    name = failure.evidence.slots[slot_index].operand
    x, g = failure.case.operands.get(name), failure.case.cotangents[0]
    if not is_array(x) or g is None or x.shape == g.shape or len(failure.case.cotangents) > 1:
        return
    try:
        wide = np.broadcast_to(x, g.shape).copy()
    except ValueError:
        return
    whole = with_other(failure.case, {name: wide})
    if whole is not None and is_right(whole):
        yield f"wrong only where {name} is broadcast: is it summed over the wrong axis, or over none?"


def swapped_operands(evidence: Any, wrong: list[bool]) -> Iterator[str]:
    """Yield a guess if two operands have each other's cotangents."""
    for i, first in enumerate(wrong):
        for j in range(i + 1, len(wrong)):
            if (
                first
                and wrong[j]
                and nearly_equal(evidence.rule[i], evidence.truth[j])
                and nearly_equal(evidence.rule[j], evidence.truth[i])
            ):
                yield f"{evidence.slots[i]} and {evidence.slots[j]} have each other's cotangents"


def common_ratio(rule: Any, truth: Any) -> float | None:
    """Return the constant ratio of two arrays, or None."""
    nonzero = np.abs(truth) > TOLERANCE * np.abs(truth).max(initial=0.0)
    if not nonzero.any():
        return None
    ratios: Any = rule[nonzero] / truth[nonzero]
    ratio = complex(ratios.mean())
    if abs(ratio.imag) > TOLERANCE * abs(ratio) or not nearly_equal(rule, ratio.real * truth):
        return None
    return ratio.real


def constant_factor(case: Any, rule: Any, truth: Any) -> Iterator[str]:
    """Yield a guess if the rule is off by one factor everywhere, which may be a parameter or a length."""
    ratio = common_ratio(rule, truth)
    if ratio is None or abs(ratio) < TOLERANCE or abs(ratio + 1) < TOLERANCE:
        return
    yield f"off by the factor {ratio:.6g}{''.join(f': {name}?' for name in factor_names(case, ratio))}"


def factor_names(case: Any, ratio: float) -> list[str]:
    """Return the parameter, side or size that equals a factor or its reciprocal; at most one name."""
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
            if abs(ratio * value - 1) < TOLERANCE:
                return [f"a forgotten factor, {name}"]
            if abs(ratio / value - 1) < TOLERANCE:
                return [f"{name} once too often"]
    return []


def ignored_parameter(case: Any, slot_index: int, truth: Any, rule: Any) -> Iterator[str]:
    """Yield a guess if the default of a parameter gives the same cotangent, though the true one differs."""
    defaults = {parameter.name: parameter.default for parameter in case.op.parameters}
    for name in (name for name, value in case.parameters.items() if repr(value) != repr(defaults[name])):
        without = {kept: value for kept, value in case.parameters.items() if kept != name}
        try:
            at_default = np.asarray(OpUnderTest(attrs.evolve(case, parameters=without)).result[slot_index])
        except Exception:  # the op refuses its default at this case, so it says nothing
            continue
        if nearly_equal(at_default, rule) and not nearly_equal(at_default, truth):
            yield f"the same as with the default {name}: is the parameter ignored?"


def cotangent_of_another_axis(case: Any, slot_index: int, truth: Any, rule: Any) -> Iterator[str]:
    """Yield a guess if the rule's cotangent is the true one for another axis."""
    declared_axis = case.parameters.get("axis", next((p.default for p in case.op.parameters if p.name == "axis"), None))
    if not isinstance(declared_axis, int):
        return
    for axis in range(rule.ndim):
        if axis == declared_axis % rule.ndim:
            continue
        try:
            subject = OpUnderTest(attrs.evolve(case, parameters={**case.parameters, "axis": axis}))
            claim = claim_of(subject)
        except (RuleRaises, OperandError, ValueError):
            continue
        if claim.rule.size == 0:
            continue
        slopes = compare(claim, single=True).truth / claim.steps
        cotangent = unpack(slopes, subject.arrays, dual=True)[slot_index]
        if nearly_equal(cotangent, rule) and not nearly_equal(cotangent, truth):
            yield f"it is that of axis={axis}: over the wrong axis?"


def wrong_on_one_side(failure: Failure, slot_index: int, rule: Any, truth: Any) -> Iterator[str]:
    """Yield a guess if the rule is wrong exactly for negative or exactly for positive operands."""
    slot = failure.evidence.slots[slot_index]
    value = failure.case.operands.get(slot.operand)
    if not is_array(value) or value.shape != rule.shape or value.dtype.kind == "c":
        return
    off = np.abs(rule - truth) > np.maximum(failure.evidence.error[slot_index], TOLERANCE * np.abs(truth))
    for sign, side in ((value < 0, "negative"), (value > 0, "positive")):
        if sign.any() and not sign.all() and (off == sign).all():
            yield f"wrong just where {slot} is {side}"


def wrong_sum(rule: Any, truth: Any) -> Iterator[str]:
    """Yield a guess if the true cotangent is a sum of the rule's along an axis, or the reverse."""
    for axis in range(rule.ndim):
        if rule.shape[axis] > 1:
            if nearly_equal(rule.sum(axis, keepdims=True) + 0 * rule, truth):
                yield f"a sum over axis {axis} is missing"
            if nearly_equal(truth.sum(axis, keepdims=True) + 0 * truth, rule):
                yield f"a sum over axis {axis} is one too many"
    if rule.ndim == 2 and rule.shape[0] == rule.shape[1] and nearly_equal(rule.sum(0), truth.sum(1)):
        yield "summed or broadcast over the wrong axis"
