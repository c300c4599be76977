"""Domains and kinks: the region in which an op is smooth, and its rule's value at a kink, as plain data.

An op declares these beside its forward. The checker, `mutorch ops` and the reference use them.

    @op("acme::log", domain={"x": Interval(0, inf)})
    @op("acme::relu", kinks=(At("x", 0.0, cotangent=0.0),))
    @op("acme::maximum", kinks=(Tie("x1", "x2", shares=(0.5, 0.5)),))
"""

from __future__ import annotations

from math import inf

import attrs

from mutorch_core.errors import DeclarationError

__all__ = ["At", "Domain", "Interval", "Kink", "Multiple", "Tie", "Union"]


@attrs.frozen
class Interval:
    """The open interval `low < x < high` in which the op is smooth. The checker draws an operand's entries from it.

    Raises DeclarationError unless `low < high`.
    """

    low: float = -inf
    high: float = inf

    def __attrs_post_init__(self) -> None:
        if not self.low < self.high:
            raise DeclarationError(f"Interval({self.low}, {self.high}) is empty: low must be below high")

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The connected pieces: this one."""
        return (self,)

    def __str__(self) -> str:
        return f"({self.low:g}, {self.high:g})"


@attrs.frozen(init=False)
class Union:
    """Several intervals: `Union(Interval(-4, 0), Interval(0, 4))` is smooth on either side of 0."""

    intervals: tuple[Interval, ...]

    def __init__(self, *intervals: Interval) -> None:
        if not intervals:
            raise DeclarationError("Union() is empty: give it one Interval at least")
        object.__setattr__(self, "intervals", intervals)

    def __str__(self) -> str:
        return " ∪ ".join(map(str, self.intervals))


@attrs.frozen
class At:
    """A kink or jump at entries of `operand` that equal `value`.

    `cotangent` is the factor by which the rule multiplies an incoming cotangent at such an entry; None if the op
    promises nothing there (at a pole, for example).
    """

    operand: str
    value: float
    cotangent: float | None = None

    def __str__(self) -> str:
        return f"{self.operand} = {self.value:g}"


@attrs.frozen(init=False)
class Tie:
    """A kink at equal entries of two operands, or at equal entries of one operand.

    `shares` are the operands' factors at a tie, in their order. None promises only that the cotangents are right along
    the tied direction, as those of an even split over equal entries are.
    """

    operands: tuple[str, ...]
    shares: tuple[float, ...] | None

    def __init__(self, *operands: str, shares: tuple[float, ...] | None = None) -> None:
        if not operands:
            raise DeclarationError("Tie() needs the name of one operand at least")
        if shares is not None and len(shares) != len(operands):
            raise DeclarationError(f"Tie{operands} has {len(operands)} operands and {len(shares)} shares")
        object.__setattr__(self, "operands", operands)
        object.__setattr__(self, "shares", shares)

    def __str__(self) -> str:
        first, *others = self.operands
        return " = ".join(self.operands) if others else f"equal entries of {first}"


@attrs.frozen
class Multiple:
    """A jump at entries of `operand` that are integer multiples of `of`, a number or another operand."""

    operand: str
    of: str | float

    def __str__(self) -> str:
        return f"{self.operand} a multiple of {self.of}"


Domain = Interval | Union
Kink = At | Tie | Multiple
