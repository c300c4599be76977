"""Weighted averages, quantiles and covariances: what they refuse."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

X = np.array([[1.0, 4.0, 2.0], [3.0, 0.5, 6.0]])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: np.average(x, weights=[1.0, 2.0, 3.0]), "axis= is needed if weights and array differ in shape"),
        (lambda x: np.average(x, axis=0, weights=[1.0, 2.0, 3.0]), r"weights of shape \(3,\) don't fit axis=0"),
        (lambda x: np.quantile(x, 0.5, weights=X, method="inverted_cdf"), r"np\.quantile\(weights=float64\[2,3\]\)"),
        (lambda x: np.percentile(x, 120.0), r"np\.percentile\(q=120\.0\): it must be in the range from 0 to 100"),
    ],
)
def test_what_does_not_fit_is_refused(call, text):
    with pytest.raises(errors.OperandError, match=text):
        call(mt.Var(X))


def test_an_average_returns_the_sum_of_weights():
    for weights, axis in ((None, 1), (X, 0), ([1.0, 2.0], 0)):
        found = np.average(mt.Var(X), axis=axis, weights=weights, returned=True)
        for one, other in zip(found, np.average(X, axis=axis, weights=weights, returned=True), strict=True):
            np.testing.assert_allclose(getattr(one, "value", one), other)


def test_quantiles_of_an_array_of_probabilities():
    found = np.percentile(mt.Var(X), np.array([25.0, 50.0]), axis=0)
    np.testing.assert_allclose(found.value, np.percentile(X, [25.0, 50.0], axis=0))
