"""Domains that several ops of this package share."""

from __future__ import annotations

from math import inf

from mutorch_core.domain import Interval, Union

__all__ = ["NONZERO", "POSITIVE", "UNIT"]

NONZERO = Union(Interval(-inf, 0), Interval(0, inf))
POSITIVE = Interval(0, inf)
UNIT = Interval(-1, 1)
