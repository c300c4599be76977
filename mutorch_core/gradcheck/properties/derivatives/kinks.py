"""The property `kinks`: each entry of the rule's Jacobian lies between the one-sided derivatives.

Along the direction in which all entries move alike, ties stay ties and the op is smooth, so the rule must be right
there, whichever convention it follows. An exception are tied moduli of both signs, where any mixture of the pieces that
meet is legal. A convention that the op declares is checked to the last digit.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from mutorch_core.domain import At, Tie
from mutorch_core.gradcheck.failures import WrongAtKink
from mutorch_core.gradcheck.numerics import (
    NOISE_THRESHOLD,
    Slopes,
    inside,
    random_step_fractions,
    rounding_floor,
    rounding_noise,
    slopes,
)
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.under_test import OpUnderTest, Slot, pack, unpack

__all__ = ["KINKS"]

MAX_ENTRIES = 8
"""The largest number of entries of point and result for which the whole Jacobian is checked."""

NEARBY_POINTS = 64
"""The number of points around a kink at which slopes of the adjacent pieces are sampled."""

EXACT = 4 * float(np.finfo(np.float64).eps)


def check_kinks(subject: OpUnderTest) -> bool | None:
    """Check `kinks` at one case."""
    if not subject.differentiable or subject.point.size == 0:
        return None
    declared = [check_declared(subject, kink) for kink in subject.op.kinks]
    value = pack(subject.values)
    if subject.point.size > MAX_ENTRIES or not 0 < value.size <= MAX_ENTRIES:
        return True if any(declared) else None
    if not all(map(is_in_domain, subject.slots, subject.arrays, [subject.op] * len(subject.slots))):
        return True if any(declared) else None  # at a declared pole only its convention can be checked
    directions = np.concatenate([np.diag(subject.steps), np.full((1, subject.point.size), subject.steps.min())])
    estimates = slopes(subject.packed_forward, subject.point, directions)
    converged = estimates.converged.all(axis=1)
    converged[-1] = converged.all()  # beside a pole, the rule may multiply 0 by infinity
    jacobian = rule_jacobian(subject, value.size)
    decided = [
        check_entry(subject, estimates, directions[row], jacobian[column], row, column)
        for row in range(len(directions))
        if converged[row]
        for column in range(value.size)
    ]
    return True if any(decided) or any(declared) else None


def is_in_domain(slot: Slot, array: Any, op: Any) -> bool:
    """Return whether an array lies inside its operand's domain."""
    return bool(inside(array, op.domain.get(slot.operand)).all())


def rule_jacobian(subject: OpUnderTest, size: int) -> Any:
    """Return the rule's Jacobian: a row per output entry, a column per entry of the point."""
    rows: list[Any] = []
    for unit in np.eye(size):
        cotangents = unpack(unit, subject.values, dual=True)
        rows.append(pack(subject.rule(cotangents), dual=True))
    return np.array(rows)


def check_entry(subject: OpUnderTest, estimates: Slopes, direction: Any, gradient: Any, row: int, column: int) -> bool:
    """Check one output entry along one direction. Raises WrongAtKink; returns False if nothing is decided."""
    if not np.isfinite(estimates.value[column]):
        return False
    moved = direction > 0
    parts = direction[moved] * gradient[moved]
    claimed = float(parts.sum())
    kinked = bool(estimates.kinked[row, column])
    if kinked:
        ends: tuple[float, float] = estimates.left[row, column], estimates.right[row, column]
        error = estimates.left_error[row, column] + estimates.right_error[row, column]
    else:
        ends = (estimates.central[row, column],) * 2
        error = estimates.central_error[row, column]
    scale = max(map(abs, ends))
    if not 3 * error <= 1e-5 * scale + 1e-9 * estimates.size[row, column]:
        return False
    tolerance = 3 * error + 1e-10 * (scale + (np.abs(parts).sum() if np.isfinite(claimed) else 0.0))
    if min(ends) - tolerance <= claimed <= max(ends) + tolerance:
        return True
    still = ends == (0, 0) and abs(claimed) <= rounding_floor(subject.point)
    if (
        still
        or rounding_noise(subject.packed_forward, subject.point)[column] > NOISE_THRESHOLD * estimates.size[row, column]
    ):
        return False
    kinks = bool(estimates.kinked.any()) or has_declared_ties(subject) or kinks_cross(subject, estimates)
    if kinks and is_between_nearby_slopes(subject, direction, column, claimed, tolerance + 1e-3 * abs(claimed)):
        return True
    length = direction.max()
    low, high = min(ends) / length, max(ends) / length
    alone = moved.sum() == 1
    entry = entry_name(subject, int(np.argmax(moved))) if alone else "all entries together"
    raise WrongAtKink(
        f"derivative along {entry} is wrong{' at a kink' if kinked else ''}",
        ("rule says", f"{claimed / length:.10g}"),
        ("it is", f"between {low:.10g} and {high:.10g}" if kinked else f"{high:.10g} ± {3 * error / length:.0e}"),
        operand=entry.partition("[")[0] if alone else None,
        case=subject.case,
    )


def kinks_cross(subject: OpUnderTest, estimates: Slopes) -> bool:
    """Return whether kinks cross here that no single entry meets, as in a maximum of moduli at 0.

    Slopes along entries then do not add up to the slope along a direction in which all of them move.
    """
    shares = random_step_fractions(np.random.default_rng(subject.point.size), subject.point.size)
    across = slopes(subject.packed_forward, subject.point, (shares * subject.steps)[None])
    error = np.abs(shares) @ estimates.central_error[:-1] + across.central_error[0]
    terms = np.abs(shares) @ np.abs(estimates.central[:-1])
    nonlinear = np.abs(across.central[0] - shares @ estimates.central[:-1]) > 3 * error + 1e-7 * terms
    return bool(nonlinear.any() or across.kinked.any() or not across.converged.all())


def has_declared_ties(subject: OpUnderTest) -> bool:
    """Return whether entries of one operand are equal and the op declares that as a kink.

    Moving a single entry need not show it: of four equal entries, each alone leaves the median unchanged.
    """
    declared = {kink.operands[0] for kink in subject.op.kinks if isinstance(kink, Tie) and len(kink.operands) == 1}
    pairs = zip(subject.slots, subject.arrays, strict=True)
    return any(slot.operand in declared and np.unique(array).size < array.size for slot, array in pairs)


def is_between_nearby_slopes(
    subject: OpUnderTest, direction: Any, column: int, claimed: float, tolerance: float
) -> bool:
    """Return whether a derivative lies between the slopes of adjacent smooth pieces: a generalised gradient.

    Where several kinks cross, one direction need not meet all pieces. If all entries move alike and ties stay ties,
    every piece has the same slope, so only that slope is legal.
    """
    generator = np.random.default_rng(subject.point.size)
    nearby_slopes: list[float] = []
    for _ in range(NEARBY_POINTS):
        aside = subject.point + subject.steps * random_step_fractions(generator, subject.point.size) / 64
        ahead, behind = subject.packed_forward(aside + direction / 2**12), subject.packed_forward(aside)
        nearby_slopes.append(float(ahead[column] - behind[column]) * 2**12)
    return min(nearby_slopes) - tolerance <= claimed <= max(nearby_slopes) + tolerance


def entry_name(subject: OpUnderTest, entry: int) -> str:
    """Return the operand and index for a position of the packed point: `x1[0,1]`."""
    for slot, array in zip(subject.slots, subject.arrays, strict=True):
        width = array.size * (2 if array.dtype.kind == "c" else 1)
        if entry < width:
            position = cast("tuple[int, ...]", np.unravel_index(entry % array.size, array.shape))
            index = ",".join(map(str, position))
            return f"{slot}[{index}]" if index else str(slot)
        entry -= width
    raise IndexError(entry)


# ------------------------------------------------------------------------------------------------ declarations


def check_declared(subject: OpUnderTest, kink: Any) -> bool:
    """Check a kink's declared convention. Return False if the case does not touch the kink."""
    if len(subject.values) != 1:
        return False
    if isinstance(kink, At) and kink.cotangent is not None:
        return check_at(subject, kink, kink.cotangent)
    if isinstance(kink, Tie) and kink.shares is not None and len(kink.operands) > 1:
        return check_tie(subject, kink, kink.shares)
    return False


def arrays_of(subject: OpUnderTest, names: tuple[str, ...]) -> list[tuple[Any, Any]] | None:
    """Return arrays and cotangents of some operands, or None unless all have one and broadcast to the result."""
    by_name = {str(slot): pair for slot, *pair in zip(subject.slots, subject.arrays, subject.result, strict=True)}
    shape = subject.values[0].shape
    try:
        fits = np.broadcast_shapes(shape, *(by_name[name][0].shape for name in names)) == shape
    except (KeyError, ValueError):
        return None
    return [(by_name[name][0], np.asarray(by_name[name][1])) for name in names] if fits else None


def summed_to(entries: Any, shape: tuple[int, ...]) -> Any:
    """Sum over broadcast axes, as the engine does for cotangents."""
    lead = entries.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, side in enumerate(shape) if side == 1)
    return entries.sum(axis=axes, keepdims=True).reshape(shape)


def check_at(subject: OpUnderTest, kink: At, factor: float) -> bool:
    """Check that at a declared value each cotangent is `factor` times the incoming one, exactly."""
    pairs = arrays_of(subject, (kink.operand,))
    if pairs is None:
        return False
    (array, cotangent), g = pairs[0], subject.cotangents[0]
    incoming = summed_to(g, array.shape)
    at_kink = (array == kink.value) & (incoming != 0)
    if not np.isfinite(factor):  # infinities of both signs may meet in a sum
        at_kink &= summed_to(np.abs(g), array.shape) == np.abs(incoming)
    require_declared(subject, kink, kink.operand, cotangent[at_kink], (factor * incoming)[at_kink])
    return bool(at_kink.any())


def check_tie(subject: OpUnderTest, kink: Tie, shares: tuple[float, ...]) -> bool:
    """Check that tied operands get their declared shares of the sum of their cotangents, exactly.

    The sum may be less than the incoming cotangent, since another operand may win over the tied ones.
    """
    pairs = arrays_of(subject, kink.operands)
    if pairs is None or len({array.shape for array, _ in pairs}) > 1:
        return False
    tied = np.logical_and.reduce([pairs[0][0] == array for array, _ in pairs])
    together: Any = sum(cotangent for _, cotangent in pairs)
    for name, (_, cotangent), share in zip(kink.operands, pairs, shares, strict=True):
        require_declared(subject, kink, name, cotangent[tied], (share * together)[tied])
    return bool(tied.any())


def require_declared(subject: OpUnderTest, kink: At | Tie, operand: str, cotangents: Any, declared: Any) -> None:
    """Raise WrongAtKink if cotangents are not the declared ones."""
    with np.errstate(invalid="ignore"):
        near = np.isfinite(declared) & (np.abs(cotangents - declared) <= EXACT * np.abs(declared))
    equal = (cotangents == declared) | near
    if equal.all():
        return
    first = int(np.argmin(equal))
    raise WrongAtKink(
        f"cotangent of {operand} is not the declared one where {kink}",
        ("rule says", f"{cotangents[first]:.10g}"),
        ("declared", f"{declared[first]:.10g}"),
        operand=operand,
        case=subject.case,
    )


KINKS = Property("kinks", WrongAtKink, ("ties", "edges"), check_kinks)
