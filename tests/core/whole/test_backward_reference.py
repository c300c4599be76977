"""The backward pass on random graphs, compared with a textbook's loop over the nodes in topological order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import mutorch_core as mt
from mutorch_core.declaration.pullback import Pullback
from mutorch_core.engine.backward import backward_partial, backward_raw
from mutorch_core.graph.node import ReleasedRule
from mutorch_core.graph.var import constant, unwrap
from tests.core.whole.random_graphs import (
    assert_same_cotangents,
    graphs_with_starts,
    reference_backward,
    topological_order,
)


class TestReference:
    """The backward pass on random graphs, against the textbook's loop in `random_graphs`."""

    @settings(deadline=None, max_examples=200)
    @given(graphs_with_starts())
    def test_the_raw_pass_agrees_with_the_reference(self, drawn):
        _, starts = drawn
        wanted = reference_backward(starts)
        found = backward_raw(starts)
        assert_same_cotangents(found, wanted)

    @settings(deadline=None, max_examples=200)
    @given(graphs_with_starts())
    def test_a_releasing_pass_agrees_with_the_reference_and_drops_all_edges(self, drawn):
        _, starts = drawn
        wanted = reference_backward(starts)
        ops = [node for node in topological_order([node for node, _ in starts]) if isinstance(node.rule, Pullback)]
        assert_same_cotangents(backward_raw(starts, release=True), wanted)
        assert all(isinstance(node.rule, ReleasedRule) and not node.parents and not node.saved for node in ops)

    @settings(deadline=None, max_examples=200)
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

    @settings(deadline=None, max_examples=200)
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

    def pull_back_some(self, g, node, needs, lift):
        self.ran.append(node)
        return self.rule.pull_back_some(g, node, needs, lift)


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
