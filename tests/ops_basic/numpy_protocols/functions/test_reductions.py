"""Reductions: masks, initial values, dtypes."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

X = np.array([[1.0, 4.0, 2.0], [3.0, 0.5, 6.0]])


def test_a_masked_entry_gets_no_gradient():
    np.testing.assert_array_equal(mt.grad(lambda x: np.sum(x, where=x > 1.5))(X), X > 1.5)


@pytest.mark.parametrize("function", [np.max, np.min, np.nanmax, np.nanmin])
def test_an_extreme_of_masked_entries_needs_an_initial_value(function):
    with pytest.raises(errors.OperandError, match=rf"np\.{function.__name__}\(where=…\) needs initial="):
        function(mt.Var(X), where=X > 1.0)


@pytest.mark.parametrize("function", [np.sum, np.mean, np.std, np.var, np.prod, np.nanmean, np.nansum, np.nanvar])
def test_dtype_is_that_of_the_result(function):
    assert function(mt.Var(X), dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize("function", [np.mean, np.std, np.var, np.median, np.average])
def test_integers_are_averaged_in_float64(function):
    result = function(mt.Var(np.arange(4)))
    assert result.dtype == np.float64
    np.testing.assert_allclose(result.value, function(np.arange(4)))


def test_a_mean_that_is_given_to_nanvar_is_refused():
    with pytest.raises(errors.OperandError, match=r"np\.nanvar\(mean=2\.0\) is not supported for a Var: leave it out"):
        np.nanvar(mt.Var(X), mean=2.0)


@pytest.mark.parametrize("function", [np.sum, np.prod, np.cumsum, np.max, np.nansum, np.ptp, np.median])
def test_out_is_assigned_to(function):
    out = function(mt.Var(X), axis=1) * 0.0
    assert function(mt.Var(X), axis=1, out=out) is out
    np.testing.assert_array_equal(out.value, function(X, axis=1))
