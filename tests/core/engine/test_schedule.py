"""The topological schedule: consumer counts, terminals, and the nodes that reach a target."""

from __future__ import annotations

import mutorch_core as mt
from mutorch_core.engine.schedule import count_consumers, nodes_reaching, reaches_outer_graph, terminals
from mutorch_core.graph.node import InputNode
from mutorch_core.graph.var import make_var


def test_each_edge_is_counted_once():
    """x ── square ──┬── add = z      square is used twice by add, once by times: 3
    └──── times ──┘ (and times uses square)."""
    x = mt.Var(2.0)
    square = x * x
    times = square * x
    z = (square + square) + times
    counts = count_consumers([z.node])
    assert counts[square.node] == 3
    assert counts[times.node] == 1
    assert counts[z.node] == 1
    assert x.node not in counts
    assert terminals(counts) == {x.node}


def test_a_result_that_another_result_uses_is_counted_for_both():
    x = mt.Var(2.0)
    y = x * x
    z = y * x
    assert count_consumers([y.node, z.node])[y.node] == 2


def test_nodes_beyond_a_stop_are_not_counted():
    x = mt.Var(2.0)
    y = x * x
    z = y * 3.0
    counts = count_consumers([z.node], stop={y.node})
    assert set(counts) == {z.node, y.node}
    assert terminals(counts, stop={y.node}) == set()


def test_nodes_reaching_returns_only_nodes_that_lead_to_a_target():
    x, y = mt.Var(2.0), mt.Var(3.0)
    left, right = x * x, y * y
    z = left + right
    roots = [z.node]
    assert nodes_reaching(roots, count_consumers(roots), (), {x.node}) == {x.node, left.node, z.node}


def test_a_root_is_counted_once_more_for_its_caller():
    x = mt.Var(2.0)
    y = x * x
    assert count_consumers([y.node]) == {y.node: 1}
    assert count_consumers([y.node, y.node]) == {y.node: 2}
    assert count_consumers([x.node]) == {x.node: 1}
    assert count_consumers([]) == {}


def test_the_graph_behind_a_stop_is_neither_counted_nor_searched():
    x = mt.Var(2.0)
    first = x * x
    second = first * 3.0
    z = second + 1.0
    stop = {second.node}
    counts = count_consumers([z.node], stop)
    assert counts == {z.node: 1, second.node: 1}
    assert terminals(counts, stop) == set()
    assert terminals(count_consumers([z.node])) == {x.node}
    assert nodes_reaching([z.node], counts, stop, {x.node}) == {x.node}
    assert nodes_reaching([z.node], counts, stop, {second.node}) == {second.node, z.node}


def test_a_terminal_that_is_a_root_is_a_terminal():
    x, y = mt.Var(2.0), mt.Var(3.0)
    z = y * y
    assert terminals(count_consumers([x.node, z.node])) == {x.node, y.node}


def test_a_node_that_reaches_no_target_is_left_out_and_a_released_one_is_not():
    x, y = mt.Var(2.0), mt.Var(3.0)
    left, right = x * x, y * y
    z = left + right
    left.backprop(release=True)
    counts = count_consumers([z.node])
    assert nodes_reaching([z.node], counts, (), {y.node}) == {y.node, right.node, left.node, z.node}
    assert nodes_reaching([z.node], counts, (), set()) == {left.node, z.node}


def test_nodes_reaching_visits_a_deep_diamond_once_per_node_and_keeps_the_counts():
    x = mt.Var(1.0)
    z, nodes = x, {x.node}
    for _ in range(60):
        z = z + z
        nodes.add(z.node)
    counts = count_consumers([z.node])
    before = dict(counts)
    assert nodes_reaching([z.node], counts, (), {x.node}) == nodes
    assert counts == before


class TestReachesOuterGraph:
    """The graph of a transform's function may reach a node outside of the transform."""

    def reaches(self, result, *inputs):
        return reaches_outer_graph(count_consumers([result.node], set(inputs)), set(inputs))

    def closed(self, value=2.0, parent=None):
        node = InputNode(value, parent)
        node.open = False
        return node

    def test_a_graph_on_its_own_inputs_does_not(self):
        first, second = self.closed(), self.closed()
        a, b = make_var(2.0, first), make_var(2.0, second)
        assert self.reaches(a * a + b, first, second) is False
        assert self.reaches(a * a, first, second) is False

    def test_a_graph_on_a_leaf_does(self):
        node = self.closed()
        assert self.reaches(make_var(2.0, node) * mt.Var(3.0), node) is True

    def test_a_graph_on_an_input_of_a_running_transform_does(self):
        node, outer = self.closed(), InputNode(3.0)
        result = make_var(2.0, node) * make_var(3.0, outer)
        assert self.reaches(result, node) is True
        outer.open = False
        assert self.reaches(result, node) is False

    def test_one_open_input_among_closed_ones_is_enough(self):
        inputs = [self.closed(), InputNode(2.0), self.closed()]
        a, b, c = (make_var(2.0, node) for node in inputs)
        assert self.reaches(a * b * c, inputs[0]) is True

    def test_an_argument_that_is_tracked_does_if_the_result_depends_on_it(self):
        leaf = mt.Var(2.0)
        tracked, plain = self.closed(parent=leaf.node), self.closed()
        a, b = make_var(2.0, tracked), make_var(2.0, plain)
        assert self.reaches(a * b, tracked, plain) is True
        assert self.reaches(b * b, tracked, plain) is False
