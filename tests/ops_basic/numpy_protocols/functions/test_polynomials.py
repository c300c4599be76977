"""Polynomials: degenerate ones, and what is refused."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

P = np.array([1.0, -3.0, 2.0])


def test_the_roots_move_with_the_coefficients():
    def smallest(p):
        return np.min(np.roots(p))

    slopes = mt.grad(smallest)(P)
    np.testing.assert_allclose(slopes, [1.0, 1.0, 1.0])


@pytest.mark.parametrize("p", [[0.0, 0.0], [3.0], [2.0, 0.0, 0.0], [0.0, 1.0, 2.0], [1.0, 0.0, 1.0]])
def test_roots_of_degenerate_polynomials_are_numpys(p):
    np.testing.assert_allclose(np.roots(mt.Var(np.array(p))).value, np.roots(p), atol=1e-12)


def test_the_coefficients_of_conjugated_zeros_are_real():
    zeros = np.array([1.0 + 2.0j, 1.0 - 2.0j])
    found = np.poly(mt.Var(zeros))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found.value, np.poly(zeros))


@pytest.mark.parametrize("option", [{"full": True}, {"cov": True}])
def test_a_fit_returns_coefficients_alone(option):
    (name,) = option
    with pytest.raises(errors.OperandError, match=rf"np\.polyfit\({name}=True\) is not supported for a Var"):
        np.polyfit(mt.Var(P), P, 1, **option)


def test_several_columns_are_fitted_at_once():
    x, y = np.arange(5.0), np.stack([np.arange(5.0) ** 2, np.ones(5)], axis=1)
    weights = np.arange(1.0, 6.0)
    np.testing.assert_allclose(np.polyfit(x, mt.Var(y), 2, w=weights).value, np.polyfit(x, y, 2, w=weights), atol=1e-9)
