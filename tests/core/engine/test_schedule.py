"""Counting consumers, and finding what leads to a target."""

from __future__ import annotations

import mutorch_core as mt
from mutorch_core.engine.schedule import count_consumers, nodes_reaching, terminals


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
