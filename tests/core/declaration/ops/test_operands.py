"""Operands of an op from the call to the gradient: optional ones, sequences, nested ones, joint rules."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Hidden, Meta, Namespace, injected, op
from mutorch_core.arrays.meta import meta_of
from tests.core.declaration.toys import product_forward, simple, simple_with


def test_an_optional_operand_may_be_none():
    @op("toy::affine")
    def affine(x: Array, w: Array, b: Array | None = None) -> Array:
        return x * w if b is None else x * w + b

    @affine.vjp("x")
    def _(g, w):
        return g * w

    @affine.vjp("w")
    def _(g, x):
        return g * x

    @affine.vjp("b")
    def _(g):
        return g

    x, w, b = mt.Var(2.0), mt.Var(3.0), mt.Var(4.0)
    affine(x, w).backprop()
    assert (x.grad, w.grad, b.grad) == (3.0, 2.0, 0.0)
    affine(x, 7.0, b=b).backprop()
    assert (x.grad, b.grad) == (10.0, 1.0)


def test_a_sequence_operand_has_a_cotangent_per_array():
    @op("toy::join")
    def join(arrays: Sequence[Array], /, *, xp: Namespace = injected) -> Array:
        return xp.concat(list(arrays))

    @join.vjp("arrays")
    def _(g, arrays, needs):
        assert needs.arrays == (True, False, True)
        starts = np.cumsum([0] + [a.shape[0] for a in arrays])
        return [g[i:j] if need else None for i, j, need in zip(starts, starts[1:], needs.arrays, strict=False)]

    a, c = mt.Var(np.array([1.0])), mt.Var(np.array([4.0, 5.0]))
    join([a, np.array([2.0, 3.0]), c]).backprop(np.arange(5.0))
    np.testing.assert_array_equal(a.grad, [0.0])
    np.testing.assert_array_equal(c.grad, [3.0, 4.0])


def test_a_variadic_operand_takes_any_number_of_arrays():
    @op("toy::total")
    def total(*arrays: Array) -> Array:
        return sum(arrays[1:], arrays[0])

    @total.vjp("arrays")
    def _(g, needs):
        return [g] * len(needs.arrays)

    x = mt.Var(1.0)
    total(x, 2.0, x).backprop()
    assert x.grad == 2.0


def test_a_joint_rule_shares_its_work_and_gets_a_flag_for_each_need():
    seen = []

    @op("toy::product")
    def product(a: Array, b: Array, /) -> Array:
        return a * b

    @product.vjp("a", "b")
    def _(g, a, b, needs):
        seen.append(tuple(needs))
        return g * b if needs.a else None, g * a if needs.b else None

    a, b = mt.Var(2.0), mt.Var(3.0)
    product(a, b).backprop()
    assert (a.grad, b.grad) == (3.0, 2.0)
    product(a, 5.0).backprop()
    assert a.grad == 8.0
    assert seen == [(True, True), (True, False)]


def test_nondifferentiable_operands_come_raw_and_may_nest():
    @op("toy::pick", nondiff=("key",))
    def pick(x: Array, key: Array, /) -> Array:
        return x[key]

    @pick.vjp("x")
    def _(g, key, x: Meta):
        full = np.zeros(x.shape)
        full[key] = g
        return full

    x = mt.Var(np.arange(4.0))
    index = mt.Var(np.array([2]))
    pick(x, (index,)).backprop(np.array([7.0]))
    np.testing.assert_array_equal(x.grad, [0.0, 0.0, 7.0, 0.0])


def test_a_var_in_a_nested_operand_makes_the_result_a_var():
    @simple_with(nondiff=("key",))
    def pick(x: Array, key: Array, /) -> Array:
        return x[key]

    x, index = np.arange(4.0), mt.Var(np.asarray([2]))
    for key in ((index,), index):
        result = pick(x, key)
        assert type(result) is mt.Var
        assert result.node is None
        np.testing.assert_array_equal(result.value, [2.0])
    assert type(pick(x, (np.asarray([2]),))) is np.ndarray
    assert type(pick(x, 2)) is np.float64


def test_a_var_in_a_sequence_makes_the_result_a_var():
    @simple
    def total(*arrays: Array) -> Array:
        return sum(arrays)

    assert total(1.0, 2.0) == 3.0
    assert type(total(1.0, 2.0)) is float
    constant = mt.Var(np.asarray([1]))
    assert type(total(1.0, constant)) is mt.Var
    assert total(1.0, constant).node is None
    assert total(1.0, mt.Var(2.0)).node.parents[0].dtype is float


def test_a_sequence_without_a_derivative_is_passed_raw_and_tracks_nothing():
    @simple_with(nondiff=("arrays",))
    def scaled(x: Array, arrays: list[Array], /) -> Array:
        seen.append([type(each) for each in arrays])
        return x * arrays[0]

    seen = []
    result = scaled(2.0, [mt.Var(3.0), 4.0])
    assert type(result) is mt.Var
    assert (result.value, result.node) == (6.0, None)
    assert seen == [[float, float]]
    x = mt.Var(2.0)
    assert scaled(x, [mt.Var(3.0)]).node.parents == (x.node,)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_node_has_an_edge_for_each_tracked_operand_only(count):
    product = op("toy::product")(product_forward(count))
    for position, name in enumerate("abc"[:count]):
        product.vjp(name)(by_position(position))
    for mask in itertools.product([False, True], repeat=count):
        operands = [mt.Var(3.0) if tracked else 3.0 for tracked in mask]
        result = product(*operands)
        if not any(mask):
            assert type(result) is float
            continue
        assert result.node.parents == tuple(o.node for o, tracked in zip(operands, mask, strict=True) if tracked)
        result.backprop()
        grads = [o.grad for o, tracked in zip(operands, mask, strict=True) if tracked]
        assert grads == [position + 1.0 for position, tracked in enumerate(mask) if tracked]


def by_position(position):
    return lambda g: g * (position + 1.0)


def joint():
    @op("toy::joint")
    def forward(x: Array, y: Array, /, *rest: Array) -> Array:
        return x * y + sum(rest)

    @forward.vjp("x", "y", "rest")
    def _(g, x, y, rest, needs):
        seen.append(needs)
        return (
            g * y if needs.x else None,
            g * x if needs.y else None,
            [g if need else None for need in needs.rest] if needs.rest else None,
        )

    seen = []
    return forward, seen


def test_needs_has_a_flag_per_operand_and_per_item_of_a_sequence():
    forward, seen = joint()
    x, a = mt.Var(2.0), mt.Var(3.0)
    forward(x, 5.0).backprop()
    forward(x, 5.0, 1.0, a).backprop()
    forward(1.0, x, a).backprop()
    assert [tuple(needs) for needs in seen] == [
        (True, False, False),  # no item is tracked
        (True, False, (False, True)),
        (False, True, (True,)),
    ]
    assert seen[0]._fields == ("x", "y", "rest")
    assert (x.grad, a.grad) == (11.0, 2.0)


def test_a_rule_gets_a_sequence_as_a_tuple_and_its_metas_as_a_list():
    @op("toy::join")
    def join(arrays: Sequence[Array], x: Array, /) -> Array:
        return arrays[0] + arrays[1] + x

    @join.vjp("arrays")
    def _(g, arrays: list[Meta]):
        seen.append(arrays)
        return [g * meta.size for meta in arrays]

    @join.vjp("x")
    def _(g, arrays, x: Meta):
        seen.append((arrays, x))
        return g

    seen = []
    a, x, b = mt.Var(np.ones(2)), mt.Var(np.full(2, 2.0)), np.full(2, 3.0)
    join([a, b], x).backprop(np.ones(2))
    metas, (arrays, meta) = seen
    assert metas == [meta_of(a.value), meta_of(b)]
    assert type(arrays) is tuple
    assert arrays[0] is a.value
    assert arrays[1] is b
    assert meta == meta_of(x.value)
    np.testing.assert_array_equal(a.grad, [2.0, 2.0])


def test_a_rule_gets_the_meta_of_an_optional_operand_or_none():
    @op("toy::affine")
    def affine(x: Array, b: Array | None = None, c: Array | None = None) -> Array:
        return x + (0.0 if b is None else b)

    @affine.vjp("x")
    def _(g, x: Meta, b: Meta | None, c: Meta | None):
        seen.append((x, b, c))
        return g

    @affine.vjp("b", "c")
    def _(g, needs):
        return g if needs.b else None, g if needs.c else None

    seen = []
    x, b = mt.Var(np.ones(2)), mt.Var(2.0)
    affine(x).backprop(np.ones(2))
    affine(x, b).backprop(np.ones(2))
    assert seen == [(meta_of(x.value), None, None), (meta_of(x.value), meta_of(2.0), None)]
    assert b.grad == 2.0


def test_a_rule_gets_the_meta_of_an_output_and_of_a_hidden_one():
    @op("toy::masked", hidden=("mask",))
    def masked(x: Array, /) -> Hidden[Array]:
        return Hidden(x * 2.0, x > 0.0)

    @masked.vjp("x")
    def _(g, out: Meta, mask: Meta):
        seen.append((out, mask))
        return g.out * 2.0

    seen = []
    x = mt.Var(np.ones(2))
    result = masked(x)
    result.backprop(np.ones(2))
    assert seen == [(meta_of(x.value), meta_of(x.value > 0.0))]
    assert result.node.parents[0].saved == seen[0]
