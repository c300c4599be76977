"""The regions that several ops share."""

from math import inf

from mutorch_core.domain import Interval
from mutorch_ops_basic.operands.domains import NONZERO, POSITIVE, UNIT


def test_the_regions_leave_out_their_ends():
    assert POSITIVE.intervals == (Interval(0, inf),)
    assert NONZERO.intervals == (Interval(-inf, 0), Interval(0, inf))
    assert UNIT.intervals == (Interval(-1, 1),)


def test_the_regions_print_as_mathematics():
    assert (str(POSITIVE), str(NONZERO), str(UNIT)) == ("(0, inf)", "(-inf, 0) ∪ (0, inf)", "(-1, 1)")
