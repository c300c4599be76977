"""Sums and products of any number of arrays."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

A, B, C = np.array([2.0, 0.0, 3.0]), np.array([0.0, 0.0, 5.0]), np.array([[1.0], [7.0]])


def test_each_term_gets_the_whole_cotangent_summed_where_it_was_broadcast(slopes):
    g = np.arange(6.0).reshape(2, 3)
    assert_array_equal(xp.add_sequence(A, mt.Var(B), C).value, A + B + C)
    to_a, to_number, to_c = slopes(xp.add_sequence, A, 1.0, C, g=g)
    assert_array_equal(to_a, g.sum(axis=0))
    assert to_number == g.sum()
    assert_array_equal(to_c, g.sum(axis=1, keepdims=True))


def test_each_factor_gets_the_product_of_the_others_also_where_it_is_zero(slopes):
    assert_array_equal(xp.multiply_sequence(A, mt.Var(B), C).value, A * B * C)
    to_a, to_b, to_c = slopes(xp.multiply_sequence, A, B, C)
    assert_array_equal(to_a, (B * C).sum(axis=0))
    assert_array_equal(to_b, (A * C).sum(axis=0))
    assert_array_equal(to_c, np.broadcast_to(A * B, (2, 3)).sum(axis=1, keepdims=True))


def test_three_zeros_have_a_third_derivative():
    def third(a, b, c):
        return mt.grad(mt.grad(mt.grad(xp.multiply_sequence, 0), 1), 2)(a, b, c)

    assert third(0.0, 0.0, 0.0) == 1
    assert (
        mt.hessian(lambda x: xp.multiply_sequence(x[0], x[1], x[2]))(np.zeros(3)).tolist() == np.zeros((3, 3)).tolist()
    )


def test_they_are_one_node_over_any_numbers():
    x = mt.Var(Fraction(1, 3))
    y = xp.multiply_sequence(x, 2, x, 3)
    assert y.node.parents == (x.node, x.node)
    y.backprop()
    assert x.grad == 4
    assert xp.add_sequence(x).value == Fraction(1, 3)


@pytest.mark.parametrize("f", [xp.add_sequence, xp.multiply_sequence])
def test_nothing_at_all_is_refused(f):
    with pytest.raises(OperandError, match=f"{f.name}.*empty"):
        f()
