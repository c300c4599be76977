"""What a rule returns: each wrong answer is an error that names the rule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Namespace, errors, injected, op
from mutorch_core.graph.node import OutputNode


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


def weighted_op(seen):
    @op("toy::weighted")
    def weighted(w: Array, /, *arrays: Array) -> Array:
        return w * arrays[0] * arrays[1] * arrays[2]

    @weighted.vjp("w")
    def _(g, arrays):
        seen.append("w")
        return g * arrays[0] * arrays[1] * arrays[2]

    @weighted.vjp("arrays")
    def _(g, w, arrays, needs):
        seen.append(needs)
        a, b, c = arrays
        others = (b * c, a * c, a * b)
        return [g * w * other if need else None for other, need in zip(others, needs.arrays, strict=True)]

    return weighted


def test_a_recorded_pass_for_one_operand_alone_leaves_the_rule_of_the_sequence_out():
    seen = []
    weighted = weighted_op(seen)

    def slope(a):
        inner = mt.grad(lambda w: weighted(w, 3.0, a, a))(2.0)
        assert seen == ["w"]
        return inner

    assert mt.grad(slope)(5.0) == 30.0


def test_a_recorded_pass_for_items_of_a_sequence_tells_the_rule_which_ones():
    seen = []
    weighted = weighted_op(seen)

    def by_the_last(w, a):  # the second item is untracked, the first one is tracked outside
        inner = mt.grad(lambda c: weighted(w, a, 3.0, c))(7.0)
        assert [tuple(needs) for needs in seen] == [(False, (False, False, True))]
        return inner

    assert mt.grad(by_the_last, argnums=(0, 1))(2.0, 5.0) == (15.0, 6.0)
    seen.clear()

    def by_the_items(w):
        inner = mt.grad(lambda b, c: weighted(w, 3.0, b, c), argnums=(0, 1))(5.0, 7.0)
        assert [tuple(needs) for needs in seen] == [(False, (False, True, True))]
        return inner[0] + inner[1]

    assert mt.grad(by_the_items)(2.0) == 36.0


def test_a_recorded_pass_for_everything_gives_every_item_its_second_derivative():
    weighted = weighted_op([])
    w, b, c = mt.Var(2.0), mt.Var(5.0), mt.Var(7.0)
    weighted(w, 3.0, b, c).backprop(create_graph=True)
    w_grad, b_grad = w.grad, b.grad
    assert (w_grad.value, b_grad.value, c.grad.value) == (105.0, 42.0, 30.0)
    for leaf in (w, b, c):
        leaf.clear_grad()
    (w_grad + b_grad).backprop()
    assert (w.grad, b.grad, c.grad) == (21.0, 21.0, 15.0 + 6.0)


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


def test_a_joint_rule_runs_once_for_the_operands_that_a_recorded_pass_needs():
    seen = []

    @op("toy::joint")
    def joint(x: Array, y: Array, z: Array, /) -> Array:
        return x * y * z

    @joint.vjp("x", "y", "z")
    def _(g, x, y, z, needs):
        seen.append(tuple(needs))
        return (g * y * z if needs.x else None, g * x * z if needs.y else None, g * x * y if needs.z else None)

    def slope(y):
        inner = mt.grad(lambda x: joint(x, y, 5.0))(2.0)
        assert seen == [(True, False, False)]
        return inner

    assert mt.grad(slope)(3.0) == 5.0
    assert seen[0] == (True, False, False)


def test_a_joint_rule_without_needs_gives_up_what_a_recorded_pass_does_not_want():
    @op("toy::surplus")
    def surplus(x: Array, y: Array, z: Array, /) -> Array:
        return x * y * z

    @surplus.vjp("x", "y", "z")
    def _(g, x, y, z):
        return g * y * z, g * x * z, g * x * y

    assert mt.grad(lambda y: mt.grad(lambda z: surplus(2.0, y, z))(5.0))(3.0) == 2.0
    z = mt.Var(5.0)
    surplus(2.0, 3.0, z).backprop()
    assert z.grad == 6.0


def test_a_rule_gets_vars_in_a_recorded_pass_and_raw_values_otherwise():
    seen = []

    @op("toy::mixed")
    def mixed(x: Array, y: Array, n: Array, b: Array | None = None) -> Array:
        return x * y * n if b is None else x * y * n + b

    @mixed.vjp("x")
    def _(g, x, y, n, b, out):
        seen.append((x, y, n, b, out))
        return g * y * n

    @mixed.vjp("y", "n", "b")
    def _(g):
        raise AssertionError

    x = mt.Var(2.0)
    mixed(x, np.ones(2), 3.0).backprop(np.ones(2))
    assert [type(value) for value in seen.pop()] == [float, np.ndarray, float, type(None), np.ndarray]
    result = mixed(x, np.ones(2), 3.0)
    result.backprop(np.ones(2), create_graph=True)
    operand, array, number, absent, out = seen.pop()
    assert type(operand) is mt.Var
    assert operand.node is x.node
    assert type(array) is mt.Var
    assert array.node is None
    assert (number, absent) == (3.0, None)
    assert type(number) is float
    assert out.node is result.node


class Parts(NamedTuple):
    low: Array
    rank: Array
    high: Array


@op("toy::parts")
def parts(x: Array, /) -> Parts:
    """The square, an array of integers, and the cube."""
    return Parts(x * x, np.asarray([3]), x * x * x)


parts_seen = []


@parts.vjp("x")
def _(g, x, out, rank):
    parts_seen.append((g, out, rank))
    return g.low * 2.0 * x + g.high * 3.0 * out.low


def test_a_rule_may_take_all_outputs_as_they_were_returned():
    parts_seen.clear()
    x = mt.Var(2.0)
    parts(x).high.backprop()
    assert x.grad == 12.0
    ((g, out, rank),) = parts_seen
    assert (g.low, g.rank, g.high) == (0.0, None, 1.0)
    assert type(out) is Parts
    assert (out.low, rank, out.high) == (4.0, out.rank, 8.0)


def test_all_outputs_are_tracked_in_a_recorded_pass_but_integers():
    parts_seen.clear()
    x = mt.Var(2.0)
    parts(x).high.backprop(create_graph=True)
    ((g, out, rank),) = parts_seen
    assert type(out) is Parts
    assert type(out.low.node) is type(out.high.node) is OutputNode
    assert (out.low.node.index, out.high.node.index) == (0, 2)
    assert type(rank) is type(out.rank) is mt.Var
    assert rank.node is out.rank.node is None
    assert (g.low, g.rank) == (0.0, None)
    assert mt.grad(mt.grad(lambda x: parts(x).high))(2.0) == 12.0
    assert mt.grad(mt.grad(mt.grad(lambda x: parts(x).high)))(2.0) == 6.0


def test_zeros_of_outputs_that_nothing_reached_are_vars_in_a_recorded_pass():
    parts_seen.clear()
    parts(mt.Var(np.full(2, 2.0))).high.backprop(np.ones(2), create_graph=True)
    ((g, _, _),) = parts_seen
    assert type(g.low) is mt.Var
    np.testing.assert_array_equal(g.low.value, [0.0, 0.0])
    assert g.rank is None


def test_a_rule_computes_in_the_namespace_of_the_first_cotangent_that_is_there():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    seen = []

    class Two(NamedTuple):
        low: Array
        high: Array

    def two(x, /):
        return Two(x * x, x + x)

    two.__annotations__ = {"x": Array, "return": Two}
    two_op = op("toy::two")(two)

    @two_op.vjp("x")
    def _(g, xp, reached):
        seen.append((xp.__name__, tuple(reached)))
        return g.high * 2.0

    x = mt.Var(strict.ones(2))
    two_op(x).high.backprop(strict.ones(2))
    assert seen == [("array_api_strict", (False, True))]
    two_op(x).high.backprop(strict.ones(2), create_graph=True)
    assert seen[1][1] == (False, True)
    assert type(x.grad) is mt.Var


def test_a_namespace_in_a_recorded_pass_is_the_differentiable_one():
    @op("toy::exp")
    def exp(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.exp(x)

    @exp.vjp("x")
    def _(g, x, xp):
        return g * xp.exp(x)

    assert mt.grad(mt.grad(mt.grad(exp)))(0.0) == 1.0


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


def test_rules_without_a_sequence_or_a_joint_rule_run_for_tracked_operands_only():
    seen = []

    @op("toy::counted")
    def counted(x: Array, y: Array, /) -> Array:
        return x * y

    @counted.vjp("x")
    def _(g, y):
        seen.append("x")
        return g * y

    @counted.vjp("y")
    def _(g, x):
        seen.append("y")
        return g * x

    def slope(y):
        inner = mt.grad(lambda x: counted(x, y))(2.0)
        assert seen == ["x"]
        return inner

    assert mt.grad(slope)(3.0) == 1.0
