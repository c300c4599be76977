"""The methods of a `Var` return what NumPy's methods return, and stay on the graph."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
from mutorch_core import errors

X = np.array([[3.0, -1.5, 2.25], [0.5, 4.0, -2.0]])
METHODS = {
    "T": lambda x: x.T,
    "all": lambda x: x.all(1),
    "any": lambda x: x.any(axis=0, keepdims=True),
    "argmax": lambda x: x.argmax(1),
    "argmin": lambda x: x.argmin(),
    "argsort": lambda x: x.argsort(),
    "argsort flat": lambda x: x.argsort(axis=None),
    "astype": lambda x: x.astype(np.float32),
    "clip": lambda x: x.clip(-1.0, 2.0),
    "conj": lambda x: x.conj().conjugate(),
    "copy": lambda x: x.copy(),
    "cumprod": lambda x: x.cumprod(0),
    "cumsum": lambda x: x.cumsum(),
    "dot matrix": lambda x: x.dot(X.T),
    "dot number": lambda x: x.dot(2.0),
    "dot stack": lambda x: x.dot(np.ones((2, 3, 4))),
    "dot vector": lambda x: x.dot(X[0]),
    "flatten": lambda x: x.flatten(),
    "max": lambda x: x.max(axis=1, keepdims=True),
    "mean": lambda x: x.mean(0),
    "min": lambda x: x.min(),
    "prod": lambda x: x.prod(1),
    "ravel": lambda x: x.T.ravel(),
    "real": lambda x: x.real,
    "repeat": lambda x: x.repeat(2, axis=0),
    "repeat flat": lambda x: x.repeat(2),
    "reshape": lambda x: x.reshape(3, -1),
    "reshape tuple": lambda x: x.reshape((6,)),
    "round": lambda x: x.round(),
    "round decimals": lambda x: x.round(1),
    "squeeze": lambda x: x[:1].squeeze(),
    "squeeze axis": lambda x: x[:1].squeeze(0),
    "std": lambda x: x.std(axis=1, ddof=1),
    "sum": lambda x: x.sum(axis=(0, 1), dtype=np.float32),
    "swapaxes": lambda x: x.swapaxes(0, -1),
    "take": lambda x: x.take(np.array([0, 4])),
    "take axis": lambda x: x.take(np.array([1, 1]), axis=1),
    "transpose": lambda x: x.transpose(1, 0),
    "transpose tuple": lambda x: x.transpose((1, 0)),
    "var": lambda x: x.var(),
    "NumPy's sum": lambda x: np.sum(x, axis=1),
    "NumPy's prod": lambda x: np.prod(x, axis=0, keepdims=True),
    "NumPy's mean": lambda x: np.mean(x, axis=1, dtype=np.float32),
    "NumPy's std": lambda x: np.std(x, ddof=1),
    "NumPy's var": lambda x: np.var(x, axis=0, dtype=np.float64),
    "NumPy's max": lambda x: np.max(x, axis=1),
    "NumPy's argmin": lambda x: np.argmin(x, axis=1),
    "NumPy's all": np.all,
    "NumPy's cumsum": np.cumsum,
    "NumPy's clip": lambda x: np.clip(x, -1.0, 2.0),
}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_method_returns_the_same_as_numpys_method(method):
    expected, got = method(X), method(mt.Var(X))
    assert_allclose(got.value, expected)
    assert got.dtype == expected.dtype
    assert (got.node is None) == (
        expected.dtype.kind in "bi" or method in (METHODS["round"], METHODS["round decimals"])
    )


def test_an_out_argument_is_refused():
    with pytest.raises(TypeError, match=r"sum\(out=…\): nothing is written into, use what sum returns"):
        mt.Var(X).sum(axis=0, out=np.zeros(3))
    with pytest.raises(TypeError, match=r"np\.sum\(…, out=float64\[3\]\) would lose the gradient of Var float64\[3\]"):
        np.sum(mt.Var(X), axis=0, out=np.zeros(3))


def test_nonzero_and_searchsorted_give_positions():
    rows, columns = mt.Var(X > 2).nonzero()
    assert_array_equal([rows.value, columns.value], np.nonzero(X > 2))
    assert_array_equal(mt.Var(np.arange(4.0)).searchsorted(np.array([1.5, 9.0]), side="right").value, [2, 4])


def test_methods_chain_into_one_gradient():
    x = mt.Var(X)
    x.T.reshape(-1).cumsum().take(np.array([1, 5])).dot(np.array([1.0, 10.0])).backprop()
    assert_array_equal(x.grad, [[11, 10, 10], [11, 10, 10]])


@pytest.mark.parametrize("value", [True, 3, 2.5, np.array([True, False]), np.arange(3), np.ones(2)])
def test_a_copy_is_another_value_on_the_same_graph(value):
    x = mt.Var(value)
    again = x.copy()
    assert_array_equal(again.value, value)
    assert again is not x
    assert (again.node is None) == (x.node is None)
    assert not np.shares_memory(again.value, value)


class TestInPlace:
    """Methods that NumPy runs in place replace the value and its past, never the array's memory."""

    def test_fill_and_sort_replace_the_value_of_a_result(self):
        x = mt.Var(X)
        y = +x
        kept = y.value
        assert y.sort() is None
        assert_array_equal(y.value, np.sort(X))
        assert_array_equal(kept, X)
        (y * np.arange(3.0)).sum().backprop()
        assert_array_equal(x.grad, [[2, 0, 1], [1, 2, 0]])
        y.fill(7.0)
        assert_array_equal(y.value, np.full_like(X, 7))

    def test_a_leaf_raises_unless_it_is_a_constant(self):
        with pytest.raises(errors.OperandError, match="on a leaf would lose its gradient"):
            mt.Var(X).sort()
        counts = mt.Var(np.array([3, 1, 2]))
        counts.sort()
        counts[0] = 9
        assert_array_equal(counts.value, [9, 2, 3])


def test_moving_to_another_device_stays_on_the_graph():
    strict = pytest.importorskip("array_api_strict")
    device = strict.Device("device1")
    x = mt.Var(strict.asarray([1.0, 2.0]))
    y = x.to_device(device)
    assert y.device == y.astype(strict.float32).device == device
    (y * y).sum().backprop()
    assert x.grad.device == x.device
    assert_array_equal(np.asarray(x.grad), [2.0, 4.0])
    with pytest.raises(errors.OperandError, match=r"basic::to_device\(x=float64\[2\]\): .*; given device='gpu'"):
        mt.Var(np.ones(2)).to_device("gpu")


def test_methods_call_the_functions_of_the_namespace():
    x = mt.Var(np.arange(6.0))
    x.reshape(2, 3).sum(axis=0).mean().backprop()
    np.testing.assert_allclose(x.grad, np.full(6, 1 / 3))
    assert x.reshape((3, -1)).shape == (3, 2)
    assert float(x.max().value) == 5.0
