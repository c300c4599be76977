"""Outputs of an op from the forward to its rules: several, hidden and integer ones, raw or as `Var`s."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Hidden, Meta, Namespace, injected, op
from mutorch_core.graph.node import OutputNode


class Halves(NamedTuple):
    low: Array
    high: Array


@op("toy::halves")
def halves(x: Array, /) -> Halves:
    """The two halves of an array."""
    return Halves(x[:2], x[2:])


@halves.vjp("x")
def _(g, xp):
    return xp.concat([g.low, g.high])


def test_several_outputs_are_a_named_tuple_and_so_is_their_cotangent():
    x = mt.Var(np.arange(4.0))
    result = halves(x)
    assert type(result) is Halves
    (result.low * 3.0 + result.high * 2.0).backprop(np.ones(2))
    np.testing.assert_array_equal(x.grad, [3.0, 3.0, 2.0, 2.0])


def test_an_output_that_nothing_flows_back_to_has_zeros():
    x = mt.Var(np.arange(4.0))
    halves(x).high.backprop(np.ones(2))
    np.testing.assert_array_equal(x.grad, [0.0, 0.0, 1.0, 1.0])


def test_a_rule_that_takes_reached_gets_none_instead_of_zeros():
    @op("toy::both")
    def both(x: Array, /) -> Halves:
        return Halves(x, 2.0 * x)

    @both.vjp("x")
    def _(g, reached):
        seen.append((g.low, tuple(reached)))
        return 2.0 * g.high

    seen = []
    x = mt.Var(1.0)
    both(x).high.backprop()
    assert seen == [(None, (False, True))]
    assert x.grad == 2.0


def test_reached_is_a_matter_of_each_rule():
    @op("toy::pair")
    def pair(x: Array, y: Array, /) -> Halves:
        return Halves(x * y, x - y)

    @pair.vjp("x")
    def _(g, reached, y):
        assert g.high is None
        return g.low * y

    @pair.vjp("y")
    def _(g, x):
        return g.low * x - g.high

    x, y = mt.Var(2.0), mt.Var(3.0)
    pair(x, y).low.backprop()
    assert (x.grad, y.grad) == (3.0, 2.0)
    assert mt.grad(lambda x, y: pair(x, y).low, argnums=(0, 1))(2.0, 3.0) == (3.0, 2.0)


@op("toy::x_exp", hidden=("e",))
def x_exp(x: Array, /, *, xp: Namespace = injected) -> Hidden[Array]:
    """X times its exponential, which the rule sees."""
    e = xp.exp(x)
    return Hidden(x * e, e)


@x_exp.vjp("x")
def _(g, x, e):
    return g.out * e * (1 + x) + g.e * e


def test_a_hidden_output_is_dropped_by_the_public_function():
    assert x_exp(0.0) == 0.0
    assert type(x_exp(mt.Var(0.5))) is mt.Var


def test_the_cotangent_of_a_hidden_output_is_not_zero_in_second_order():
    x = 0.7
    assert mt.grad(x_exp)(x) == pytest.approx((1 + x) * np.exp(x))
    assert mt.grad(mt.grad(x_exp))(x) == pytest.approx((2 + x) * np.exp(x))
    assert mt.grad(mt.grad(mt.grad(x_exp)))(x) == pytest.approx((3 + x) * np.exp(x))


def test_integer_hidden_outputs_have_no_cotangent():
    @op("toy::largest", hidden=("index",))
    def largest(x: Array, /, *, xp: Namespace = injected) -> Hidden[Array]:
        index = xp.argmax(x)
        return Hidden(x[index], xp.asarray(index))

    @largest.vjp("x")
    def _(g, index, x: Meta, xp):
        assert g.index is None
        return g.out * xp.astype(xp.arange(x.shape[0]) == index, x.dtype)

    x = mt.Var(np.array([1.0, 5.0, 2.0]))
    largest(x).backprop()
    np.testing.assert_array_equal(x.grad, [0.0, 1.0, 0.0])


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


def test_a_numpy_scalar_of_a_sequence_of_numbers_becomes_a_number():
    @op("toy::most")
    def most(*arrays: Array) -> Array:
        return np.float64(max(arrays))

    most.vjp("arrays")(lambda g, arrays: [g for _ in arrays])
    assert type(most(mt.Var(1.0), 2.0).value) is float
    assert type(most(mt.Var(1.0), np.asarray(2.0)).value) is np.ndarray
