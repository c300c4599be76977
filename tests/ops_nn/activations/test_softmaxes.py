"""Softmax and its logarithm: axes, huge and masked entries."""

import numpy as np
import pytest
from scipy import special

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

WEIGHTS = np.cos(np.arange(12.0)).reshape(3, 4)


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
@pytest.mark.parametrize(
    ("op", "reference"),
    [(nn.softmax, special.softmax), (nn.log_softmax, special.log_softmax)],
    ids=["softmax", "log_softmax"],
)
def test_softmax_runs_along_its_axis(op, reference, axis, assert_derivatives):
    x = WEIGHTS * 3
    np.testing.assert_allclose(op(x, axis), reference(x, axis=axis), rtol=1e-13)
    assert_derivatives(lambda x: xp.sum(WEIGHTS * op(x, axis=axis)), x)


def test_softmax_of_huge_entries_is_exact():
    x = np.array([1000.0, 0.0, -1000.0])
    np.testing.assert_array_equal(nn.softmax(x), [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(nn.log_softmax(x), [0.0, -1000.0, -2000.0])
    np.testing.assert_array_equal(mt.grad(lambda x: nn.log_softmax(x)[1])(x), [-1.0, 1.0, 0.0])
    np.testing.assert_array_equal(mt.grad(lambda x: nn.softmax(x)[0])(x), [0.0, 0.0, 0.0])


def test_softmax_of_a_masked_entry_is_zero_and_of_a_masked_row_nan():
    x = np.array([[0.0, -np.inf], [-np.inf, -np.inf]])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(nn.softmax(x), [[1.0, 0.0], [np.nan, np.nan]])
        np.testing.assert_array_equal(nn.log_softmax(x), [[0.0, -np.inf], [np.nan, np.nan]])
    np.testing.assert_array_equal(mt.grad(lambda x: xp.sum(nn.softmax(x)))(x[0]), [0.0, 0.0])


def test_softmax_refuses_an_axis_that_is_not_there():
    with pytest.raises(mt.errors.OperandError, match=r"nn::softmax.*x=float64\[2\].*axis 3"):
        nn.softmax(np.ones(2), axis=3)


@pytest.mark.parametrize(("shape", "axis"), [((3, 0), -1), ((0, 3), 0), ((0, 3), 1), ((0,), 0)])
@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy"])
@pytest.mark.parametrize("f", [nn.softmax, nn.log_softmax])
def test_an_empty_array_has_an_empty_softmax(f, library, shape, axis):
    x = pytest.importorskip(library).ones(shape)
    value, pullback = mt.vjp(lambda x: f(x, axis=axis), x)
    assert tuple(value.shape) == shape
    assert value.dtype == x.dtype
    assert tuple(pullback(value)[0].shape) == shape
