"""Entries multiplied, raised and lowered by what goes there, however often it does."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.array([[2.0, -1.0], [0.0, 3.0], [0.5, 4.0]])
ROWS, COLUMNS = np.array([0, 2, 0, 0, 1]), np.array([1, 0, 1, 1, 0])
V = np.array([5.0, 0.25, -2.0, 3.0, 7.0])
KEYS = [(ROWS, COLUMNS), (np.array([1, 1, 1, 1, 1]), 0), (np.array([0, 1, 0, 2, 2]),), (slice(None), 1), X > 1]
UFUNCS = {"multiply_at": np.multiply, "maximum_at": np.maximum, "minimum_at": np.minimum}


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("name", UFUNCS)
def test_values_are_those_of_the_ufunc_at(name, key):
    before, expected = X.copy(), X.copy()
    value = np.resize(V, X[key].shape)
    UFUNCS[name].at(expected, key, value)
    assert_array_equal(getattr(xp, name)(X, key, value), expected)
    assert_array_equal(getattr(xp, name)(mt.Var(X), key, mt.Var(value)).value, expected)
    assert_array_equal(X, before)


@pytest.mark.parametrize(("library", "order"), [("torch", 2), ("jax.numpy", 1), ("array_api_strict", 2)])
@pytest.mark.parametrize("name", UFUNCS)
def test_other_libraries_agree(name, library, order):
    raw = pytest.importorskip(library)

    def seen(array):
        key = (array(ROWS), array(COLUMNS))
        point = tuple(array(a.astype(np.float32)) for a in (X, V))

        def total(pair):
            return xp.sum(getattr(xp, name)(pair[0], key, pair[1], include_self=False) ** 3)

        return mt.grad(total)(point) if order == 1 else mt.hvp(total, (point,), (point,))

    for own, theirs in zip(seen(np.asarray), seen(raw.asarray), strict=True):
        assert_allclose(np.asarray(theirs), own, rtol=1e-5)


def test_the_derivative_of_a_product_is_the_product_of_the_others(slopes):
    g = np.array([[1.0, 10.0], [100.0, 1000.0], [2.0, 20.0]])
    to_x, to_value = slopes(lambda x, v: xp.multiply_at(x, (ROWS, COLUMNS), v), X, V, g=g)
    assert_allclose(to_x, g * [[1, -30], [7, 1], [0.25, 1]])
    assert_allclose(to_value, [10 * -1 * -6, 2 * 0.5, 10 * -1 * 15, 10 * -1 * -10, 0])


def test_zeros_among_factors_keep_both_orders_exact():
    key, x, v = np.array([0, 0, 0, 1]), np.array([2.0, 0.0]), np.array([0.0, 3.0, 5.0, 7.0])
    hessian = mt.hessian(lambda v: xp.sum(xp.multiply_at(x, key, v)))(v)
    assert_array_equal(mt.grad(lambda v: xp.sum(xp.multiply_at(x, key, v)))(v), [30, 0, 0, 0])
    assert_array_equal(hessian, [[0, 10, 6, 0], [10, 0, 0, 0], [6, 0, 0, 0], [0, 0, 0, 0]])


def test_numbers_go_everywhere_that_the_key_names_and_get_the_sum():
    key = np.array([0, 0, 2])
    assert mt.grad(lambda v: xp.sum(xp.multiply_at(np.array([1.0, 2.0, 3.0]), key, v)))(2.0) == 2 * 2 + 3
    assert mt.grad(lambda v: xp.sum(xp.maximum_at(np.array([1.0, 2.0, 3.0]), key, v)))(2.0) == 1


def test_complex_factors_are_not_conjugated(slopes):
    x, v = np.array([2.0 + 1j]), np.array([1j, 3.0 - 1j])
    to_x, to_v = slopes(lambda x, v: xp.multiply_at(x, np.array([0, 0]), v), x, v)
    assert_allclose(to_x, [v.prod()])
    assert_allclose(to_v, x * v[::-1])


def test_a_key_beyond_the_end_is_refused():
    with pytest.raises(OperandError, match=r"basic::maximum_at\(x=float64\[3,2\].*IndexError: index 3"):
        xp.maximum_at(mt.Var(X), 3, 1.0)
