"""Bounds on the steps of finite differences: inside the op's domain, and short of the next kink.

The first step is a tenth of the entry, or 1/1024 near 0. It never exceeds 0.9 of the distance to the edge of the domain
or to a declared kink. Steps are powers of two, so that sums with lattice points are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mutorch_core.domain import At, Domain, Multiple, Tie

__all__ = ["first_steps", "inside"]

Array = Any


def inside(array: Array, domain: Domain | None) -> Array:
    """Return a mask of the entries inside a domain. Of a complex number the real part counts."""
    real = np.real(array)
    if domain is None:
        return np.ones(real.shape, dtype=bool)
    return np.logical_or.reduce([(piece.low < real) & (real < piece.high) for piece in domain.intervals])


def first_steps(op: Any, operands: Mapping[str, Any], names: Sequence[str], arrays: Sequence[Array]) -> list[Array]:
    """Return a first step for each entry of each array; `names` has the operand of each array."""
    radii = [edge_distance(np.real(array), op.domain.get(name)) for name, array in zip(names, arrays, strict=True)]
    by_operand: dict[str, list[tuple[Array, Array]]] = {}
    for name, array, radius in zip(names, arrays, radii, strict=True):
        by_operand.setdefault(name, []).append((np.real(array), radius))
    for kink in op.kinks:
        shrink_to_kink(kink, by_operand, operands)
    return [first_step(array, radius) for array, radius in zip(arrays, radii, strict=True)]


def first_step(array: Array, radius: Array) -> Array:
    """Return a power of two for each entry, separately for real and imaginary parts."""
    parts = (array.real, array.imag) if array.dtype.kind == "c" else (array,)
    preferred = [2.0 ** np.floor(np.log2(np.maximum(0.1 * np.abs(part), 2.0**-10))) for part in parts]
    allowed = 2.0 ** np.floor(np.log2(np.minimum(0.9 * radius, 2.0**900)))
    short = [np.minimum(step, allowed) for step in preferred]
    return short[0] + 1j * short[1] if len(short) == 2 else short[0]


def edge_distance(array: Array, domain: Domain | None) -> Array:
    """Return the distance of each entry to the ends of its interval of the domain; infinite outside of the domain."""
    distance = np.full(array.shape, np.inf)
    for piece in domain.intervals if domain is not None else ():
        within = (piece.low < array) & (array < piece.high)
        distance = np.where(within, np.minimum(array - piece.low, piece.high - array), distance)
    return distance


def shrink_to_kink(kink: Any, arrays: Mapping[str, list[tuple[Array, Array]]], operands: Mapping[str, Any]) -> None:
    """Shrink radii to the distance of a kink. An entry on the kink is not shrunk."""
    if isinstance(kink, At):
        for array, radius in arrays.get(kink.operand, ()):
            np.minimum(radius, infinite_where_zero(np.abs(array - kink.value)), out=radius)
    elif isinstance(kink, Tie):
        members = [pair for name in kink.operands for pair in arrays.get(name, ())]
        for index, (array, radius) in enumerate(members):
            if len(kink.operands) == 1:
                np.minimum(radius, gap_within(array) / 2, out=radius)
            for partner, _ in members[:index] + members[index + 1 :]:
                np.minimum(radius, gap_between(array, partner) / 2, out=radius)
    elif isinstance(kink, Multiple):
        shrink_to_multiples(kink, arrays, operands)


def shrink_to_multiples(
    kink: Multiple, arrays: Mapping[str, list[tuple[Array, Array]]], operands: Mapping[str, Any]
) -> None:
    """Shrink the radii of an operand and its unit, so that no entry becomes a multiple of it."""
    unit = np.real(np.asarray(operands.get(kink.of) if isinstance(kink.of, str) else kink.of, dtype=np.complex128))
    members = [*arrays.get(kink.operand, ()), *(arrays.get(kink.of, ()) if isinstance(kink.of, str) else ())]
    for array, _ in arrays.get(kink.operand, ()):
        with np.errstate(all="ignore"):
            ratio = array / unit
            whole = np.stack([np.floor(ratio - 1e-9), np.ceil(ratio + 1e-9)])
            distance = np.abs(array - whole * unit) / (2 * (1 + np.abs(whole)))
        nearest = float(np.nanmin(infinite_where_zero(distance), initial=np.inf))
        for _, radius in members:
            np.minimum(radius, nearest, out=radius)


def infinite_where_zero(distance: Array) -> Array:
    """Return distances with infinity in place of 0."""
    return np.where(distance > 0, distance, np.inf)


def gap_within(array: Array) -> float:
    """Return the smallest difference of two different entries."""
    different = np.unique(array)
    return float(np.diff(different).min(initial=np.inf))


def gap_between(array: Array, other: Array) -> Array:
    """Return for each entry of `array` its smallest nonzero distance to the entries of `other` that it meets."""
    try:
        gaps = infinite_where_zero(np.abs(array - other))
    except ValueError:  # shapes that don't broadcast: any two entries may meet
        return np.full(array.shape, gap_within(np.concatenate([array.ravel(), other.ravel()])))
    lead = gaps.ndim - array.ndim
    axes = tuple(range(lead)) + tuple(lead + i for i, side in enumerate(array.shape) if side == 1)
    return gaps.min(axis=axes, keepdims=True, initial=np.inf).reshape(array.shape)
