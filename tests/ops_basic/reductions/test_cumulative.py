"""Running sums and products, and differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.array([[1.0, -2.0, 4.0], [3.0, 5.0, -1.0]])


def jacobian_of_products(x):
    """d(x₀ … xₖ)/dxᵢ, one product at a time."""
    n = len(x)
    return np.array([[np.prod(np.delete(x[: k + 1], i)) if i <= k else 0 for i in range(n)] for k in range(n)])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_sums_flow_back_from_the_other_end(axis, slope):
    g = np.arange(1.0, 7.0).reshape(2, 3)
    expected = np.flip(np.cumsum(np.flip(g, axis), axis), axis)
    assert_array_equal(slope(lambda x: xp.cumulative_sum(x, axis=axis), X, g=g), expected)


@pytest.mark.parametrize("f", [xp.cumulative_sum, xp.cumulative_prod])
def test_the_initial_value_has_no_slope(f, slope):
    with_initial = f(mt.Var(X), axis=1, include_initial=True)
    assert with_initial.shape == (2, 4)
    g = np.concatenate([np.full((2, 1), 100.0), np.ones((2, 3))], axis=1)
    assert_allclose(slope(lambda x: f(x, axis=1, include_initial=True), X, g=g), slope(lambda x: f(x, axis=1), X))


@pytest.mark.parametrize(
    ("x", "expected"), [([2.0, 0.0, 3.0], [1, 8, 0]), ([0.0, 0.0, 3.0], [1, 0, 0]), ([5.0], [1]), ([], [])]
)
def test_products_are_exact_where_entries_are_zero(x, expected, slope):
    assert_array_equal(slope(xp.cumulative_prod, np.array(x)), expected)


@pytest.mark.parametrize("n", range(1, 10))
def test_products_of_any_number_of_entries(n):
    x = np.linspace(-1.5, 2, n)
    assert_allclose(mt.jacobian(xp.cumulative_prod)(x), jacobian_of_products(x))


def test_products_have_second_derivatives_at_zeros():
    hessian = mt.hessian(lambda x: xp.sum(xp.cumulative_prod(x)))(np.array([2.0, 0.0, 3.0]))
    assert_array_equal(hessian, [[0, 1 + 3, 0], [4, 0, 2], [0, 2, 0]])


def test_differences_are_those_of_numpy(slope):
    kwargs = {"n": 2, "axis": 0, "prepend": np.ones((1, 3)), "append": np.zeros((2, 3))}
    assert_array_equal(xp.diff(mt.Var(X), **kwargs).value, np.diff(X, **kwargs))
    assert_array_equal(slope(xp.diff, np.array([1.0, 4.0, 9.0]), g=np.array([10.0, 1.0])), [-10, 9, 1])


def test_what_is_put_around_differences_gets_its_gradient():
    g = mt.grad(lambda a, b: xp.sum(xp.diff(X[0], prepend=a, append=b) * np.array([1.0, 0, 0, 2.0])), (0, 1))
    assert_array_equal(g(np.zeros(1), np.zeros(1)), [[-1], [2]])


def test_a_negative_number_of_differences_is_refused():
    with pytest.raises(OperandError, match=r"basic::diff\(x=float64\[4\]\): ValueError: n is -1; .*given n=-1"):
        xp.diff(np.arange(4.0), n=-1)
