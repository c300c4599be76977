"""Pullbacks: wrong results of rules, printed operands, saved results and released nodes."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, errors, op
from mutorch_core.arrays.namespaces import namespace_cache
from mutorch_core.declaration.pullback import cotangent_namespace


def wrong_op(returned):
    @op("toy::wrong")
    def wrong(x: Array, y: Array, /) -> Array:
        return x * y

    @wrong.vjp("x", "y")
    def _(g, needs):
        return returned

    return wrong


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (1.0, r"toy::wrong: the joint rule of x, y \(.*\) returned float; it must return a tuple of 2"),
        ((1.0,), r"the joint rule of x, y .* returned 1 cotangents"),
        ((1.0, None), r"returned None for 'y', where needs.y is True"),
    ],
)
def test_a_joint_rule_that_returns_the_wrong_number_or_none(returned, message):
    with pytest.raises(errors.CotangentError, match=message):
        wrong_op(returned)(mt.Var(1.0), mt.Var(2.0)).backprop()


def test_a_joint_rule_that_returns_what_is_not_needed():
    with pytest.raises(errors.CotangentError, match=r"returned a cotangent for 'y', where needs.y is False"):
        wrong_op((1.0, 1.0))(mt.Var(1.0), 2.0).backprop()


def test_a_joint_rule_without_needs_may_return_more_than_is_wanted():
    @op("toy::product")
    def product(x: Array, y: Array, /) -> Array:
        return x * y

    @product.vjp("x", "y")
    def _(g, x, y):
        return g * y, g * x

    def slope(y):  # recorded, as y is tracked outside, and wanted for x alone
        return mt.grad(lambda x: product(x, y))(2.0)

    assert mt.grad(slope)(3.0) == 1.0
    x, y = mt.Var(2.0), mt.Var(3.0)
    product(x, 3.0).backprop()
    product(2.0, y).backprop()
    assert (x.grad, y.grad) == (3.0, 2.0)


@pytest.mark.parametrize(
    ("cotangent", "message"),
    [
        (None, r"toy::bad: the rule of 'x' \(.*test_pullback\.py:\d+\) returned None instead of a cotangent"),
        (np.ones(2), r"a cotangent of shape \(2,\), which can't be summed to the operand's shape \(3,\)"),
        ("g", r"returned a str instead of a cotangent; the operand is float64\[3\]"),
        ((np.ones(3),), r"returned a tuple instead of a cotangent"),
    ],
)
@pytest.mark.parametrize("recorded", [False, True])
def test_a_rule_that_returns_what_does_not_fit(cotangent, message, recorded):
    @op("toy::bad")
    def bad(x: Array, /) -> Array:
        return x + 0.0

    @bad.vjp("x")
    def _(g):
        return cotangent

    with pytest.raises(errors.CotangentError, match=message):
        bad(mt.Var(np.ones(3))).backprop(np.ones(3), create_graph=recorded)


def test_a_sequence_rule_that_returns_the_wrong_number():
    @op("toy::seq")
    def seq(*arrays: Array) -> Array:
        return arrays[0] + arrays[1]

    @seq.vjp("arrays")
    def _(g):
        return [g]

    with pytest.raises(errors.CotangentError, match="the rule of 'arrays' returned 1 for 2 arrays"):
        seq(mt.Var(1.0), mt.Var(2.0)).backprop()


def test_a_sequence_rule_that_returns_none_is_an_error_that_names_it():
    @op("toy::seq")
    def seq(first: Array, /, *arrays: Array) -> Array:
        return first + arrays[0] + arrays[1]

    @seq.vjp("first")
    def _(g):
        return g

    @seq.vjp("arrays")
    def _(g):
        return None

    with pytest.raises(errors.CotangentError, match=r"toy::seq: the rule of 'arrays' \(.*\) returned None instead"):
        seq(mt.Var(1.0), 2.0, mt.Var(3.0)).backprop()


@pytest.mark.parametrize(
    ("bad", "name"), [(0, "first"), (1, "arrays"), (2, "arrays"), (3, "last")], ids=["first", "one", "two", "last"]
)
def test_an_error_names_the_rule_of_the_edge_that_is_wrong(bad, name):
    @op("toy::edges")
    def edges(first: Array, arrays: list[Array], last: Array, /) -> Array:
        return first + arrays[0] + arrays[1] + arrays[2] + last

    cotangents = [1.0, 1.0, 1.0, 1.0]
    cotangents[bad] = None

    @edges.vjp("first")
    def _(g):
        return cotangents[0]

    @edges.vjp("arrays")
    def _(g):
        return [cotangents[1], None, cotangents[2]]

    @edges.vjp("last")
    def _(g):
        return cotangents[3]

    result = edges(mt.Var(1.0), [mt.Var(2.0), 3.0, mt.Var(4.0)], mt.Var(5.0))
    with pytest.raises(errors.CotangentError, match=f"toy::edges: the rule of '{name}'"):
        result.backprop()
    with pytest.raises(IndexError):
        result.node.rule.named(result.node, 4)


def test_a_joint_rule_that_returns_none_is_an_error_of_its_first_operand():
    @op("toy::none")
    def none(x: Array, y: Array, /) -> Array:
        return x * y

    @none.vjp("x", "y")
    def _(g):
        return None

    with pytest.raises(errors.CotangentError, match=r"toy::none: the rule of 'x' \(.*\) returned None instead"):
        none(mt.Var(1.0), mt.Var(2.0)).backprop()


def operands_of(result):
    return result.node.rule.operands(result.node)


def test_a_printed_operand_is_a_node_a_saved_value_or_unknown():
    @op("toy::shown", nondiff=("key", "note"))
    def shown(x: Array, y: Array, key: Array, note: Array, /, *arrays: Array) -> Array:
        return x * y + sum(arrays)

    @shown.vjp("x")
    def _(g, y, key):
        return g * y

    @shown.vjp("y")
    def _(g, x):
        return g * x

    @shown.vjp("arrays")
    def _(g, arrays):
        return [g for _ in arrays]

    x, y, a = mt.Var(2.0), mt.Var(3.0), mt.Var(4.0)
    assert operands_of(shown(x, 5.0, 1, 2, 7.0, a, 8.0)) == [x.node, 5.0, 1, 7.0, a.node, 8.0]
    assert operands_of(shown(x, 5.0, 1, 2)) == [x.node, 5.0, 1]
    assert operands_of(shown(6.0, y, 1, 2)) == [6.0, y.node]
    assert operands_of(shown(6.0, 5.0, 1, 2, a)) == [..., ..., a.node]


def test_a_printed_sequence_that_is_not_saved_shows_its_tracked_items_only():
    @op("toy::summed")
    def summed(*arrays: Array) -> Array:
        return sum(arrays)

    @summed.vjp("arrays")
    def _(g, needs):
        return [g for _ in needs.arrays]

    a, b = mt.Var(1.0), mt.Var(2.0)
    assert operands_of(summed(5.0, a, 6.0, b)) == [..., a.node, ..., b.node]
    assert summed(a, b).node.rule.saved_results(summed(a, b).node) == []


def test_the_results_that_a_node_saves_are_its_own_or_its_parents():
    @op("toy::divide", symbol="÷")
    def divide(x: Array, y: Array, /) -> Array:
        return x / y

    @divide.vjp("x")
    def _(g, y):
        return g / y

    @divide.vjp("y")
    def _(g, y, out):
        return -g * out / y

    def saved(result):
        return result.node.rule.saved_results(result.node)

    x, y = mt.Var(2.0), mt.Var(4.0)
    both = divide(x, y)
    assert saved(both) == [both.node, y.node]
    assert saved(divide(x, 4.0)) == []
    assert both.node.rule.symbol == "÷"


def test_a_released_node_names_its_op():
    @op("toy::gone")
    def gone(x: Array, /) -> Array:
        return x * x

    @gone.vjp("x")
    def _(g, x):
        return 2 * g * x

    result = gone(mt.Var(2.0))
    result.backprop(release=True)
    assert (result.node.parents, result.node.saved) == ((), ())
    with pytest.raises(errors.Released, match="toy::gone"):
        result.backprop()


def test_the_namespace_of_a_cotangent_is_found_though_no_call_has_met_its_type(monkeypatch, strict):
    g = strict.ones(2)
    monkeypatch.delitem(namespace_cache, type(g), raising=False)
    assert cotangent_namespace((None, g)) is strict
    assert cotangent_namespace((None, g)) is strict
    assert cotangent_namespace((None, None)).__name__ == "array_api_compat.numpy"
