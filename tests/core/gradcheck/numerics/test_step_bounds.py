"""Bounds on the steps of finite differences."""

from types import SimpleNamespace

import numpy as np
import pytest

from mutorch_core.domain import At, Interval, Multiple, Tie, Union
from mutorch_core.gradcheck.numerics.step_bounds import first_steps, inside


def steps_of(*arrays, domain=None, kinks=(), operands=None):
    names = [f"x{i}" for i in range(len(arrays))]
    op = SimpleNamespace(domain=domain or {}, kinks=kinks)
    values = dict(zip(names, arrays, strict=True)) | (operands or {})
    return first_steps(op, values, names, arrays)


def test_inside_is_open_at_the_ends_and_looks_at_the_real_part():
    domain = Union(Interval(-1, 0), Interval(1, 2))
    assert inside(np.array([-1.0, -0.5, 0.0, 0.5, 1.5, 2.0]), domain).tolist() == [
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    assert inside(np.array([1.5 + 9j]), domain).all()
    assert inside(np.array([np.inf]), None).all()


def test_a_step_is_a_power_of_two_near_a_tenth_of_its_entry():
    array = np.array([0.0, 1e-9, 1.0, -3.0, 100.0])
    (steps,) = steps_of(array)
    assert steps.tolist() == [2.0**-10, 2.0**-10, 2.0**-4, 2.0**-2, 8.0]


def test_real_and_imaginary_parts_have_steps_of_their_own():
    (steps,) = steps_of(np.array([1.0 + 100.0j]))
    assert steps.tolist() == [2.0**-4 + 8j]


@pytest.mark.parametrize("distance", [2.0**-3, 1e-3, 1e-12])
def test_no_step_leaves_the_domain(distance):
    array = np.array([1.0 - distance])
    (steps,) = steps_of(array, domain={"x0": Interval(-1, 1)})
    assert 0 < steps[0] < distance


def test_no_step_reaches_a_declared_kink_but_one_at_it_is_free():
    array = np.array([0.99, 1.0, 5.0])
    (steps,) = steps_of(array, kinks=(At("x0", 1.0),))
    assert steps[0] < 0.01
    assert steps[1:].tolist() == [2.0**-4, 0.5]


def test_operands_that_may_tie_share_the_gap_between_them():
    first, second = np.array([1.0, 2.0]), np.array([1.0 + 2.0**-8, 9.0])
    steps = steps_of(first, second, kinks=(Tie("x0", "x1"),))
    assert steps[0][0] + steps[1][0] < 2.0**-8
    assert steps[0][1] == 2.0**-3


def test_entries_that_broadcasting_brings_together_keep_apart():
    first, second = np.array([[1.0], [4.0]]), np.array([1.0 + 2.0**-9, 4.5])
    steps = steps_of(first, second, kinks=(Tie("x0", "x1"),))
    assert steps[0][0, 0] < 2.0**-9
    assert steps[1][0] < 2.0**-9


def test_entries_of_one_operand_that_may_tie_keep_apart():
    (steps,) = steps_of(np.array([1.0, 1.0 + 2.0**-6, 50.0]), kinks=(Tie("x0"),))
    assert (steps < 2.0**-6).all()


def test_no_entry_becomes_a_multiple_of_its_unit():
    array, unit = np.array([5.9]), np.array(2.0)
    steps = steps_of(array, unit, kinks=(Multiple("x0", of="x1"),))
    for a in (-1, 1):
        for b in (-1, 1):
            ratio = (array + a * steps[0]) / (unit + b * steps[1])
            assert 2 < ratio[0] < 3
