"""Fixtures: derivatives by central differences."""

import numpy as np
import pytest

import mutorch_core as mt


def differences(function, x, step=1e-5):
    """The Jacobian of `function` at x, flattened: outputs by inputs."""
    columns = []
    for index in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        columns.append((np.asarray(function(x + shift)) - np.asarray(function(x - shift))).ravel() / (2 * step))
    return np.stack(columns, axis=1)


@pytest.fixture
def assert_derivatives():
    """Check the gradient of a scalar function of one float64 array, and its Hessian, by differences."""

    def check(function, x):
        gradient = mt.grad(function)
        np.testing.assert_allclose(gradient(x).ravel(), differences(function, x)[0], rtol=1e-6, atol=1e-8)
        hessian = np.asarray(mt.hessian(function)(x)).reshape(x.size, x.size)
        np.testing.assert_allclose(hessian, differences(gradient, x), rtol=1e-6, atol=1e-8)

    return check
