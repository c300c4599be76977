"""Var: leaves, attributes, conversions, and what would cut the graph."""

from __future__ import annotations

import contextvars
import threading
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
def test_what_is_neither_number_nor_array_is_refused(value):
    with pytest.raises(errors.OperandError, match="is neither a number nor an array of a known library"):
        mt.Var(value)


def test_a_var_of_a_var_is_refused():
    with pytest.raises(errors.OperandError, match="it is one already"):
        mt.Var(mt.Var(1.0))


def test_var_can_not_be_subclassed():
    with pytest.raises(errors.OperandError, match="can't be subclassed"):

        class Sub(mt.Var):
            pass


def test_detach_forgets_the_past():
    y = (mt.Var(2.0) * 3.0).detach()
    assert (y.value, y.node) == (6.0, None)


def test_inspection_follows_the_value():
    x = mt.Var(np.zeros((2, 3), dtype=np.float32))
    assert (x.shape, x.ndim, x.size, x.dtype, x.device) == ((2, 3), 2, 6, np.float32, "cpu")
    assert (mt.Var(1.0).shape, mt.Var(1.0).ndim, mt.Var(1.0).size, mt.Var(1.0).dtype) == ((), 0, 1, float)
    assert x.T.shape == x.mT.shape == (3, 2)
    assert len(x) == 2


def test_methods_are_the_namespaces_functions():
    x = mt.Var(np.arange(6.0))
    x.reshape(2, 3).sum(axis=0).mean().backprop()
    np.testing.assert_allclose(x.grad, np.full(6, 1 / 3))
    assert x.reshape((3, -1)).shape == (3, 2)
    assert float(x.max().value) == 5.0


@pytest.mark.parametrize("cut", [float, complex, np.asarray, np.array])
def test_what_would_cut_the_graph_raises(cut):
    with pytest.raises((errors.OperandError, TypeError)):
        cut(mt.Var(2.0) * 1.0)


def test_untracked_results_convert():
    x = mt.Var(2.5).detach()
    assert float(x) == 2.5
    assert complex(x) == 2.5
    assert bool(x)
    assert int(x) == 2
    assert list(range(5))[mt.Var(3)] == 3


def test_arrays_and_vars_mix_in_operators():
    x = mt.Var(np.ones(3))
    (np.arange(3.0) * x + np.ones(3) - x / 2).backprop(np.ones(3))
    np.testing.assert_allclose(x.grad, np.arange(3.0) - 0.5)


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


def test_an_augmented_assignment_changes_every_name_of_an_array_and_never_its_memory():
    held = np.ones(2)
    x = mt.Var(held)
    y = x * 1.0
    z, before = y, y.value
    z += x
    assert z is y
    np.testing.assert_array_equal(before, 1.0)
    y *= y
    y.backprop(np.ones(2))
    np.testing.assert_array_equal(y.value, 4.0)
    np.testing.assert_array_equal(x.grad, 8.0)
    np.testing.assert_array_equal(held, 1.0)


def test_an_augmented_assignment_rebinds_the_name_of_a_number():
    def f(x):
        total = x
        total += 1.0
        return total * x

    assert (f(3.0), mt.grad(f)(3.0)) == (12.0, 7.0)


@pytest.mark.parametrize("value", [1.0, np.ones(2)])
def test_an_augmented_assignment_to_a_leaf_is_refused(value):
    x = mt.Var(value)
    with pytest.raises(errors.OperandError, match=r"x \*= v on a leaf would lose its gradient: write x = x \* v"):
        x *= 2.0


def test_an_augmented_assignment_keeps_dtype_and_shape_or_is_refused():
    y = +mt.Var(np.ones(3, np.float32))
    y += np.ones(3)
    assert y.dtype == np.float32
    with pytest.raises(errors.OperandError, match=r"x \+= v would turn float32\[3\] into float64\[2,3\]"):
        y += np.ones((2, 3))
    counts = mt.Var(np.arange(3))
    with pytest.raises(errors.OperandError, match=r"x /= v would turn int64\[3\] into float64\[3\]"):
        counts /= 2


def test_no_grad_is_local_to_its_context():
    seen = []

    def other():
        seen.append((mt.Var(1.0) * 2.0).node is not None)

    with mt.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        contextvars.Context().run(other)
    assert seen == [True, True]


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


def test_a_ufunc_of_numpy_stays_on_the_graph():
    x = mt.Var(2.0)
    np.sin(x * 1.0).backprop()
    np.testing.assert_allclose(x.grad, np.cos(2.0))
