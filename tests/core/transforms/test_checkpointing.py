"""`checkpoint` gives the same gradients and keeps less."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import errors


def cube(x):
    return x * x * x


def test_checkpoint_gives_the_same_gradients_closures_included():
    w = mt.Var(np.array([0.5, -0.3]))

    def layer(x, *, scale):
        return xp.tanh(x * w) * scale

    def plain(x):
        return xp.sum(layer(x, scale=2.0))

    def remembered(x):
        return xp.sum(mt.checkpoint(layer)(x, scale=2.0))

    x = mt.Var(np.array([1.0, 2.0]))
    plain(x).backprop()
    expected = x.grad, w.grad
    x.clear_grad()
    w.clear_grad()
    remembered(x).backprop()
    np.testing.assert_allclose(x.grad, expected[0])
    np.testing.assert_allclose(w.grad, expected[1])


def test_checkpoint_differentiates_twice_and_inside_other_transforms():
    assert mt.grad(mt.grad(mt.checkpoint(cube)))(2.0) == 12.0
    assert mt.grad(mt.checkpoint(mt.grad(cube)))(2.0) == 12.0
    assert mt.grad(mt.checkpoint(mt.checkpoint(cube)))(2.0) == 12.0
    assert mt.jvp(mt.checkpoint(cube), (2.0,), (1.0,)) == (8.0, 12.0)
    assert mt.grad(mt.grad(mt.checkpoint(lambda x: mt.checkpoint(cube)(x) * x)))(2.0) == 48.0


def test_checkpoint_keeps_only_its_arguments():
    import tracemalloc

    x = np.ones(100_000)

    def deep(x):
        for _ in range(20):
            x = xp.exp(-x)
        return x

    def held(f):
        leaf = mt.Var(x)
        tracemalloc.start()
        result = f(leaf)
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        result.backprop(np.ones_like(x))
        return kept / x.nbytes

    assert held(deep) > 15
    assert held(mt.checkpoint(deep)) < 1.5


def test_checkpoint_of_a_tree_and_of_a_part_of_it():
    @mt.checkpoint
    def f(p):
        return {"a": p["x"] * p["y"], "b": p["x"], "c": "text"}

    result = f({"x": mt.Var(2.0), "y": 3.0})
    assert result["c"] == "text"
    x, y = mt.Var(2.0), mt.Var(3.0)
    f({"x": x, "y": y})["b"].backprop()
    assert (x.grad, y.grad) == (1.0, 0.0)


def test_checkpoint_under_no_grad_only_calls_the_function():
    with mt.no_grad():
        assert mt.checkpoint(cube)(mt.Var(2.0)).node is None


def test_a_backward_pass_through_a_released_checkpoint_raises():
    x = mt.Var(2.0)
    z = mt.checkpoint(cube)(x)
    z.backprop(release=True)
    with pytest.raises(errors.Released, match="released at a checkpoint"):
        z.backprop()


def test_an_assignment_to_an_argument_inside_a_checkpoint_keeps_its_gradient():
    def f(x):
        x[0] = x[0] * 3.0
        return xp.sum(x * x)

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(mt.grad(mt.checkpoint(f))(x), [18.0, 4.0])
