"""Witnesses of a fault: cases at which the wrong op differs from the right one. Without one the op is not wrong.

Right and wrong op are compared side by side, which a checker can't do, on other cases than the checker's: scaled up, in
Fortran order, with cotangents that are no round numbers. If nothing differs, to second order, for one operand alone and
for one array in two slots, the fault changes nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import combinations
from typing import Any

import attrs
import numpy as np

import mutorch_core as mt
from mutorch_core.domain import At
from mutorch_core.gradcheck.cases.case import Case, fields_of
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.failures import RuleRaises
from mutorch_core.gradcheck.numerics.step_bounds import inside
from mutorch_core.gradcheck.profiles import PROFILES, REGIMES
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest
from tests.core.gradcheck.corpus.sites import Fault, Site

__all__ = ["changes_something"]

SEED = 20_000
PER_REGIME = 6
SCALES = (1.0, 12.0, 300.0)
CLOSE = 1e-10
LARGE = 1e12


def changes_something(fault: Fault, site: Site, wrong: Any) -> bool:
    """Return whether the wrong op gives another cotangent at some case; True for faults that are certain."""
    return fault.certain or any(differs(case, attrs.evolve(case, op=wrong)) for case in witnesses(site.op))


@lru_cache(maxsize=8)
def witnesses(op: Any) -> list[Case]:
    """Yield cases of an op: some of each regime, and the same at larger scales."""
    pool = CasePool(op, PROFILES["quick"].with_seed(SEED))
    drawn = [subject.case for regime in REGIMES for subject in pool.regime(regime)[:PER_REGIME]]
    return [scaled for factor in SCALES for case in drawn for scaled in rescaled(case, factor)]


def rescaled(case: Case, factor: float) -> Iterator[Case]:
    """Return the case with scaled arrays and other cotangents, if the op is defined there."""
    generator = np.random.default_rng(len(case.text))
    operands = dict(case.operands)
    for operand in case.op.operands:
        if operand.differentiable:
            operands[operand.name] = grown(operands.get(operand.name), factor)
            if not is_defined(case.op, operand.name, operands[operand.name]):
                return
    try:
        fields = [np.asarray(field) for field in fields_of(case.call(operands))]
    except mt.errors.OperandError:
        return
    cotangents = tuple(cotangent(field, generator, factor) if field.dtype.kind in "fc" else None for field in fields)
    yield attrs.evolve(case, operands=operands, cotangents=cotangents)


def grown(value: Any, factor: float) -> Any:
    """Return floating arrays times a factor, in Fortran order."""
    if isinstance(value, tuple):
        return tuple(grown(item, factor) for item in value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return np.asarray(factor * value, order="F")
    return value


def is_defined(op: Any, operand: str, value: Any) -> bool:
    """Return whether an operand lies in its domain or at a kink with a declared cotangent, and at no other kink."""
    if not isinstance(value, np.ndarray):
        return True
    kinks = [kink for kink in op.kinks if isinstance(kink, At) and kink.operand == operand]
    promised = np.isin(value, [kink.value for kink in kinks if kink.cotangent is not None])
    nothing = np.isin(value, [kink.value for kink in kinks if kink.cotangent is None])
    return bool((promised | (inside(value, op.domain.get(operand)) & ~nothing)).all())


def cotangent(field: Any, generator: np.random.Generator, factor: float) -> Any:
    """Return random numbers with all digits, small if the operands are large; the first of many is 0."""
    drawn = generator.normal(size=field.shape)
    if field.dtype.kind == "c":
        drawn = drawn + 1j * generator.normal(size=field.shape)
    if field.size > 2:
        drawn.flat[0] = 0
    return np.asfortranarray(drawn / factor**2).reshape(field.shape).astype(field.dtype)


def differs(right: Case, wrong: Case) -> bool:
    """Return whether two ops differ at a case in any cotangent."""
    pairs = zip(cotangents(OpUnderTest(right)), cotangents(OpUnderTest(wrong)), strict=False)
    try:
        return any(not close(one, other) for one, other in pairs)
    except RuleRaises:
        return True


def cotangents(subject: OpUnderTest) -> Iterator[Any]:
    """Yield all cotangents at a case: first and second order, one operand alone, one array in two slots."""
    if not subject.differentiable:
        return
    g = tuple(subject.cotangents)
    yield from subject.result
    if not all((np.abs(found) < LARGE).all() for found in subject.result):
        return  # at a pole, or near one, the second order is rounding
    count = len(subject.arrays)
    yield from subject.pull_back(
        lambda *both: mt.vjp(subject.forward, *both[:count])[1](both[count:]),
        [*subject.arrays, *g],
        tuple(1.0 + array for array in subject.arrays),
    )
    for place, array in enumerate(subject.arrays):
        yield from subject.pull_back(partial(forward_at, subject, (place,)), [array], g)
    for i, j in combinations(range(len(subject.arrays)), 2):
        if subject.arrays[i].shape == subject.arrays[j].shape:
            both = partial(forward_at, subject, (i, j))
            yield from subject.pull_back(both, [subject.arrays[i]], g)


def forward_at(subject: OpUnderTest, places: tuple[int, ...], x: Any) -> Any:
    """Return the forward at the case's arrays, with x in some slots."""
    return subject.forward(*(x if place in places else array for place, array in enumerate(subject.arrays)))


def close(one: Any, other: Any) -> bool:
    """Return whether two arrays are equal up to rounding."""
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return False
    scale = np.abs(one[np.isfinite(one)]).max(initial=0.0)
    return bool(np.allclose(one, other, rtol=CLOSE, atol=CLOSE * scale, equal_nan=True))
