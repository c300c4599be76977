"""Ownership of gradients: they share no memory, and a graph keeps only the values that a rule names."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, op
from mutorch_core.engine.ownership import take_ownership


def test_gradients_of_two_leaves_never_share_memory():
    x, y = mt.Var(np.ones(3)), mt.Var(np.ones(3))
    cotangent = np.ones(3)
    (x + y).backprop(cotangent)
    x.grad[:] = 7.0
    np.testing.assert_array_equal(y.grad, 1.0)
    np.testing.assert_array_equal(cotangent, 1.0)


def test_a_gradient_is_no_view_of_an_operand_or_of_the_cotangent():
    x, y = mt.Var(np.ones(3)), mt.Var(np.full(3, 2.0))
    z = xp.sum(x * y)
    z.backprop()
    x.grad[:] = 0.0
    np.testing.assert_array_equal(y.value, 2.0)
    assert x.grad.flags.writeable


def test_a_second_backward_pass_does_not_change_a_gradient_read_before():
    x = mt.Var(np.ones(3))
    z = x * 2.0
    z.backprop(np.ones(3))
    taken = x.grad
    z.backprop(np.ones(3))
    np.testing.assert_array_equal(taken, 2.0)
    np.testing.assert_array_equal(x.grad, 4.0)


def test_a_sum_of_cotangents_does_not_change_the_users_cotangent():
    x, cotangent = mt.Var(np.ones(3)), np.arange(3.0)
    (x + x).backprop(cotangent)
    np.testing.assert_array_equal(x.grad, [0.0, 2.0, 4.0])
    np.testing.assert_array_equal(cotangent, [0.0, 1.0, 2.0])


def test_gradients_that_come_from_one_array_share_no_memory():
    a, b = mt.Var(np.ones(3)), mt.Var(np.ones(3))
    ((a + b) * 2.0).sum().backprop()
    returned = mt.grad(lambda a, b: ((a + b) * 2.0).sum(), argnums=(0, 1))(np.ones(3), np.ones(3))
    for first, second in ((a.grad, b.grad), returned):
        assert not np.shares_memory(first, second)
        first[:] = 7.0
        np.testing.assert_array_equal(second, 2.0)


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_gradients_from_a_joint_rule_that_returns_one_array_twice_share_no_memory(factor):
    @op("toy::total")
    def total(x: Array, y: Array, /) -> Array:
        return factor * (x + y)

    @total.vjp("x", "y")
    def _(g):
        cotangent = g if factor == 1.0 else g * factor
        return cotangent, cotangent

    x, y, g = mt.Var(np.ones(3)), mt.Var(np.ones(3)), np.ones(3)
    total(x, y).backprop(g)
    x.grad[:] = 7.0
    np.testing.assert_array_equal(y.grad, factor)
    np.testing.assert_array_equal(g, 1.0)


def test_a_returned_gradient_is_writable_even_if_the_rule_returned_a_broadcast_view():
    gradient = mt.grad(xp.sum)(np.ones(3))
    gradient += 1.0
    np.testing.assert_array_equal(gradient, 2.0)


def test_values_that_no_rule_names_are_not_kept_alive():
    class Tracked(np.ndarray):
        pass

    def fresh():
        return np.ones(3).view(Tracked)

    a, b, c = fresh(), fresh(), fresh()
    alive = [weakref.ref(value) for value in (a, b, c)]
    x, y = mt.Var(a), mt.Var(b)
    z = x + y
    w = z * c
    del a, b, c, x, y
    gc.collect()
    assert [ref() is not None for ref in alive] == [False, False, True]
    del z, w


def test_an_intermediate_array_is_freed_with_its_var():
    x = mt.Var(np.ones(3))
    y = x + 1.0
    ref = weakref.ref(y)
    z = y + 1.0
    del y
    gc.collect()
    assert ref() is None
    z.backprop(np.ones(3))
    np.testing.assert_array_equal(x.grad, 1.0)


def address(array):
    """The address of an array's first entry."""
    return array.__array_interface__["data"][0]


def test_an_array_that_nobody_else_holds_is_returned_as_it_is():
    cell = [np.ones(3)]
    before = address(cell[0])
    owned = take_ownership(cell.pop())
    assert address(owned) == before


def test_an_array_that_somebody_holds_is_copied():
    held = np.ones(3)
    owned = take_ownership(held)
    assert not np.shares_memory(owned, held)
    np.testing.assert_array_equal(owned, held)


def test_a_view_and_a_read_only_array_are_copied_and_the_copy_is_writable():
    base = np.ones((2, 3))
    cell = [base[0], np.broadcast_to(base[:, :1], (2, 3)), np.ones(3)]
    cell[2].flags.writeable = False
    for _ in range(3):
        before = address(cell[-1])
        owned = take_ownership(cell.pop())
        assert address(owned) != before
        assert owned.base is None
        assert owned.flags.writeable


@pytest.mark.parametrize("value", [2.5, 3, 2j])
def test_a_number_has_no_owner(value):
    assert take_ownership(value) is value


def test_a_gradient_that_only_the_engine_holds_is_not_copied():
    made = []

    @op("toy::fresh")
    def fresh(x: Array, /) -> Array:
        return x * 2.0

    @fresh.vjp("x")
    def _(g):
        cotangent = g * 2.0
        made.append(cotangent.__array_interface__["data"][0])
        return cotangent

    x, y = mt.Var(np.ones(3)), mt.Var(np.ones(3))
    backward_from = [(fresh(x), y), (fresh(+y), x)]
    for result, _ in backward_from:
        result.backprop(np.ones(3))
    assert [leaf.grad.__array_interface__["data"][0] for leaf in (x, y)] == made


def test_the_cotangents_of_visited_nodes_are_freed_during_the_pass():
    alive = []

    @op("toy::watch")
    def watch(x: Array, /) -> Array:
        return x * 2.0

    @watch.vjp("x")
    def _(g):
        assert all(ref() is None for ref in alive[:-1])
        cotangent = g * 2.0
        alive.append(weakref.ref(cotangent))
        return cotangent

    x = mt.Var(np.ones(3))
    watch(watch(watch(watch(x)))).backprop(np.ones(3))
    np.testing.assert_array_equal(x.grad, np.full(3, 16.0))
    assert [ref() is None for ref in alive] == [True, True, True, False]
