"""Running maxima, minima and logarithms of summed exponentials."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.array([[1.0, -2.0, 4.0, 4.0], [3.0, 5.0, -1.0, 2.0]])
inf, nan = np.inf, np.nan


def summed(x):
    """Log of cumulative sums, in the open: for moderate x."""
    return np.log(np.cumsum(np.exp(x)))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_values_are_those_of_numpys_accumulations(axis):
    for f, ufunc in ((xp.cummax, np.maximum), (xp.cummin, np.minimum), (xp.logcumsumexp, np.logaddexp)):
        assert_allclose(f(mt.Var(X), axis=axis).value, ufunc.accumulate(X, axis=axis), rtol=1e-14)


def test_without_a_function_of_its_own_a_library_doubles_its_reach(slope):
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    x = strict.asarray(np.linspace(-1, 1, 11) ** 3)
    for f, ufunc in ((xp.cumulative_max, np.maximum), (xp.cumulative_logsumexp, np.logaddexp)):
        assert_allclose(np.asarray(f(x)), ufunc.accumulate(np.asarray(x)), rtol=1e-14)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (xp.cumulative_max, [1.0, 1.0, 0.0], [1, 2, 0]),
        (xp.cumulative_min, [0.0, 0.0, 1.0], [1, 2, 0]),
        (xp.cumulative_max, [0.0, 2.0, 1.0, 2.0, 3.0], [1, 2, 0, 1, 1]),
        (xp.cumulative_max, [inf, inf], [1, 1]),
        (xp.cumulative_min, [1.0, nan, 0.0], [1, 2, 0]),
        (xp.cumulative_max, [], []),
    ],
)
def test_each_cotangent_goes_to_one_entry_the_last_of_equal_ones(f, x, expected, slope):
    assert_array_equal(slope(f, np.array(x)), expected)


def test_an_axis_has_to_be_named_where_there_are_several():
    for f in (xp.cumulative_max, xp.cumulative_logsumexp):
        with pytest.raises(OperandError, match=f"{f.name}.*x has 2 axes: say which one is meant"):
            f(mt.Var(X))
        with pytest.raises(OperandError, match="x is 0-d"):
            f(mt.Var(1.0))


class TestLogarithms:
    """cumulative_logsumexp."""

    def test_its_jacobian_is_a_table_of_shares(self):
        x = X[0]
        shares = np.tril(np.exp(x[None, :] - summed(x)[:, None]))
        assert_allclose(mt.jacobian(xp.cumulative_logsumexp)(x), shares, rtol=1e-13)

    def test_its_hessian_is_that_of_logsumexp(self):
        x, g = X[1], np.array([1.0, -2.0, 0.0, 3.0])
        shares = np.tril(np.exp(x[None, :] - summed(x)[:, None]))
        expected = sum(c * (np.diag(p) - np.outer(p, p)) for c, p in zip(g, shares, strict=True))
        assert_allclose(mt.hessian(lambda x: xp.sum(g * xp.cumulative_logsumexp(x)))(x), expected, atol=1e-13)

    @pytest.mark.parametrize(
        ("x", "expected"),
        [
            ([-inf, 0.0], [[1, 0], [0, 1]]),
            ([-inf, -inf, 0.0], [[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1]]),
            ([0.0, -inf, 0.0], [[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5]]),
            ([inf, 0.0, inf], [[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5]]),
            ([1000.0, -1000.0, 1000.0], [[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5]]),
        ],
    )
    def test_infinite_entries_have_finite_shares(self, x, expected):
        assert_array_equal(mt.jacobian(xp.cumulative_logsumexp)(np.array(x)), expected)

    def test_infinite_entries_have_second_derivatives(self):
        hessian = mt.hessian(lambda x: xp.sum(xp.cumulative_logsumexp(x)))(np.array([-inf, 0.0, 0.0]))
        assert_allclose(hessian, [[0, 0, 0], [0, 0.25, -0.25], [0, -0.25, 0.25]], atol=1e-16)

    def test_entries_far_apart_keep_their_tiny_shares(self, slope):
        x = np.array([0.0, -300.0, 0.0])
        assert_allclose(slope(xp.cumulative_logsumexp, x)[1], 1.5 * np.exp(-300), rtol=1e-13)
