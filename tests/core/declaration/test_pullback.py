"""What a rule returns: each wrong answer is an error that names the rule."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, errors, op


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
