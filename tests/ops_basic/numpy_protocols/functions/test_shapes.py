"""Shapes: the order of entries, and creation of arrays beside a `Var`."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

X = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("order", ["A", "K"])
def test_an_order_that_depends_on_the_memory_is_refused(order):
    with pytest.raises(errors.OperandError, match=rf"np\.ravel\(order='{order}'\) depends on the memory's layout"):
        np.ravel(mt.Var(X), order=order)


def test_fortrans_order_reads_and_writes_columns():
    x = mt.Var(X)
    np.testing.assert_array_equal(np.reshape(x, (3, 2), order="F").value, np.reshape(X, (3, 2), order="F"))
    weights = np.arange(6.0)
    np.sum(np.ravel(x, "F") * weights).backprop()
    np.testing.assert_array_equal(x.grad, weights.reshape(3, 2).T)


def test_a_full_array_passes_the_gradient_to_its_value():
    assert mt.grad(lambda s: np.sum(np.full_like(s * X, s)))(2.0) == 6.0
    with pytest.raises(errors.OperandError, match=r"np\.copyto.*Var float64\[\] .* with xp\.full or xp\.full_like"):
        np.full_like(X, mt.Var(2.0))


def test_arrays_like_a_var_are_of_its_library():
    torch = pytest.importorskip("torch")
    x = mt.Var(torch.ones(3, dtype=torch.float64))
    assert isinstance(np.zeros_like(x).value, torch.Tensor)
    assert np.zeros_like(x, shape=(2, 2)).shape == (2, 2)
