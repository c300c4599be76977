"""Views among the results of an op: an assignment to one is seen in the others."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array
from tests.core.declaration.toys import row_op, simple, simple_with


@pytest.mark.parametrize("tracked", [False, True])
def test_an_assignment_to_a_view_is_seen_by_its_base_and_by_other_views(tracked):
    row = row_op()
    base = mt.Var(np.arange(6.0)) * 1.0 if tracked else mt.Var(np.arange(6.0)).detach()
    view, other = row(base, 1, 6, step=2), row(base, 3, 5)
    view[1] = 30.0
    np.testing.assert_array_equal(base.value, [0.0, 1.0, 2.0, 30.0, 4.0, 5.0])
    np.testing.assert_array_equal(other.value, [30.0, 4.0])
    np.testing.assert_array_equal(view.value, [1.0, 30.0, 5.0])


def test_a_leaf_and_raw_operands_have_no_views():
    row = row_op()
    leaf = mt.Var(np.arange(6.0))
    assert not hasattr(row(leaf, 1, 6), "alias")
    result = leaf * 1.0
    assert hasattr(row(result, 1, 6), "alias")
    with mt.no_grad():
        assert not hasattr(row(result, 1, 6), "alias")


def test_a_result_is_a_view_only_of_the_one_operand_with_a_derivative():
    @simple
    def two(x: Array, y: Array, /) -> Array:
        return x[1:]

    @simple_with(nondiff=("y",))
    def one(x: Array, y: Array, /) -> Array:
        return x[1:]

    @simple_with(nondiff=("x",))
    def second(x: Array, y: Array, /) -> Array:
        return x[1:]

    @simple
    def later(n: int, x: Array, /) -> Array:
        return x[n:]

    base = mt.Var(np.arange(3.0)) * 1.0
    assert hasattr(one(base, 2.0), "alias")
    assert not hasattr(two(base, 2.0), "alias")
    assert not hasattr(second(base, mt.Var(2.0)), "alias")
    assert not hasattr(later(1, base), "alias")
