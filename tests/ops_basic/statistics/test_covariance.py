"""Covariances and correlations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

M = np.array([[1.0, 4.0, 9.0, -2.0], [0.5, 3.0, 3.0, 8.0], [7.0, -1.0, 2.0, 2.5]])


@pytest.mark.parametrize("m", [M, M[0], M[:1], M + 1j * M[::-1]], ids=["matrix", "row", "one", "complex"])
@pytest.mark.parametrize("rowvar", [True, False])
def test_values_are_numpys(m, rowvar):
    if not (m.shape == (1, 4) and not rowvar):
        assert_allclose(xp.cov(mt.Var(m), rowvar=rowvar).value, np.cov(m, rowvar=rowvar), rtol=1e-13)
        assert_allclose(xp.corrcoef(mt.Var(m), rowvar=rowvar).value, np.corrcoef(m, rowvar=rowvar), rtol=1e-13)
    assert_allclose(xp.cov(m, rowvar=rowvar, correction=0), np.cov(m, rowvar=rowvar, ddof=0), rtol=1e-13)


def test_the_slope_of_a_variance_is_twice_the_deviation(slope):
    x = M[0]
    assert_allclose(slope(xp.cov, x), 2 * (x - x.mean()) / 3)
    assert_allclose(mt.hessian(xp.cov)(x), 2 / 3 * (np.eye(4) - 1 / 4), atol=1e-15)


def test_the_slope_of_a_correlation_is_what_the_other_variable_adds_to_it():
    d = M[:2] - M[:2].mean(axis=1, keepdims=True)
    (a, b), (u, v) = np.linalg.norm(d, axis=1), d / np.linalg.norm(d, axis=1, keepdims=True)
    found = mt.grad(lambda m: xp.corrcoef(m)[0, 1])(M[:2])
    assert_allclose(found, [(v - (u @ v) * u) / a, (u - (u @ v) * v) / b], rtol=1e-13)


def test_correlations_are_between_minus_one_and_one_and_level_there():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x = rng.normal(size=7)
        r = xp.corrcoef(np.stack([x, 3 * x + 1, -x]))
        assert np.abs(r).max() <= 1
        assert_allclose(mt.grad(lambda m: xp.corrcoef(m)[0, 1])(np.stack([x, 3 * x + 1])), np.zeros((2, 7)), atol=1e-15)


def test_perfect_correlation_is_a_maximum_in_second_order():
    x = np.array([1.0, 2.0, 4.0])
    hessian = mt.hessian(lambda y: xp.corrcoef(xp.stack([x, y]))[0, 1])(x)
    d = x - x.mean()
    u = d / np.linalg.norm(d)
    assert_allclose(hessian, -(np.eye(3) - 1 / 3 - np.outer(u, u)) / (d @ d), atol=1e-15)


def test_a_variable_correlates_with_itself_without_slope():
    x = np.array([[1.0, 2.0, 4.0]])
    assert_array_equal(mt.jacobian(xp.corrcoef)(x), np.zeros((1, 3)))
    assert_array_equal(mt.grad(lambda m: xp.corrcoef(m)[0, 1])(np.array([[0.1, 0.7], [0.3, 0.2]])), np.zeros((2, 2)))


def test_a_constant_variable_has_covariances_and_no_correlations():
    m = np.array([[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]])
    assert_array_equal(xp.cov(m)[0], [0, 0])
    with pytest.warns(RuntimeWarning):
        assert_array_equal(np.isnan(xp.corrcoef(m)), [[True, True], [True, False]])


def test_a_single_observation_has_no_covariance():
    assert np.isnan(xp.cov(np.array([3.0])))


def test_three_axes_are_refused():
    for f in (xp.cov, xp.corrcoef):
        with pytest.raises(OperandError, match=f"{f.name}.*one axis or two, not 3"):
            f(mt.Var(np.zeros((2, 2, 2))))
