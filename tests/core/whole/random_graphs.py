"""Random graphs, and a reference backward pass over them.

The values are small integers in floating point, so every sum and product is exact: two backward passes must agree to
the last bit, in whatever order they add.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, op


class Parts(NamedTuple):
    total: Array
    difference: Array


@op("toy::parts")
def parts(x1: Array, x2: Array, /) -> Parts:
    return Parts(x1 + x2, x1 - x2)


@parts.vjp("x1")
def _(g):
    return g.total + g.difference


@parts.vjp("x2")
def _(g):
    return g.total - g.difference


SHAPES = ((), (2,), (3, 1), (3, 2))
BINARY = ("add", "subtract", "multiply", "parts")
INSTRUCTIONS = (*BINARY, "negate", "sum", "first")


def broadcasts(*values):
    """Return whether the shapes of some values broadcast together."""
    try:
        np.broadcast_shapes(*(value.shape for value in values))
    except ValueError:
        return False
    return True


@st.composite
def leaves(draw):
    """A leaf: a Python float, or an array of 32 or 64 bits."""
    shape = draw(st.sampled_from((None, *SHAPES)))
    entries = st.integers(-3, 3)
    if shape is None:
        return mt.Var(float(draw(entries)))
    dtype = draw(st.sampled_from((np.float64, np.float64, np.float32)))
    size = int(np.prod(shape))
    return mt.Var(np.array(draw(st.lists(entries, min_size=size, max_size=size)), dtype).reshape(shape))


class Graph(NamedTuple):
    """The leaves of a graph, and all results in the order in which they were computed."""

    leaves: list[mt.Var]
    results: list[mt.Var]
    instructions: list[str]

    def __repr__(self):
        values = [leaf.value for leaf in self.leaves]
        return f"Graph(leaves={values!r}, instructions={self.instructions})"


@st.composite
def graphs(draw):
    """A graph of up to seven ops on up to three leaves. Any result may be used again, also twice by one op."""
    inputs = draw(st.lists(leaves(), min_size=1, max_size=3))
    nodes, results, instructions = list(inputs), [], []
    for _ in range(draw(st.integers(1, 7))):
        name, i = draw(st.sampled_from(INSTRUCTIONS)), draw(st.integers(0, len(nodes) - 1))
        # only leaves are factors, so that no value grows beyond the integers that 32 bits represent
        pool = inputs if name == "multiply" else nodes
        partners = [j for j, other in enumerate(pool) if broadcasts(nodes[i], other)]
        if name in BINARY and not partners:
            name = "negate"
        if name not in BINARY:
            pool, partners = nodes, [i]
        j = draw(st.sampled_from(partners))
        instructions.append(f"{name} {i} {j}")
        new = compute(name, nodes[i], pool[j])
        nodes += new
        results += new
    return Graph(inputs, results, instructions)


def compute(name, x, y):
    """Run one instruction, and return its tracked results."""
    if name == "parts":
        return list(parts(x, y))
    if name == "first":
        return [x[0] if x.shape else x * 1.0]
    calls = {"add": xp.add, "subtract": xp.subtract, "multiply": xp.multiply}
    return [calls[name](x, y) if name in calls else xp.sum(x) if name == "sum" else -x]


@st.composite
def cotangents_of(draw, results):
    """One cotangent for each result, of its shape, dtype and library; one result may occur twice."""
    starts = []
    for result in results:
        entries = st.integers(-2, 2)
        if type(result.value) is float:
            starts.append((result.node, float(draw(entries))))
        else:
            size = result.value.size
            flat = np.array(draw(st.lists(entries, min_size=size, max_size=size)), result.dtype)
            starts.append((result.node, flat.reshape(result.shape)))
    return starts


@st.composite
def graphs_with_starts(draw):
    """A graph, and up to three of its results with cotangents."""
    graph = draw(graphs())
    outputs = draw(st.lists(st.sampled_from(graph.results), min_size=1, max_size=3))
    return graph, draw(cotangents_of(outputs))


# ----------------------------------------------------------------------------------------------- the reference


def reference_backward(starts, stop=(), pull=lambda g, node: node.rule.pull_back(g, node)):
    """Pull cotangents back as a textbook does: all nodes in topological order, each cotangent added at its parent.

    Return the cotangents that arrive at terminals and at nodes of `stop`. It shares no code with the engine but the
    nodes' own rules.
    """
    cotangents = {}
    for node, g in starts:
        cotangents[node] = cotangents[node] + g if node in cotangents else g
    for node in topological_order([node for node, _ in starts]):
        if node.rule is None or node in stop or node not in cotangents:
            continue
        for parent, c in zip(node.parents, pull(cotangents.pop(node), node), strict=True):
            c = sum_to_operand(c, parent)
            cotangents[parent] = cotangents[parent] + c if parent in cotangents else c
    return cotangents


def topological_order(roots):
    """Return all nodes behind the roots, each one before its parents."""
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    for root in roots:
        visit(root)
    return order[::-1]


def sum_to_operand(c, parent):
    """Sum a cotangent over broadcast axes and convert it to the operand's dtype."""
    if not hasattr(c, "dtype") and not isinstance(c, (int, float)):
        return c  # the cotangents of an op with several outputs
    if isinstance(parent.dtype, type):
        return float(np.sum(c))
    c = np.asarray(c)
    leading = c.ndim - len(parent.shape)
    axes = tuple(range(leading)) + tuple(
        leading + axis for axis, side in enumerate(parent.shape) if side == 1 and c.shape[leading + axis] != 1
    )
    return np.asarray(np.sum(c, axis=axes, keepdims=True)).reshape(parent.shape).astype(parent.dtype)


def assert_same_cotangents(found, wanted):
    """Assert that two dicts of cotangents by node have equal keys, dtypes, shapes and entries.

    A Python float is not equal to an array; a NumPy scalar stands for an array without axes.
    """
    assert found.keys() == wanted.keys()
    for node, expected in wanted.items():
        assert (type(found[node]) is float) == (type(expected) is float)
        np.testing.assert_array_equal(np.asarray(found[node]), np.asarray(expected), strict=True)
