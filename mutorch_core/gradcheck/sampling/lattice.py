"""The points that operands are drawn from: multiples of 1/64, simplest first, so that cases shrink to 0 and 1.

They are exact in binary, and so are the steps that finite differences take from them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

from mutorch_core.domain import Domain, Interval

__all__ = ["COTANGENTS", "EXTREMES", "WIDE", "around_kinks", "edge_points", "lattice"]

FINEST = 64
WIDEST = 4.0

Points = tuple[float, ...]


def simplicity(point: float) -> tuple[int, float, bool]:
    """Return the sort key of points: integers, then halves, quarters, …; small before large, positive first."""
    return point.as_integer_ratio()[1], abs(point), point < 0


COTANGENTS: Points = (1.0, 0.0, *sorted((k / 8 for k in range(-24, 25) if k not in (0, 8)), key=simplicity))


WIDE: Points = tuple(sorted((k / 4 for k in range(-400, 401) if abs(k) > 20), key=simplicity))
"""Points beyond the usual ones, up to 100."""

EXTREMES: Points = tuple(
    sign * size for size in (100.0, 1e-10, 1000.0, 1e10, 1e-30, 1e100, 1e-150, 20.0, 1e200) for sign in (1, -1)
)
"""Large and tiny numbers, the least extreme first."""


@lru_cache(maxsize=1024)
def lattice(domain: Domain | None, avoid: tuple[float, ...] = (), limits: Interval | None = None) -> Points:
    """Return the points inside a domain and `limits` but not in `avoid`; finer than 1/64 in a narrow interval."""
    points: set[float] = set()
    for piece in domain.intervals if domain is not None else (Interval(),):
        low, high = clipped_ends(piece, limits)
        if low < high:
            points.update(points_between(low, high))
    return tuple(sorted(points - set(avoid), key=simplicity))


def edge_points(domain: Domain | None) -> Points:
    """Return points near the ends of a domain's intervals, about a 1024th and a 64th of the length away."""
    points: list[float] = []
    for piece in domain.intervals if domain is not None else ():
        length = piece.high - piece.low
        unit = 2.0 ** math.floor(math.log2((length if math.isfinite(length) else 1.0) / 1024))
        for end, sign in ((piece.high, -1), (piece.low, 1)):
            if math.isfinite(end):
                points += [(math.floor(end / unit) + (sign > 0) + sign * steps) * unit for steps in (1, 16)]
    return tuple(points)


def clipped_ends(piece: Interval, limits: Interval | None) -> tuple[float, float]:
    """Return an interval's ends, clipped to `limits` and to the lattice's width."""
    low, high = piece.low, piece.high
    if limits is not None:
        low, high = max(low, limits.low), min(high, limits.high)
    near = max(low, min(high, 0.0)) if math.isfinite(max(low, min(high, 0.0))) else 0.0
    return max(low, near - WIDEST), min(high, near + WIDEST)


def points_between(low: float, high: float) -> Iterable[float]:
    """Return the multiples of a power of two strictly inside an interval, at least 16 of them."""
    step = min(1 / FINEST, 2.0 ** math.floor(math.log2((high - low) / 16)))
    first, last = math.floor(low / step) + 1, math.ceil(high / step) - 1
    return (k * step for k in range(first, last + 1))


@lru_cache(maxsize=256)
def around_kinks(points: Points, declared: Points, extra: Points) -> Points:
    """Return a few points for `ties` and `edges`: those of `extra` on the lattice, and all declared kinks."""
    inside = set(points)
    few = [point for point in extra if point in inside]
    nearby = tuple(dict.fromkeys([*few, *declared]))
    return nearby if len(nearby) > 1 else (*nearby, *points[:2])
