"""What a draw of one case has at hand: Hypothesis's `draw`, the lane, and the points not yet taken.

Everything is drawn entry by entry, so that Hypothesis can shrink it; nothing is filtered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from mutorch_core.domain import Interval
from mutorch_core.gradcheck.lattice import COTANGENTS, Points, around_kinks, lattice

__all__ = ["Sampling", "Strategies"]

Array = Any
Draw = Callable[[Any], Any]

FAR = 7**17
"""Integers are drawn from here on: Hypothesis mixes the constants of the modules around it into its draws, which
differ from machine to machine, but none of them is that far out."""


@lru_cache(maxsize=4096)
def below(count: int) -> Any:
    """The integers below `count`; shrinks to 0."""
    return st.integers(FAR, FAR + count - 1)


class Sampling:
    """One case in the making. `lane` says what is looked for, `kinks` which values are to be hit or avoided."""

    def __init__(self, draw: Draw, lane: str, kinks: tuple[float, ...]) -> None:
        self.draw = draw
        self.lane = lane
        self.kinks = kinks
        self.taken: set[float] = set()

    def below(self, count: int) -> int:
        """An integer from 0 to count - 1; shrinks to 0."""
        return self.draw(below(count)) - FAR if count > 1 else 0

    def pick(self, options: Sequence[Any]) -> Any:
        """One of some options; shrinks to the first."""
        return options[self.below(len(options))]

    def chance(self, one_in: int) -> bool:
        """True once in so many draws; shrinks to False."""
        return self.below(one_in) == one_in - 1

    def points(self, points: Points) -> Points:
        """What to draw from in this lane, out of the points of an operand."""
        if self.lane == "ties":
            return around_kinks(points, self.kinks, points[:3])
        if self.lane == "edges":
            return around_kinks(points, self.kinks, (0.0, 1.0, -1.0))
        return points

    def entries(self, count: int, points: Points) -> list[float]:
        """So many entries; all different, of all that were drawn, in the lanes that stay off ties."""
        points = self.points(points)
        if self.lane in ("ties", "edges"):
            return [self.pick(points) for _ in range(count)]
        if self.lane == "large":
            start, stride = self.below(len(points)), 1 + 2 * self.below(8)
            return [points[(start + stride * i) % len(points)] for i in range(count)]
        return [self.another(points) for _ in range(count)]

    def another(self, points: Points) -> float:
        """A point that was not taken yet: what was drawn, or the next free one."""
        start = self.below(len(points))
        for place in range(start, start + len(points)):
            point = points[place % len(points)]
            if point not in self.taken:
                self.taken.add(point)
                return point
        return points[start]

    def array(self, shape: tuple[int, ...], points: Points, imaginary: Points | None = None) -> Array:
        """An array of drawn entries; with `imaginary` points a complex one."""
        count = int(np.prod(shape, dtype=int))
        real = np.array(self.entries(count, points), dtype=np.float64).reshape(shape)
        if imaginary is None:
            return real
        return real + 1j * np.array(self.entries(count, imaginary), dtype=np.float64).reshape(shape)

    def cotangent_entries(self) -> Any:
        """Entries of cotangents, without end."""
        if self.lane == "large":
            start = self.below(len(COTANGENTS))
            while True:
                start += 5
                yield COTANGENTS[start % len(COTANGENTS)]
        while True:
            yield self.pick(COTANGENTS)

    # ---------------------------------------------------------------------------------------------------- shapes

    def side(self) -> int:
        """A side length: mostly 2 and 3, and 1 at times; in the lane `large`, long."""
        if self.lane == "large":
            return self.pick((20, 19))
        return self.pick((2, 2, 3, 1) if self.lane not in ("ties", "edges") else (2, 1, 2, 1))

    def shape(self, least: int = 0, most: int = 3) -> tuple[int, ...]:
        """A shape: all sides equal more often than not, since equal sides hide a sum over the wrong axis."""
        if self.lane == "large":
            return (self.side(),) * max(least, min(most, 2))
        most = max(least, min(most, 2)) if self.lane in ("ties", "edges") else most
        dims = least + self.pick(self.order_of_dims(most - least))
        side = self.side()
        sides = [self.side() if self.chance(4) else side for _ in range(dims)]
        if dims and least == 0 and self.lane in ("edges", "broadcast") and self.chance(8):
            sides[self.below(dims)] = 0
        return tuple(sides)

    @staticmethod
    def order_of_dims(extra: int) -> tuple[int, ...]:
        """How many dimensions to add: one is the simplest, none and three are rare."""
        return {0: (0,), 1: (1, 0), 2: (1, 2, 2, 0)}.get(extra, (1, 2, 2, 0, 2, 1, 3))

    def shapes(self, count: int) -> list[tuple[int, ...]]:
        """Shapes that broadcast; in every lane but `broadcast`, edges and ties they are one."""
        shape = self.shape()
        if self.lane not in ("broadcast", "edges", "ties"):
            return [shape] * count
        return [self.narrowed(shape) if count > 1 or self.lane == "broadcast" else shape for _ in range(count)]

    def narrowed(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape that broadcasts to another: leading axes dropped, sides of 1."""
        kind = self.below(4)
        if kind == 1:
            shape = shape[self.below(len(shape) + 1) :]
        if kind > 1:
            shape = tuple(1 if self.chance(2) else side for side in shape)
        return shape


class Strategies:
    """What a sampler gets as `strategies`: these, and otherwise Hypothesis's own.

    All follow the lane: where it looks for ties or edges, arrays are drawn from few values and shapes are small.
    """

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling

    def __getattr__(self, name: str) -> Any:
        return getattr(st, name)

    def _made(self, make: Callable[[Sampling], Any]) -> Any:
        sampling = self._sampling
        return st.builds(lambda: None).map(lambda _: make(sampling))

    def array(self, shape: Sequence[int], low: float = -4.0, high: float = 4.0) -> Any:
        """A float64 array with entries strictly between `low` and `high`, off the op's kinks; complex in that lane."""
        sampling = self._sampling
        points = lattice(None, sampling.kinks, Interval(low, high))
        imaginary = lattice(None) if sampling.lane == "complex" else None
        return self._made(lambda s: s.array(tuple(shape), points, imaginary))

    def sides(self) -> Any:
        """A small side length, 1 to 3; in the lane `large`, about 20."""
        return self._made(Sampling.side)

    def shape(self, min_dims: int = 0, max_dims: int = 3) -> Any:
        """A shape of so many dimensions."""
        return self._made(lambda s: s.shape(min_dims, max_dims))

    def square(self, n: int) -> Any:
        """An n × n matrix that is far from singular, its diagonal outweighing the rest."""
        return self._made(lambda s: s.array((n, n), lattice(None, (), Interval(-1, 1))) + 2 * n * np.eye(n))

    def spd(self, n: int) -> Any:
        """A symmetric positive definite n × n matrix, its entries exact in binary."""

        def make(sampling: Sampling) -> Array:
            root = sampling.array((n, n), lattice(None, (), Interval(-1, 1)))
            return root @ root.T + n * np.eye(n)

        return self._made(make)

    def labels(self, shape: Sequence[int], classes: int) -> Any:
        """An integer array with entries from 0 to classes - 1."""

        def make(sampling: Sampling) -> Array:
            entries = [sampling.below(classes) for _ in range(int(np.prod(shape, dtype=int)))]
            return np.array(entries, dtype=np.int64).reshape(tuple(shape))

        return self._made(make)

    def axis(self, ndim: int) -> Any:
        """An axis of an array of so many dimensions, negative ones too."""
        return self._made(lambda s: s.pick([axis for i in range(ndim) for axis in (i, i - ndim)]))

    def booleans(self, shape: Sequence[int] | None = None) -> Any:
        """True or False; with a shape, an array of them."""

        def make(sampling: Sampling) -> Any:
            if shape is None:
                return sampling.chance(2)
            entries = [sampling.chance(2) for _ in range(int(np.prod(shape, dtype=int)))]
            return np.array(entries, dtype=bool).reshape(tuple(shape))

        return self._made(make)
