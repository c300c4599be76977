"""The state of one draw, and the strategies for samplers.

Everything is drawn entry by entry, so that Hypothesis can shrink it; nothing is filtered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import gcd
from typing import Any

import numpy as np

from mutorch_core.domain import Interval
from mutorch_core.gradcheck.sampling.lattice import COTANGENTS, WIDE, Points, around_kinks, lattice
from mutorch_core.gradcheck.sampling.randomness import Chooser

__all__ = ["Declined", "Sampling", "Strategies"]

Array = Any

SIDES = {"ties": (2, 2, 1), "edges": (2, 1, 2, 1), "extremes": (2, 1), "large": (2, 20, 19, 18, 20, 12, 20)}
"""The side lengths of regimes that differ from the usual ones."""


DEFAULT_INTERVAL = (-4.0, 4.0)
"""The interval of entries without further restrictions."""


class Declined(Exception):  # noqa: N818 - it is no error: it ends one attempt
    """An attempt that can't become a case."""


class Sampling:
    """One case in the making. `regime` is its regime, `kinks` are values to hit or to avoid."""

    def __init__(self, chooser: Chooser, regime: str, kinks: tuple[float, ...]) -> None:
        self.chooser = chooser
        self.regime = regime
        self.kinks = kinks
        self.used_points: set[float] = set()
        self.stride_state: tuple[int, int] | None = None
        self.magnitude: float | None = None

    def below(self, count: int) -> int:
        """Return an integer from 0 to count - 1; it shrinks to 0. Raises Declined if count is 0."""
        if count < 1:
            raise Declined("there is nothing to choose from, as with labels of no classes")
        return self.chooser.below(count) if count > 1 else 0

    def pick(self, options: Sequence[Any]) -> Any:
        """Choose one of some options; it shrinks to the first."""
        return options[self.below(len(options))]

    def chance(self, one_in: int) -> bool:
        """Return True with probability 1/one_in; it shrinks to False."""
        return self.below(one_in) == one_in - 1

    def points(self, points: Points) -> Points:
        """Return the points to draw from in this regime, given those of an operand."""
        if self.regime == "ties":
            return around_kinks(points, self.kinks, points[:3])
        if self.regime == "edges":
            return around_kinks(points, self.kinks, (0.0, 1.0, -1.0))
        return self.of_one_magnitude(points) if self.regime == "extremes" else points

    def of_one_magnitude(self, points: Points) -> Points:
        """Return points of one magnitude in every other case, since mixed magnitudes leave few digits to compare."""
        if self.magnitude is None:
            self.magnitude = abs(self.pick(points)) if self.chance(2) else 0.0
        if not self.magnitude:
            return points
        return tuple(p for p in points if self.magnitude <= 16 * abs(p) <= 256 * self.magnitude) or points

    def entries(self, count: int, points: Points) -> list[float]:
        """Draw entries; all different within the case, except in regimes with ties."""
        points = self.points(points)
        if self.regime in ("ties", "edges", "extremes", "large"):
            return self.numbers(count, points)
        return [self.unused_point(points) for _ in range(count)]

    def numbers(self, count: int, points: Sequence[Any]) -> list[Any]:
        """Draw points, which may repeat. Many of them are taken at a stride instead of drawn one by one."""
        if self.regime != "large":
            return [self.pick(points) for _ in range(count)]
        if self.stride_state is None:
            self.stride_state = self.below(512), 1 + 2 * self.below(8)
        start, stride = self.stride_state
        while gcd(stride, len(points)) > 1:  # a common divisor would skip points
            stride += 1
        self.stride_state = start + stride * count, stride  # so that the next operand's entries differ
        return [points[(start + stride * i) % len(points)] for i in range(count)]

    def unused_point(self, points: Points) -> float:
        """Draw a point, and return it or the next one that is unused."""
        start = self.below(len(points))
        for index in range(start, start + len(points)):
            point = points[index % len(points)]
            if point not in self.used_points:
                self.used_points.add(point)
                return point
        return points[start]

    def array(self, shape: tuple[int, ...], points: Points, imaginary: Points | None = None) -> Array:
        """Draw an array; a complex one if `imaginary` points are given."""
        count = int(np.prod(shape, dtype=int))
        real = np.array(self.entries(count, points), dtype=np.float64).reshape(shape)
        if imaginary is None:
            return real
        return real + 1j * np.array(self.entries(count, imaginary), dtype=np.float64).reshape(shape)

    def cotangent_entries(self) -> Any:
        """Yield entries of cotangents without end, at a drawn stride from a drawn one; all alike for stride 0."""
        index, step = self.below(len(COTANGENTS)), self.below(8)
        while True:
            yield COTANGENTS[index % len(COTANGENTS)]
            index += step

    # ---------------------------------------------------------------------------------------------------- shapes

    def side(self) -> int:
        """Draw a side length: mostly 2 and 3, at times 1; in the regime `large`, long."""
        return self.pick(SIDES.get(self.regime, (2, 3, 2, 3, 1)))

    def shape(self, least: int = 0, most: int = 3) -> tuple[int, ...]:
        """Draw a shape, often with equal sides, which detect a sum over the wrong axis."""
        if self.regime == "large":
            return (self.side(),) * max(least, min(most, 2))
        dims = least + self.pick(self.dimension_counts(least, most))
        side = self.side()
        sides = [self.side() if self.chance(4) else side for _ in range(dims)]
        if dims and self.regime in ("ones", "empty"):
            sides[self.below(dims)] = 1 if self.regime == "ones" else 0
        return tuple(sides)

    def dimension_counts(self, least: int, most: int) -> tuple[int, ...]:
        """Return the options for additional dimensions: 1 is the simplest, 0 only in some regimes."""
        extra = most - least
        if extra < 1 or self.regime == "scalar":
            return (0,)
        counts = (1, 2, 2, 0, 2) if self.regime in ("ties", "edges", "complex") else (1, 2, 2, 3, 2)
        fewest = 1 if least == 0 and 0 not in counts else 0
        return tuple(count for count in counts if fewest <= count <= extra)

    def shapes(self, count: int) -> list[tuple[int, ...]]:
        """Draw shapes that broadcast: mostly equal ones, in the regime `broadcast` all but one smaller."""
        shape = self.shape()
        if count > 1 and self.regime == "broadcast" and self.chance(2):
            # in a square, a sum over the wrong axis has the right shape
            side = self.pick((2, 3))
            return [(side, side), *(self.pick(((side,), (1, side), (side, 1))) for _ in range(count - 1))]
        if count > 1 and self.regime == "broadcast":
            whole = self.below(count)
            return [shape if i == whole else self.broadcastable_shape(shape) for i in range(count)]
        if count > 1 and self.regime in ("edges", "ties", "ones"):
            whole = self.below(count) if self.regime == "ones" else count  # this shape keeps its side of 1
            return [self.broadcastable_shape(shape) if i != whole and self.chance(3) else shape for i in range(count)]
        return [shape] * count

    def broadcastable_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Draw a smaller shape that broadcasts to another: sides of 1, fewer leading axes, or both."""
        if not shape:
            return shape
        if self.chance(2):
            shape = shape[1 + self.below(len(shape)) :]
            return tuple(1 if self.chance(4) else side for side in shape)
        flat = self.below(len(shape))
        return tuple(1 if axis == flat or self.chance(3) else side for axis, side in enumerate(shape))


class Strategies:
    """A sampler's argument `strategies`: these ones, and by other names Hypothesis's, which are much slower.

    All depend on the regime: for `ties` and `edges`, arrays have few values and shapes are small.
    """

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling

    def __getattr__(self, name: str) -> Any:
        return self._sampling.chooser.hypothesis_strategy(name)

    def _strategy(self, make: Callable[[Sampling], Any]) -> Any:
        sampling = self._sampling
        return sampling.chooser.strategy(lambda: make(sampling))

    def integers(self, min_value: int, max_value: int) -> Any:
        """Return a strategy for the integers between two bounds, both included."""
        return self._strategy(lambda s: min_value + s.below(max_value - min_value + 1))

    def sampled_from(self, elements: Iterable[Any]) -> Any:
        """Return a strategy for one of some elements."""
        options = tuple(elements)
        return self._strategy(lambda s: s.pick(options))

    def array(
        self,
        shape: Sequence[int],
        low: float = DEFAULT_INTERVAL[0],
        high: float = DEFAULT_INTERVAL[1],
        *,
        complex: bool = False,
    ) -> Any:
        """Return a strategy for a float64 array with entries strictly between `low` and `high`, off the op's kinks.

        It is complex128 if `complex` is True, and in the regime of that name, which ops with a kink do not have. In the
        regime `wide` it has larger entries, unless bounds are given.
        """
        sampling = self._sampling
        wide = sampling.regime == "wide" and (low, high) == DEFAULT_INTERVAL
        points = WIDE if wide else lattice(None, sampling.kinks, Interval(low, high))
        imaginary = lattice(None) if complex or sampling.regime == "complex" else None
        return self._strategy(lambda s: s.array(tuple(shape), points, imaginary))

    def sides(self) -> Any:
        """Return a strategy for a small side length, 1 to 3; in the regime `large`, about 20."""
        return self._strategy(Sampling.side)

    def shape(self, min_dims: int = 0, max_dims: int = 3) -> Any:
        """Return a strategy for a shape of `min_dims` to `max_dims` dimensions."""
        return self._strategy(lambda s: s.shape(min_dims, max_dims))

    def square(self, n: int) -> Any:
        """Return a strategy for a diagonally dominant n × n matrix, which is far from singular."""
        return self._strategy(lambda s: s.array((n, n), lattice(None, (), Interval(-1, 1))) + 2 * n * np.eye(n))

    def spd(self, n: int) -> Any:
        """Return a strategy for a symmetric positive definite n × n matrix with entries exact in binary."""

        def make(sampling: Sampling) -> Array:
            root = sampling.array((n, n), lattice(None, (), Interval(-1, 1)))
            return root @ root.T + n * np.eye(n)

        return self._strategy(make)

    def labels(self, shape: Sequence[int], classes: int) -> Any:
        """Return a strategy for an integer array with entries from 0 to classes - 1."""

        def make(sampling: Sampling) -> Array:
            entries = sampling.numbers(int(np.prod(shape, dtype=int)), range(classes))
            return np.array(entries, dtype=np.int64).reshape(tuple(shape))

        return self._strategy(make)

    def axis(self, ndim: int) -> Any:
        """Return a strategy for an axis of an array of `ndim` dimensions, negative ones included."""
        return self._strategy(lambda s: s.pick([axis for i in range(ndim) for axis in (i, i - ndim)]))

    def booleans(self, shape: Sequence[int] | None = None) -> Any:
        """Return a strategy for True or False; with a shape, for an array of them."""

        def make(sampling: Sampling) -> Any:
            if shape is None:
                return sampling.chance(2)
            entries = sampling.numbers(int(np.prod(shape, dtype=int)), (False, True))
            return np.array(entries, dtype=bool).reshape(tuple(shape))

        return self._strategy(make)
