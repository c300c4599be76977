"""Graph nodes: leaves, inputs, outputs, and released nodes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors
from mutorch_core.graph.node import (
    IdentityRule,
    InputNode,
    Leaf,
    Node,
    NodeRule,
    OutputCotangents,
    OutputNode,
    ReleasedRule,
    release_node,
)


def test_a_backward_pass_through_a_released_graph_raises_and_names_the_op():
    x = mt.Var(2.0)
    z = x * x
    z.backprop(release=True)
    assert x.grad == 4.0
    with pytest.raises(errors.Released, match=r"released at basic::multiply, by backprop\(release=True\)"):
        z.backprop()
    with pytest.raises(errors.Released, match="leave release out"):
        z.backprop(create_graph=True)


def node_with(parents, rule=None):
    """A bare node."""
    node = Node()
    node.parents, node.rule, node.saved = tuple(parents), rule, ()
    return node


@pytest.mark.parametrize("value", [2.5, 3, 2j, Fraction(1, 3)])
def test_the_node_of_a_number_stores_its_type_and_the_number(value):
    for node in (Leaf(value, None), InputNode(value), OutputNode(node_with([]), 0, value)):
        assert (node.dtype, node.result) == (type(value), value)
        assert not hasattr(node, "shape")


def test_the_node_of_an_array_stores_shape_and_dtype_and_not_the_array():
    value = np.ones((2, 3), np.float32)
    for node in (Leaf(value, None), InputNode(value), OutputNode(node_with([]), 0, value)):
        assert (node.shape, node.dtype) == ((2, 3), np.float32)
        assert type(node.shape) is tuple
        assert not hasattr(node, "result")


def test_a_leaf_has_a_name_and_no_rule_no_parents_and_no_gradient():
    leaf = Leaf(1.0, "x")
    assert (leaf.name, leaf.rule, leaf.parents, leaf.saved, leaf.grad) == ("x", None, (), (), None)


def test_the_node_of_an_op_has_its_operands_as_parents_and_keeps_only_named_values():
    x, y = mt.Var(2.0), mt.Var(3.0)
    total, product = x + y, x * y
    assert total.node.parents == product.node.parents == (x.node, y.node)
    assert total.node.saved == ()
    assert set(product.node.saved) == {2.0, 3.0}
    assert (product.node.dtype, product.node.result) == (float, 6.0)


def test_the_identity_rule_passes_a_cotangent_to_each_parent():
    rule, parent = IdentityRule(), Leaf(1.0, None)
    for node, cotangents in ((node_with([parent]), (5.0,)), (node_with([]), ())):
        assert rule.pull_back(5.0, node) == cotangents
        assert rule.pull_back_some(5.0, node, (True,), None) == cotangents


def test_the_identity_rule_releases_nothing():
    node = node_with([Leaf(1.0, None)])
    IdentityRule().release(node)
    assert len(node.parents) == 1


def test_a_released_node_has_no_parents_no_saved_values_and_a_rule_that_raises():
    node = node_with([Leaf(1.0, None)])
    node.saved = (np.ones(3),)
    release_node(node, "acme::f")
    assert (node.parents, node.saved) == ((), ())
    assert type(node.rule) is ReleasedRule
    with pytest.raises(errors.Released, match="the graph was released at acme::f, by"):
        node.rule.pull_back(1.0, node)
    with pytest.raises(errors.Released, match="the graph was released at acme::f, by"):
        node.rule.pull_back_some(1.0, node, (True,), None)


def test_an_input_node_is_open_and_passes_its_cotangent_to_the_node_of_the_argument():
    alone, parent = InputNode(1.0), Leaf(1.0, None)
    assert (alone.open, alone.rule, alone.parents, alone.saved) == (True, None, (), ())
    inner = InputNode(1.0, parent)
    assert (inner.open, inner.parents, inner.saved) == (True, (parent,), ())
    assert inner.rule.pull_back(7.0, inner) == (7.0,)


class TestOutputs:
    """Nodes of ops with several outputs."""

    @pytest.mark.parametrize("index", [0, 1, 2])
    def test_an_output_node_passes_its_cotangent_at_its_index(self, index):
        parent = node_with([])
        parent.result = (None, None, None)
        node = OutputNode(parent, index, 1.0)
        assert (node.parents, node.saved, node.index) == ((parent,), (), index)
        (cotangents,) = node.rule.pull_back(9.0, node)
        assert cotangents.cotangents == [9.0 if i == index else None for i in range(3)]
        (cotangents,) = node.rule.pull_back_some(9.0, node, (True,), None)
        assert cotangents.cotangents[index] == 9.0

    def test_a_sum_adds_by_output_and_keeps_none_if_no_cotangent_arrived(self):
        total = OutputCotangents([1.0, None, 3.0, None]) + OutputCotangents([10.0, 20.0, None, None])
        assert type(total) is OutputCotangents
        assert total.cotangents == [11.0, 20.0, 3.0, None]

    def test_a_sum_does_not_change_its_terms(self):
        first, second = OutputCotangents([np.ones(2)]), OutputCotangents([np.ones(2)])
        assert (first + second).cotangents[0].tolist() == [2.0, 2.0]
        assert first.cotangents[0].tolist() == second.cotangents[0].tolist() == [1.0, 1.0]

    def test_a_sum_of_recorded_cotangents_is_recorded(self):
        x = mt.Var(2.0)
        (total,) = (OutputCotangents([x]) + OutputCotangents([3.0])).cotangents
        total.backprop()
        assert (total.value, x.grad) == (5.0, 1.0)

    def test_cotangents_of_different_ops_do_not_add(self):
        with pytest.raises(ValueError, match="zip"):
            OutputCotangents([1.0]) + OutputCotangents([1.0, 2.0])


def test_an_abstract_rule_has_no_methods_but_release_and_no_saved_results():
    rule, node = NodeRule(), node_with([Leaf(1.0, None)])
    for call in (lambda: rule.pull_back(1.0, node), lambda: rule.pull_back_some(1.0, node, (True,), None),
                 lambda: rule.named(node, 0)):  # fmt: skip
        with pytest.raises(NotImplementedError):
            call()
    rule.release(node)
    assert len(node.parents) == 1
    assert rule.operands(node) == node.parents
    assert not list(rule.saved_results(node))
