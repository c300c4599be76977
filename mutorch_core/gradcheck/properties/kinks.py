"""`kinks`: where one-sided derivatives differ, each entry of the rule's Jacobian lies between them.

Along the direction in which all entries move alike, ties stay ties and the op is smooth, so there the rule must be
right, whichever convention it follows. A convention that the op declares is checked to the last digit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mutorch_core.domain import At, Tie
from mutorch_core.gradcheck.differences import Slopes, slopes
from mutorch_core.gradcheck.failures import WrongAtKink
from mutorch_core.gradcheck.properties.property import Property, has_gradient
from mutorch_core.gradcheck.subject import Subject, pack, unpack

__all__ = ["KINKS"]

LARGEST = 6
"""Up to so many entries of point and result the whole Jacobian is looked at."""

EXACT = 4 * float(np.finfo(np.float64).eps)


def check_kinks(subject: Subject) -> bool | None:
    """Property 2 at one case."""
    if not subject.differentiable or subject.point.size == 0:
        return None
    declared = [check_declared(subject, kink) for kink in subject.op.kinks]
    value = pack(subject.values)
    if subject.point.size > LARGEST or not 0 < value.size <= LARGEST:
        return True if any(declared) else None
    together = np.full(subject.point.size, subject.steps.min())
    directions = np.concatenate([np.diag(subject.steps), together[None]])
    found = slopes(subject.along, subject.point, directions)
    jacobian = rule_jacobian(subject, value.size)
    decided = [
        check_entry(subject, found, directions, jacobian, row, column)
        for row in range(len(directions))
        for column in range(value.size)
    ]
    return any(decided) or any(declared)


def rule_jacobian(subject: Subject, size: int) -> Any:
    """What the rule says of each output entry (row) and each entry of the point (column)."""
    rows: list[Any] = []
    for unit in np.eye(size):
        cotangents = unpack(unit, subject.values, dual=True)
        rows.append(pack(subject.rule(cotangents), dual=True))
    return np.array(rows)


def check_entry(subject: Subject, found: Slopes, directions: Any, jacobian: Any, row: int, column: int) -> bool:
    """One output entry along one direction. Raises WrongAtKink; False where the differences decide nothing."""
    if not np.isfinite(found.value[column]):
        return False
    claimed = float(directions[row] @ jacobian[column])
    kinked = bool(found.kinked[row, column])
    if kinked:
        ends = found.left[row, column], found.right[row, column]
        error = found.left_error[row, column] + found.right_error[row, column]
    else:
        ends = (found.central[row, column],) * 2
        error = found.central_error[row, column]
    scale = max(map(abs, ends))
    if not 3 * error <= 1e-5 * scale + 1e-9 * found.size[row, column]:
        return False
    tolerance = 3 * error + 1e-10 * (scale + (abs(claimed) if np.isfinite(claimed) else 0.0))
    if min(ends) - tolerance <= claimed <= max(ends) + tolerance:
        return True
    length = directions[row].max()
    moved = "all entries together" if row == len(directions) - 1 else place_of(subject, row)
    low, high = min(ends) / length, max(ends) / length
    raise WrongAtKink(
        f"derivative along {moved} is wrong{' at a kink' if kinked else ''}",
        ("rule says", f"{claimed / length:.10g}"),
        ("it is", f"between {low:.10g} and {high:.10g}" if kinked else f"{high:.10g} ± {3 * error / length:.0e}"),
        operand=None if row == len(directions) - 1 else place_of(subject, row).partition("[")[0],
        case=subject.case,
    )


def place_of(subject: Subject, entry: int) -> str:
    """The operand and entry that a position of the packed point stands for: `x1[0,1]`."""
    for slot, array in zip(subject.slots, subject.arrays, strict=True):
        width = array.size * (2 if array.dtype.kind == "c" else 1)
        if entry < width:
            index = ",".join(map(str, np.unravel_index(entry % array.size, array.shape)))
            return f"{slot}[{index}]" if index else str(slot)
        entry -= width
    raise IndexError(entry)


# ------------------------------------------------------------------------------------------------ declarations


def check_declared(subject: Subject, kink: Any) -> bool:
    """Check what a kink's declaration promises; False where the case does not touch it."""
    if len(subject.values) != 1:
        return False
    if isinstance(kink, At) and kink.cotangent is not None:
        return check_at(subject, kink, kink.cotangent)
    if isinstance(kink, Tie) and kink.shares is not None and len(kink.operands) > 1:
        return check_tie(subject, kink, kink.shares)
    return False


def arrays_of(subject: Subject, names: tuple[str, ...]) -> list[tuple[Any, Any]] | None:
    """The arrays of some operands and their cotangents, where all of them carry one and broadcast to the result."""
    by_name = {str(slot): pair for slot, *pair in zip(subject.slots, subject.arrays, subject.result, strict=True)}
    shape = subject.values[0].shape
    try:
        fits = np.broadcast_shapes(shape, *(by_name[name][0].shape for name in names)) == shape
    except (KeyError, ValueError):
        return None
    return [(by_name[name][0], np.asarray(by_name[name][1])) for name in names] if fits else None


def summed_to(entries: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting, as the engine does for cotangents."""
    lead = entries.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, side in enumerate(shape) if side == 1)
    return entries.sum(axis=axes, keepdims=True).reshape(shape)


def check_at(subject: Subject, kink: At, factor: float) -> bool:
    """At a declared value, an entry's cotangent is `factor` times what comes in, to the last digit."""
    pairs = arrays_of(subject, (kink.operand,))
    if pairs is None:
        return False
    (array, cotangent), g = pairs[0], subject.cotangents[0]
    incoming = summed_to(g, array.shape)
    there = (array == kink.value) & (incoming != 0)
    if not np.isfinite(factor):  # infinities of both signs may meet in a sum
        there &= summed_to(np.abs(g), array.shape) == np.abs(incoming)
    expect(subject, kink, kink.operand, cotangent[there], (factor * incoming)[there])
    return bool(there.any())


def check_tie(subject: Subject, kink: Tie, shares: tuple[float, ...]) -> bool:
    """Where operands are equal, each gets its declared share, to the last digit."""
    pairs = arrays_of(subject, kink.operands)
    if pairs is None:
        return False
    g = subject.cotangents[0]
    first = np.broadcast_to(pairs[0][0], g.shape)
    tied = np.logical_and.reduce([first == array for array, _ in pairs])
    touched = False
    for name, (array, cotangent), share in zip(kink.operands, pairs, shares, strict=True):
        there = summed_to((~tied).astype(float), array.shape) == 0
        expect(subject, kink, name, cotangent[there], summed_to(share * g, array.shape)[there])
        touched |= bool(there.any())
    return touched


def expect(subject: Subject, kink: At | Tie, operand: str, found: Any, promised: Any) -> None:
    """Raise WrongAtKink where cotangents are not the declared ones."""
    with np.errstate(invalid="ignore"):
        equal = (found == promised) | (np.abs(found - promised) <= EXACT * np.abs(promised))
    if equal.all():
        return
    first = int(np.argmin(equal))
    raise WrongAtKink(
        f"cotangent of {operand} is not the declared one where {kink}",
        ("rule says", f"{found[first]:.10g}"),
        ("declared", f"{promised[first]:.10g}"),
        operand=operand,
        case=subject.case,
    )


KINKS = Property("kinks", WrongAtKink, ("ties", "edges"), check_kinks, applies=has_gradient)
