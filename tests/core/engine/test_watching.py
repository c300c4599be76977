"""Watched rules behave as the rules they wrap, and statistics are right on every kind of value."""

from __future__ import annotations

import threading
from fractions import Fraction

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.declaration.pullback import Pullback
from mutorch_core.engine.hooks import HookedRule
from mutorch_core.engine.watching import NodeWatcher, WatchedRule, cotangent_values, is_watched, statistics_of
from mutorch_core.graph.grad_mode import mode_counter
from mutorch_core.graph.node import OutputCotangents


class Recorder(NodeWatcher):
    """A watcher that keeps the symbols of what it sees."""

    def __init__(self):
        super().__init__()
        self.made, self.pulled = [], []

    def describe(self, node, arguments, result, place):
        self.made.append((node.rule.symbol, list(arguments), place.rsplit("/")[-1].partition(":")[0]))
        return "kept"

    def pull(self, rule, g, node, run):
        self.pulled.append((rule.symbol, rule.details, rule.place is not None))
        return run()


def test_new_nodes_are_wrapped_and_older_ones_when_a_pass_starts():
    x = mt.Var(np.array([1.0, 2.0]))
    old = x * x
    with Recorder() as seen:
        z = xp.sum(old)
        z.backprop()
    assert seen.made == [("sum", ["x", "axis", "dtype", "keepdims"], "test_watching.py")]
    assert seen.pulled == [("sum", "kept", True), ("*", "", False)]
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])


def test_after_its_context_a_watcher_sees_nothing_and_gradients_stay():
    x = mt.Var(3.0)
    with Recorder() as seen:
        z = x * x
    z.backprop()
    (x * x).backprop()
    assert seen.pulled == []
    assert len(seen.made) == 1
    assert x.grad == 12.0
    assert mode_counter.modes == 0
    assert type((x * x).node.rule) is Pullback


@pytest.mark.parametrize(
    "transform",
    [
        mt.grad,
        lambda f: mt.grad(mt.checkpoint(f)),
        mt.hessian,
        mt.jacobian,
        lambda f: lambda x: mt.hvp(f, [x], [x]),
        lambda f: lambda x: mt.jvp(f, [x], [x])[1],
    ],
    ids=["grad", "checkpoint", "hessian", "jacobian", "hvp", "jvp"],
)
def test_transforms_give_the_same_under_two_watchers(transform):
    def f(x):
        q, r = xp.linalg.qr(x)
        return xp.sum(xp.sin(q) * r) + xp.sum(x * x)

    x = np.array([[2.0, 1.0], [0.5, 3.0]])
    expected = transform(f)(x)
    with Recorder() as first, Recorder() as second:
        found = transform(f)(x)
    np.testing.assert_array_equal(found, expected)
    assert first.pulled == second.pulled
    assert "linalg.qr" in {symbol for symbol, _, _ in first.pulled}


def test_recorded_passes_and_release():
    x = mt.Var(3.0)
    with Recorder() as seen:
        z = x * x * x
        z.backprop(create_graph=True)
        gradient = x.grad
        x.clear_grad()
        gradient.backprop(release=True)
    assert x.grad == 18.0
    assert len(seen.pulled) > 4
    with pytest.raises(mt.errors.Released):
        gradient.backprop()


def test_hooks_stay_in_front():
    x = mt.Var(3.0)
    z = x * x
    handle = z.register_hook(lambda g: g * 2.0)
    with Recorder() as seen:
        z.backprop()
    assert type(z.node.rule) is HookedRule
    assert type(z.node.rule.inner) is WatchedRule
    assert is_watched(z.node.rule, seen)
    assert not is_watched(z.node.rule, Recorder())
    handle.remove()
    z.backprop()
    assert x.grad == 18.0


def test_the_graphs_text_is_the_same():
    x = mt.Var(np.array([1.0, 2.0]), "x")
    plain = str(xp.sum(xp.sin(x) * x))
    with Recorder():
        assert str(xp.sum(xp.sin(x) * x)) == plain


def test_no_grad_inside_and_other_threads_are_not_watched():
    x = mt.Var(3.0)
    with Recorder() as seen:
        with mt.no_grad():
            x * x
        thread = threading.Thread(target=lambda: x * x)
        thread.start()
        thread.join()
    assert seen.made == []


def test_statistics():
    found = statistics_of(np.array([[1.0, -3.0], [0.0, np.nan]]))
    assert (found.shown, found.minimum, found.maximum, found.nan, found.zero) == ("float64[2,2]", -3.0, 1.0, 0.25, 0.25)
    assert np.isnan(found.norm)
    assert str(found) == "float64[2,2] from -3 to 1, 0.25 of the entries nan"
    assert str(statistics_of(np.array([np.nan]))) == "float64[1], all nan"
    assert statistics_of(np.array([3.0, -4.0])).norm == 5.0
    assert statistics_of(np.array([3e200, -4e200])).norm == pytest.approx(5e200)
    assert statistics_of(np.array([3e30, -4e30], np.float32)).norm == pytest.approx(5e30)
    infinite = statistics_of(np.array([np.inf, 1.0]))
    assert (infinite.infinite, infinite.largest, infinite.norm) == (0.5, np.inf, np.inf)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2.5, "2.5"),
        (Fraction(1, 4), "Fraction(1, 4)"),
        (3 + 4j, "(3+4j)"),
        (np.array([3 + 4j, 0.0]), "complex128[2] from 0 to 5"),
        (np.array([True, False]), "bool[2] from 0 to 1"),
        (np.array([1, 2], np.int8), "int8[2] from 1 to 2"),
        (mt.Var(np.ones(2)), "float64[2], all 1"),
    ],
)
def test_statistics_of_other_kinds(value, shown):
    assert str(statistics_of(value)) == shown


@pytest.mark.parametrize("value", [None, "text", np.empty((0, 3)), np.array(["a"]), slice(2)])
def test_values_without_statistics(value):
    assert statistics_of(value) is None


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict", "dask.array"])
def test_statistics_on_other_libraries(library):
    module = pytest.importorskip(library)
    found = statistics_of(module.asarray(np.array([3.0, -4.0, 0.0], np.float32)))
    assert (found.minimum, found.maximum, found.nan) == (-4.0, 3.0, 0.0)
    assert found.norm == pytest.approx(5.0)
    assert found.zero == pytest.approx(1 / 3)


def test_cotangents_of_several_outputs():
    assert cotangent_values(OutputCotangents([None, mt.Var(2.0)])) == [2.0]
    assert cotangent_values(None) == []
    assert cotangent_values(3.0) == [3.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_released_graph_stays_released(create_graph):
    x = mt.Var(3.0)
    h = x * x
    h.backprop(release=True)
    with Recorder(), pytest.raises(mt.errors.Released):
        (h * 2.0).backprop(create_graph=create_graph)
    with Recorder(), pytest.raises(mt.errors.Released):
        mt.grad(lambda y: y * h)(2.0).backprop(create_graph=create_graph)
