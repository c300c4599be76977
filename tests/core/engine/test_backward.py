"""The backward pass: order, accumulation, threads, and error messages."""

from __future__ import annotations

import gc
import threading
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mutorch_core as mt
from mutorch_core import Array, errors, op
from mutorch_core.declaration.pullback import Pullback
from mutorch_core.engine.backward import backward_partial, backward_raw
from mutorch_core.graph.node import ReleasedRule
from mutorch_core.graph.var import constant, unwrap
from tests.core.engine.random_graphs import (
    assert_same_cotangents,
    graphs_with_starts,
    reference_backward,
    topological_order,
)


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


# -------------------------------------------------------------------------------------------------- misuse


def test_a_result_that_is_no_scalar_needs_a_cotangent():
    with pytest.raises(errors.NotScalar, match=r"the result is float64\[3\], not a scalar: give backprop a cotangent"):
        (mt.Var(np.ones(3)) * 2.0).backprop()


def test_a_cotangent_of_another_shape_is_refused():
    with pytest.raises(errors.CotangentError, match=r"the cotangent is float64\[2\] and the result float64\[3\]"):
        (mt.Var(np.ones(3)) * 2.0).backprop(np.ones(2))


def test_a_cotangent_that_is_no_array_is_refused():
    with pytest.raises(errors.CotangentError, match="the cotangent is a str; it must be a number or an array"):
        (mt.Var(1.0) * 2.0).backprop("1")


def test_a_cotangent_is_cast_to_the_results_dtype():
    x = mt.Var(np.ones(2, dtype=np.float32))
    (x * 2.0).backprop(np.ones(2))
    assert x.grad.dtype == np.float32


def test_a_backward_pass_from_an_untracked_result_raises():
    with pytest.raises(errors.NotTracked, match="is not tracked: it depends on no leaf"):
        mt.Var(1.0).detach().backprop()


def test_backprop_inside_no_grad_raises():
    z = mt.Var(2.0) * 3.0
    with mt.no_grad(), pytest.raises(errors.NotTracked, match=r"backprop\(\) inside no_grad\(\)"):
        z.backprop()


class TestReference:
    """The backward pass on random graphs, against the textbook's loop in `random_graphs`."""

    @given(graphs_with_starts())
    def test_the_raw_pass_agrees_with_the_reference(self, drawn):
        _, starts = drawn
        wanted = reference_backward(starts)
        found = backward_raw(starts)
        assert_same_cotangents(found, wanted)

    @given(graphs_with_starts())
    def test_a_releasing_pass_agrees_with_the_reference_and_drops_all_edges(self, drawn):
        _, starts = drawn
        wanted = reference_backward(starts)
        ops = [node for node in topological_order([node for node, _ in starts]) if isinstance(node.rule, Pullback)]
        assert_same_cotangents(backward_raw(starts, release=True), wanted)
        assert all(isinstance(node.rule, ReleasedRule) and not node.parents and not node.saved for node in ops)

    @given(graphs_with_starts(), st.data())
    def test_a_partial_pass_agrees_with_the_reference_and_runs_no_needless_rule(self, drawn, data):
        graph, starts = drawn
        everything = [var.node for var in (*graph.leaves, *graph.results)]
        targets = set(data.draw(st.lists(st.sampled_from(everything), min_size=1)))
        stop = targets | set(data.draw(st.lists(st.sampled_from(everything))))
        arrived = reference_backward(starts, stop)
        ran = spy_on_rules(node for node, _ in starts)
        wanted = {node: cotangent for node, cotangent in arrived.items() if node in targets}
        for recorded in (False, True):
            given_starts = [(node, constant(g)) for node, g in starts] if recorded else starts
            ran.clear()
            found = backward_partial(given_starts, stop, targets, recorded)
            assert {type(cotangent) is mt.Var for cotangent in found.values()} <= {recorded}
            assert_same_cotangents({node: unwrap(cotangent) for node, cotangent in found.items()}, wanted)
            assert len(set(ran)) == len(ran)
            assert all(leads_to(node, targets, stop) for node in ran)

    @given(graphs_with_starts())
    def test_a_recorded_pass_can_be_differentiated_by_the_reference(self, drawn):
        _, starts = drawn
        wanted = reference_backward(starts)
        found = backward_partial([(node, constant(g)) for node, g in starts], (), set(wanted), recorded=True)
        assert_same_cotangents({node: unwrap(cotangent) for node, cotangent in found.items()}, wanted)
        again = [(var.node, var.value) for var in found.values() if var.node is not None]
        assert_same_cotangents(backward_raw(again), reference_backward(again))


class SpyRule:
    """A node's rule that also notes when it runs."""

    def __init__(self, rule, ran):
        self.rule = rule
        self.ran = ran

    def pull_some(self, g, node, needs, lift):
        self.ran.append(node)
        return self.rule.pull_some(g, node, needs, lift)


def spy_on_rules(roots):
    """Return a list that collects each node behind the roots whose rule runs in a partial pass."""
    ran = []
    for node in topological_order(roots):
        if node.rule is not None:
            node.rule = SpyRule(node.rule, ran)
    return ran


def leads_to(node, targets, stop):
    """Return whether some edge path from a node reaches a target without passing a node of `stop`."""
    return any(parent in targets or (parent not in stop and leads_to(parent, targets, stop)) for parent in node.parents)
