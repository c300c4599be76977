"""Rules in recorded backward passes: what they get, and which of them run for which operands."""

from __future__ import annotations

import numpy as np

import mutorch_core as mt
from mutorch_core import Array, op


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


def test_needs_flags_the_items_of_a_sequence_that_a_recorded_pass_is_for():
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
    assert absent is None
    assert number == 3.0
    assert type(number) is float
    assert out.node is result.node


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
