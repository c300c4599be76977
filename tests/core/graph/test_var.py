"""`Var`: leaves and results, gradients, assignment to an index, copies."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors


def test_a_leaf_has_value_name_and_gradient():
    x = mt.Var(10.0, name="x")
    assert (x.value, x.name, x.grad) == (10.0, "x", 0.0)
    assert repr(x) == "Var(10.0, name='x')"
    assert repr(mt.Var(np.zeros(2))) == "Var(float64[2])"
    assert repr(x * 2.0) == "<Var 20.0, tracked>"


@pytest.mark.parametrize(
    "value", [1, 1.5, 2 + 1j, Fraction(1, 3), True, np.float32(2), np.zeros((2, 0)), np.array("a")]
)
def test_any_number_or_array_is_a_value(value):
    x = mt.Var(value)
    assert x.value is value
    if isinstance(value, (np.generic, np.ndarray)):
        zeros = np.zeros(value.shape, value.dtype)
        np.testing.assert_array_equal(x.grad, zeros, strict=True)
    else:
        assert type(x.grad) is type(value)
        assert x.grad == 0


@pytest.mark.parametrize("value", ["1", [1.0], None, object()])
def test_a_value_that_is_neither_number_nor_array_is_refused(value):
    with pytest.raises(errors.OperandError, match="is neither a number nor an array of a known library"):
        mt.Var(value)


def test_a_var_of_a_var_is_refused():
    with pytest.raises(errors.OperandError, match="it is one already"):
        mt.Var(mt.Var(1.0))


def test_var_can_not_be_subclassed():
    with pytest.raises(errors.OperandError, match="can't be subclassed"):

        class Sub(mt.Var):
            pass


def test_detach_drops_the_graph():
    y = (mt.Var(2.0) * 3.0).detach()
    assert (y.value, y.node) == (6.0, None)


def test_assignment_to_an_index_is_functional():
    x = mt.Var(np.zeros(3))
    y = +x
    z = y * 1.0
    y[1] = 5.0
    np.testing.assert_array_equal(y.value, [0.0, 5.0, 0.0])
    np.testing.assert_array_equal(z.value, 0.0)
    y.backprop(np.ones(3))
    np.testing.assert_array_equal(x.grad, [1.0, 0.0, 1.0])


def test_assignment_into_a_leaf_is_refused():
    x = mt.Var(np.zeros(3))
    with pytest.raises(errors.OperandError, match="on a leaf would lose its gradient"):
        x[0] = 1.0


def test_copies_and_pickles_hold_a_value_and_no_graph():
    import copy
    import pickle

    leaf = mt.Var(np.ones(2), name="w")
    for again in (copy.deepcopy(leaf), pickle.loads(pickle.dumps(leaf))):
        assert again.name == "w"
        assert again.value is not leaf.value
        np.testing.assert_array_equal(again.value, leaf.value)
        assert again.node is not leaf.node
    assert copy.copy(leaf.detach()).node is None
    with pytest.raises(errors.OperandError, match=r"copy\(\) of <Var 2.0, tracked> would cut the graph"):
        copy.deepcopy(mt.Var(1.0) * 2.0)


def test_the_gradient_of_a_result_raises():
    with pytest.raises(errors.NotTracked, match="only a leaf, a Var that you made yourself, has a gradient"):
        _ = (mt.Var(1.0) * 2.0).grad
    with pytest.raises(errors.NotTracked, match="is for leaves"):
        (mt.Var(1.0) * 2.0).clear_grad()


def test_a_ufunc_of_numpy_stays_on_the_graph():
    x = mt.Var(2.0)
    np.sin(x * 1.0).backprop()
    np.testing.assert_allclose(x.grad, np.cos(2.0))
