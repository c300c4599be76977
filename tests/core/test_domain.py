"""Domains and kinks as plain data."""

from __future__ import annotations

from math import inf, nan

import attrs
import pytest

from mutorch_core.domain import At, Interval, Multiple, Tie, Union
from mutorch_core.errors import DeclarationError


def test_an_interval_is_the_whole_line_unless_an_end_is_given():
    assert (Interval().low, Interval().high) == (-inf, inf)
    assert (Interval(0).low, Interval(0).high) == (0, inf)
    assert (Interval(high=2.0).low, Interval(high=2.0).high) == (-inf, 2.0)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, -1), (inf, -inf), (nan, 1.0), (0.0, nan)])
def test_an_empty_interval_is_refused(low, high):
    with pytest.raises(DeclarationError, match=r"Interval\(.*\) is empty: low must be below high"):
        Interval(low, high)


def test_a_union_has_its_intervals_and_an_interval_is_its_own_piece():
    left, right = Interval(-4, 0), Interval(0, 4)
    assert left.intervals == (left,)
    assert Union(left, right).intervals == (left, right)
    assert Union(left, right) == Union(left, right) != Union(right, left)
    with pytest.raises(DeclarationError, match=r"Union\(\) is empty: give it one Interval at least"):
        Union()


def test_a_tie_has_operands_and_at_most_one_share_for_each():
    tie = Tie("x1", "x2", shares=(0.5, 0.5))
    assert (tie.operands, tie.shares) == (("x1", "x2"), (0.5, 0.5))
    assert Tie("x").shares is None
    with pytest.raises(DeclarationError, match=r"Tie\(\) needs the name of one operand at least"):
        Tie()
    with pytest.raises(DeclarationError, match=r"Tie\('x1', 'x2'\) has 2 operands and 1 shares"):
        Tie("x1", "x2", shares=(1.0,))


@pytest.mark.parametrize(
    ("kink", "text"),
    [
        (Interval(0, inf), "(0, inf)"),
        (Interval(-0.5, 2), "(-0.5, 2)"),
        (Union(Interval(-4, 0), Interval(0, 4)), "(-4, 0) ∪ (0, 4)"),
        (At("x", 0.0, cotangent=0.5), "x = 0"),
        (At("x", 0.25), "x = 0.25"),
        (Tie("x1", "x2"), "x1 = x2"),
        (Tie("x"), "equal entries of x"),
        (Multiple("x", 1), "x a multiple of 1"),
        (Multiple("x1", "x2"), "x1 a multiple of x2"),
    ],
)
def test_domains_and_kinks_are_printed_as_formulas(kink, text):
    assert str(kink) == text


def test_a_kink_promises_no_cotangent_unless_it_is_given():
    assert At("x", 0.0).cotangent is None
    assert At("x", 0.0, cotangent=0.0).cotangent == 0.0


@pytest.mark.parametrize("value", [Interval(), Union(Interval()), At("x", 0.0), Tie("x"), Multiple("x", 1)])
def test_domains_and_kinks_are_immutable_and_hashable(value):
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, attrs.fields(type(value))[0].name, None)
    assert len({value, attrs.evolve(value) if not isinstance(value, (Union, Tie)) else value}) == 1
