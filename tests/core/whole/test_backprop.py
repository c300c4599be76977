"""`Var.backprop` on whole graphs: accumulation in the leaves, deep graphs, threads, kinds of values."""

from __future__ import annotations

import gc
import threading
from fractions import Fraction

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, errors, op


def test_repeated_backward_passes_after_clear_grad_give_the_same_gradients():
    x, y, p = mt.Var(10.0, name="x"), mt.Var(20.0, name="y"), mt.Var(1.0, name="p")
    z = x * x + y
    z.backprop()
    assert (x.grad, y.grad, p.grad) == (20.0, 1.0, 0.0)
    for leaf in (x, y, p):
        leaf.clear_grad()
        assert leaf.grad == 0.0
    z.backprop()
    assert (x.grad, y.grad, p.grad) == (20.0, 1.0, 0.0)
    assert all(type(leaf.grad) is float for leaf in (x, y, p))


def test_gradients_accumulate_in_the_leaves():
    x = mt.Var(3.0)
    z = x * x
    z.backprop()
    z.backprop()
    assert x.grad == 12.0


def test_a_chain_of_many_nodes_needs_no_recursion():
    x = mt.Var(1.0)
    z = x
    for _ in range(100_000):
        z = z + x
    z.backprop()
    assert x.grad == 100_001.0
    del z
    gc.collect()


def test_a_diamond_sixty_levels_deep_is_visited_once_per_node():
    x = mt.Var(1)
    z = x
    for _ in range(60):
        z = z + z
    z.backprop()
    assert x.grad == 2**60


def test_gradients_of_fractions_are_exact():
    x = mt.Var(Fraction(1, 3))
    (x * x * x - 2 * x).backprop()
    assert x.grad == Fraction(1, 3) - 2


@pytest.mark.parametrize("value", [np.array([1, 2]), np.array([True, False])])
def test_integer_arrays_are_constants(value):
    x = mt.Var(value)
    z = x * 2.0
    assert z.node is None
    with pytest.raises(errors.NotTracked, match="not tracked"):
        z.backprop(np.ones(2))
    np.testing.assert_array_equal(x.grad, np.zeros_like(value))


def test_a_numpy_scalar_can_be_a_leaf():
    x = mt.Var(np.float32(3.0))
    (x * x).backprop()
    assert x.grad.dtype == np.float32
    assert x.grad == 6.0


def test_a_recorded_backward_pass_gives_gradients_that_can_be_differentiated():
    x = mt.Var(2.0)
    (x * x * x).backprop(create_graph=True)
    first = x.grad
    assert type(first) is mt.Var
    x.clear_grad()
    first.backprop()
    assert x.grad == 12.0


def test_gradients_of_raw_and_recorded_backward_passes_add_up():
    x = mt.Var(2.0)
    z = x * x
    z.backprop()
    z.backprop(create_graph=True)
    assert x.grad.value == 8.0


def test_a_failed_backward_pass_changes_no_gradient():
    @op("toy::fails")
    def fails(x: Array, /) -> Array:
        return x

    @fails.vjp("x")
    def _(g):
        raise RuntimeError("no")

    x, y = mt.Var(1.0), mt.Var(2.0)
    z = y * 3.0 + fails(x)
    with pytest.raises(RuntimeError, match="no"):
        z.backprop()
    assert y.grad == 0.0


def test_threads_can_accumulate_into_one_leaf():
    x = mt.Var(1.0)
    results = [x * float(i) for i in range(200)]

    def work(part):
        for result in part:
            result.backprop()

    threads = [threading.Thread(target=work, args=(results[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad == sum(range(200))
