"""The points that operands are drawn from."""

import math

import pytest

from mutorch_core.domain import Interval, Union
from mutorch_core.gradcheck.numerics.step_bounds import inside
from mutorch_core.gradcheck.sampling.lattice import COTANGENTS, EXTREMES, WIDE, around_kinks, edge_points, lattice


def test_the_lattice_is_exact_inside_its_domain_and_simplest_first():
    points = lattice(Interval(-1, 2))
    assert points[:5] == (0.0, 1.0, 0.5, -0.5, 1.5)
    assert all(-1 < point < 2 and (64 * point).is_integer() for point in points)
    assert 0.0 not in lattice(Union(Interval(-1, 0), Interval(0, 1)))
    assert 1.0 not in lattice(None, avoid=(1.0,))
    assert len(lattice(Interval(0, 1e-3))) >= 15
    assert all(100 < point <= 104 for point in lattice(Interval(100)))
    assert lattice(None, (), Interval(2, 1 + 2)) == lattice(Interval(2, 3))


@pytest.mark.parametrize("ends", [(-1000, 1000), (-1, 1), (-math.pi / 2, math.pi / 2), (0, math.inf), (-1e-3, 0)])
def test_brinks_lie_inside_and_at_both_ends(ends):
    domain = Interval(*ends)
    points = edge_points(domain)
    assert len(points) == 2 * sum(map(math.isfinite, ends))
    assert all(inside(point, domain) for point in points)


def test_points_are_exact_and_the_simplest_come_first():
    assert COTANGENTS[:5] == (1.0, 0.0, 2.0, -1.0, -2.0) or COTANGENTS[:2] == (1.0, 0.0)
    assert len(set(COTANGENTS)) == 49
    assert all((8 * point).is_integer() for point in COTANGENTS)
    assert {abs(point) > 5 for point in WIDE} == {True}
    assert max(WIDE) == 100.0
    assert WIDE[0].is_integer()
    assert max(map(abs, EXTREMES)) == 1e200


def test_points_around_kinks_are_the_declared_ones_and_those_on_the_lattice():
    points = lattice(Interval(0.5, 4))
    assert around_kinks(points, (3.0,), (0.0, 1.0, -1.0)) == (1.0, 3.0)
    assert around_kinks(points, (), (0.0, 1.0)) == (1.0, *points[:2])
