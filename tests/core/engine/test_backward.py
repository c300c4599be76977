"""The backward pass: its entries `backward` and `backprop`, its two loops, its first cotangent, and error messages."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, errors, op
from mutorch_core.engine.backward import backward, backward_partial, backward_raw, initial_cotangent
from mutorch_core.engine.schedule import count_consumers
from mutorch_core.graph.node import InputNode, ReleasedRule
from mutorch_core.graph.var import constant, make_var, unwrap

# -------------------------------------------------------------------------------------------------- misuse


def test_a_result_that_is_no_scalar_needs_a_cotangent():
    with pytest.raises(errors.NotScalar, match=r"the result is float64\[3\], not a scalar: give backprop a cotangent"):
        (mt.Var(np.ones(3)) * 2.0).backprop()


def test_a_cotangent_of_another_shape_is_refused():
    with pytest.raises(errors.CotangentError, match=r"the cotangent is float64\[2\] and the result float64\[3\]"):
        (mt.Var(np.ones(3)) * 2.0).backprop(np.ones(2))


def test_a_cotangent_that_is_no_array_is_refused():
    with pytest.raises(errors.CotangentError, match="the cotangent is a str; it must be a number or an array"):
        (mt.Var(1.0) * 2.0).backprop("1")


def test_a_cotangent_is_cast_to_the_results_dtype():
    x = mt.Var(np.ones(2, dtype=np.float32))
    (x * 2.0).backprop(np.ones(2))
    assert x.grad.dtype == np.float32


def test_a_backward_pass_from_an_untracked_result_raises():
    with pytest.raises(errors.NotTracked, match="is not tracked: it depends on no leaf"):
        mt.Var(1.0).detach().backprop()


def test_backprop_inside_no_grad_raises():
    z = mt.Var(2.0) * 3.0
    with mt.no_grad(), pytest.raises(errors.NotTracked, match=r"backprop\(\) inside no_grad\(\)"):
        z.backprop()


class TestBackward:
    """The entry for transforms: from several results to the inputs of one traced call."""

    def inputs(self, *values, parents=(None, None)):
        """Closed input nodes, and a `Var` on each."""
        nodes = [InputNode(value, parent) for value, parent in zip(values, parents, strict=False)]
        for node in nodes:
            node.open = False
        return nodes, [make_var(value, node) for value, node in zip(values, nodes, strict=True)]

    def test_a_closed_graph_is_differentiated_raw(self):
        nodes, (a, b) = self.inputs(2.0, 3.0)
        gradients, recorded = backward([(a * b + a, None)], set(nodes), set(nodes), release=False)
        assert recorded is False
        assert gradients == {nodes[0]: 4.0, nodes[1]: 2.0}
        assert {type(gradient) for gradient in gradients.values()} == {float}

    def test_several_results_add_and_an_untracked_one_is_ignored(self):
        nodes, (a, b) = self.inputs(2.0, 3.0)
        results = [(a * b, 10.0), (constant(5.0), 1.0), (a, None), (b * b, constant(1.0))]
        gradients, recorded = backward(results, set(nodes), set(nodes), False)
        assert (gradients, recorded) == ({nodes[0]: 31.0, nodes[1]: 26.0}, False)
        assert {type(gradient) for gradient in gradients.values()} == {float}

    def test_only_the_targets_receive_a_cotangent(self):
        nodes, (a, b) = self.inputs(2.0, 3.0)
        for result, wanted in ((a * b, {nodes[1]: 2.0}), (a * a, {})):
            assert backward([(result, 1.0)], {nodes[1]}, set(nodes), False) == (wanted, False)

    @pytest.mark.parametrize("release", [False, True])
    def test_a_raw_pass_releases_the_graph_on_request(self, release):
        nodes, (a, b) = self.inputs(2.0, 3.0)
        result = a * b
        backward([(result, None)], set(nodes), set(nodes), release)
        assert isinstance(result.node.rule, ReleasedRule) is release

    def test_a_tracked_cotangent_makes_the_pass_recorded(self):
        nodes, (a, b) = self.inputs(2.0, 3.0)
        g = mt.Var(5.0)
        gradients, recorded = backward([(a * b, g), (a * a, 1.0)], set(nodes), set(nodes), True)
        assert recorded is True
        assert {node: var.value for node, var in gradients.items()} == {nodes[0]: 19.0, nodes[1]: 10.0}
        gradients[nodes[1]].backprop()
        assert g.grad == 2.0

    def test_a_leaf_in_the_graph_makes_the_pass_recorded(self):
        nodes, (a, _) = self.inputs(2.0, 3.0)
        w = mt.Var(7.0)
        gradients, recorded = backward([(a * a * w, None)], set(nodes), set(nodes), False)
        assert recorded is True
        assert (set(gradients), gradients[nodes[0]].value) == ({nodes[0]}, 28.0)
        gradients[nodes[0]].backprop()
        assert w.grad == 4.0

    def test_a_recorded_pass_goes_no_further_than_the_inputs(self):
        leaf = mt.Var(2.0)
        nodes, (a,) = self.inputs(2.0, parents=(leaf.node,))
        gradients, recorded = backward([(a * a, None)], set(nodes), set(nodes), False)
        assert recorded is True
        assert (set(gradients), gradients[nodes[0]].value) == (set(nodes), 4.0)
        gradients[nodes[0]].backprop()
        assert leaf.grad == 2.0

    def test_every_gradient_of_a_recorded_pass_is_a_var(self):
        nodes, (a, b) = self.inputs(2.0, 3.0)
        gradients, recorded = backward([(a, 5.0), (b * mt.Var(7.0), 1.0)], set(nodes), set(nodes), False)
        assert recorded is True
        assert {type(gradient) for gradient in gradients.values()} == {mt.Var}
        assert (gradients[nodes[0]].value, gradients[nodes[1]].value) == (5.0, 7.0)

    def test_a_recorded_pass_of_several_results_starts_with_vars(self):
        nodes, (a, _) = self.inputs(np.ones(2), 3.0)
        w, ones = mt.Var(7.0), np.ones(2)
        gradients, recorded = backward([(a, ones), (a * w, ones), (a, constant(ones))], set(nodes), set(nodes), False)
        assert recorded is True
        assert type(gradients[nodes[0]]) is mt.Var
        np.testing.assert_array_equal(gradients[nodes[0]].value, [9.0, 9.0])


CASTS = {
    "number": (2.0, 3.0, 3.0),
    "number for an array": (np.array(2.0), 3.0, np.array(3.0)),
    "array for a number": (2.0, np.array(3.0), 3.0),
    "dtype": (np.ones(2, np.float32), np.full(2, 3.0), np.full(2, 3.0, np.float32)),
    "real part": (np.ones(2), np.full(2, 3 + 1j), np.full(2, 3.0)),
    "same dtype": (np.ones(2), np.full(2, 3.0), np.full(2, 3.0)),
}


class TestInitialCotangent:
    """The cotangent that a backward pass starts with."""

    @pytest.mark.parametrize("value", [2.0, 3, 2j, Fraction(1, 3), np.array(2.0), np.array(2, np.float32)])
    def test_a_scalar_starts_with_one(self, value):
        one = initial_cotangent(value, None)
        assert type(one) is type(value)
        assert one == 1
        assert getattr(one, "dtype", None) == getattr(value, "dtype", None)

    @pytest.mark.parametrize("shape", [(3,), (1,), (0,), (1, 1)])
    def test_a_result_with_axes_needs_a_cotangent(self, shape):
        with pytest.raises(errors.NotScalar, match=rf"a cotangent of shape {re.escape(str(shape))}, or reduce"):
            initial_cotangent(np.ones(shape), None)

    @pytest.mark.parametrize(("result", "cotangent", "expected"), CASTS.values(), ids=CASTS)
    def test_it_is_cast_to_the_dtype_of_the_result(self, result, cotangent, expected):
        raw = initial_cotangent(result, cotangent)
        assert type(raw) is type(expected)
        np.testing.assert_array_equal(np.asarray(raw), np.asarray(expected), strict=True)
        recorded = initial_cotangent(result, mt.Var(cotangent))
        assert type(recorded) is mt.Var
        assert recorded.node is not None
        np.testing.assert_array_equal(np.asarray(recorded.value), np.asarray(expected))

    def test_it_is_returned_as_it_is_if_it_fits(self):
        g = np.ones(2)
        assert initial_cotangent(np.zeros(2), g) is g
        var = mt.Var(g)
        assert initial_cotangent(np.zeros(2), var) is var

    @pytest.mark.parametrize(
        ("result", "cotangent"), [(1.0, np.ones(1)), (np.ones(3), 1.0), (np.ones(3), np.ones((1, 3))), (1.0, [1.0])]
    )
    def test_another_shape_or_a_list_raises(self, result, cotangent):
        with pytest.raises(errors.CotangentError, match=r"their shapes differ|must be a number or an array"):
            initial_cotangent(result, cotangent)

    def test_a_number_becomes_an_array_of_the_results_library(self):
        strict = pytest.importorskip("array_api_strict")
        assert type(initial_cotangent(strict.asarray(2.0), 3.0)) is type(strict.asarray(2.0))


def test_counts_that_the_caller_has_made_are_used():
    x = mt.Var(2.0)
    square = x * x
    z = square * square
    start = [(z.node, 1.0)]
    assert backward_raw(start, counts=count_consumers([z.node])) == backward_raw(start) == {x.node: 32.0}
    counts = count_consumers([z.node])
    assert backward_partial(start, (), {x.node}, False, counts) == {x.node: 32.0}
    assert counts[square.node] == 0
    assert backward_partial(start, (), {x.node}, False) == {x.node: 32.0}


def test_a_target_that_is_a_result_receives_its_own_cotangent():
    x = mt.Var(2.0)
    y = x * x
    z = y * 3.0
    starts = [(z.node, 1.0), (y.node, 10.0), (x.node, 100.0)]
    assert backward_partial(starts, (), {x.node}, False) == {x.node: 152.0}
    assert backward_partial(starts, (), {y.node}, False) == {y.node: 13.0}
    assert backward_partial(starts, (), {y.node, x.node}, False) == {y.node: 13.0, x.node: 100.0}
    assert backward_raw(starts) == {x.node: 152.0}


@pytest.mark.parametrize("uses", [1, 2, 3])
def test_a_result_that_another_result_uses_waits_for_all_of_its_cotangents(uses):
    for value in (2.0, np.full(3, 2.0)):
        x = mt.Var(value)
        y = x * x
        z = y * 1.0
        for _ in range(uses - 1):
            z = z + y
        starts = [(z.node, value * 0 + 1.0), (y.node, value * 0 + 10.0)]
        for gradients in (backward_raw(starts), backward_partial(starts, (), {x.node}, False)):
            assert gradients.keys() == {x.node}
            np.testing.assert_array_equal(gradients[x.node], value * 2.0 * (uses + 10.0))


@pytest.mark.parametrize("recorded", [False, True])
def test_a_partial_pass_reduces_cotangents(recorded):
    x = mt.Var(np.ones((3, 1), np.float32))
    z = x * np.ones((3, 4))
    start = [(z.node, constant(np.ones((3, 4))) if recorded else np.ones((3, 4)))]
    found = unwrap(backward_partial(start, (), {x.node}, recorded)[x.node])
    np.testing.assert_array_equal(found, np.full((3, 1), 4, np.float32), strict=True)


def test_a_recorded_backprop_adds_a_graph_to_the_gradient_and_keeps_its_own():
    x, g = mt.Var(np.ones(2)), mt.Var(np.full(2, 3.0))
    z = x * x
    z.backprop(g, create_graph=True, release=True)
    assert not isinstance(z.node.rule, ReleasedRule)
    x.grad.backprop(np.ones(2))
    np.testing.assert_array_equal(g.grad, [2.0, 2.0])


def test_a_recorded_backprop_gives_gradients_on_a_graph_of_the_leaves():
    x, y = mt.Var(2.0), mt.Var(3.0)
    (x * x * y).backprop(create_graph=True)
    assert (type(x.grad), type(y.grad), x.grad.value, y.grad.value) == (mt.Var, mt.Var, 12.0, 4.0)
    first = x.grad
    x.clear_grad()
    y.clear_grad()
    first.backprop()
    assert (x.grad, y.grad) == (6.0, 4.0)


@pytest.mark.parametrize("cotangent", [None, 5.0, mt.Var(5.0).detach()])
def test_a_recorded_backprop_through_linear_ops_gives_vars_too(cotangent):
    x = mt.Var(2.0)
    (x * 3.0).backprop(cotangent, create_graph=True)
    assert type(x.grad) is mt.Var
    assert x.grad.value == (3.0 if cotangent is None else 15.0)


def test_a_recorded_backprop_from_a_leaf_gives_a_var():
    x = mt.Var(2.0)
    x.backprop(create_graph=True)
    assert type(x.grad) is mt.Var
    assert x.grad.value == 1.0


def test_a_number_that_a_rule_returns_for_an_array_becomes_an_array():
    @op("toy::doubled")
    def doubled(x: Array, /) -> Array:
        return x * 2.0

    @doubled.vjp("x")
    def _(g):
        return 2.0

    x, y = mt.Var(np.array(1.0)), mt.Var(1.0)
    doubled(x).backprop()
    doubled(y).backprop()
    assert (type(x.grad), type(y.grad)) == (np.ndarray, float)
    assert x.grad == y.grad == 2.0


def dot_with_itself(a):
    return xp.inner(a[:, 0], a[:, 0])


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "dask.array"])
@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda a: a[1, 0], 1.0),
        (lambda a: xp.unstack(a[:, 1])[0], 1.0),
        (dot_with_itself, 4.0),
        (xp.sum, 6.0),
    ],
    ids=["getitem", "unstack", "inner", "sum"],
)
def test_a_number_is_a_cotangent_of_an_array_without_axes_also_in_a_recorded_pass(f, expected, library):
    module = pytest.importorskip(library)
    a = module.ones((2, 3), dtype=module.float32)

    def pullback(cotangent):
        return mt.vjp(f, a)[1](cotangent)

    for cotangent in (0.5, 0.5 + 2j):
        raw = pullback(cotangent)[0]
        assert raw.dtype == a.dtype
        assert float(raw.sum()) == expected / 2
    assert mt.grad(lambda g: xp.sum(pullback(g)[0]))(0.5) == expected
    assert mt.grad(lambda g: xp.sum(pullback(xp.real(g) * 1j + xp.real(g))[0]))(0.5) == expected


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "dask.array"])
def test_derivatives_of_every_order_by_a_number_beside_an_array(library):
    module = pytest.importorskip(library)
    t = module.ones(3, dtype=module.float32)

    def cube(a):
        return xp.sum(a * a * a * t)

    assert [f(2.0) for f in (mt.grad(cube), mt.grad(mt.grad(cube)), mt.grad(mt.grad(mt.grad(cube))))] == [36, 36, 18]
    assert mt.jvp(mt.grad(cube), (2.0,), (1.0,))[1] == 36.0


def test_a_complex_number_is_a_cotangent_of_a_complex_array_without_axes():
    pullback = mt.vjp(lambda a: a[1], np.ones(2, dtype=complex))[1]
    assert pullback(0.5 + 2j)[0].tolist() == [0, 0.5 + 2j]
    assert mt.vjp(lambda g: pullback(g)[0], 0.5 + 2j)[1](np.array([1, 3j])) == (3j,)
