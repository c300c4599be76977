"""The normal distribution function and gelu, tails included."""

from math import erf, pi, sqrt

import numpy as np
import pytest
from scipy import special

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

POINTS = np.array([-6.0, -1.3, -0.2, 0.0, 0.4, 2.1, 7.0])


def tanh_formula(x):
    return 0.5 * x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))


def test_ndtr_is_the_normal_distribution_function():
    np.testing.assert_allclose(nn.ndtr(POINTS), [(1 + erf(x / sqrt(2))) / 2 for x in POINTS], rtol=1e-6)
    np.testing.assert_allclose(nn.ndtr(-10.0), special.erfc(10 / sqrt(2)) / 2, rtol=1e-13)


def test_gelu_is_x_times_the_distribution_function():
    np.testing.assert_allclose(nn.gelu(POINTS), POINTS * special.ndtr(POINTS), rtol=1e-13)


def test_gelu_by_tanh_is_the_published_formula():
    np.testing.assert_allclose(nn.gelu(POINTS, approximate="tanh"), tanh_formula(POINTS), rtol=1e-6, atol=1e-16)


@pytest.mark.parametrize("op", [nn.ndtr, nn.gelu, lambda x: nn.gelu(x, approximate="tanh")])
def test_both_derivatives_are_those_of_differences(op, assert_derivatives):
    assert_derivatives(lambda x: xp.sum(np.cos(POINTS) * op(x)), POINTS)


def test_ndtr_has_derivatives_of_any_order():
    third = mt.grad(mt.grad(mt.grad(nn.ndtr)))
    x = 0.7
    assert third(x) == pytest.approx((x * x - 1) * np.exp(-x * x / 2) / sqrt(2 * pi), rel=1e-13)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_the_tails_of_gelu_are_flat_and_the_identity(approximate):
    x = np.array([-1e18, -50.0, 50.0, 1e18])
    for dtype in (np.float32, np.float64):
        at = x.astype(dtype)
        gradient = mt.grad(lambda x: xp.sum(nn.gelu(x, approximate=approximate)))
        np.testing.assert_array_equal(nn.gelu(at, approximate=approximate), np.maximum(at, 0))
        np.testing.assert_array_equal(gradient(at), [0, 0, 1, 1])
        np.testing.assert_array_equal(mt.grad(lambda x, g=gradient: xp.sum(g(x)))(at), 0)
        assert gradient(at).dtype == dtype


def test_the_tail_of_gelu_keeps_its_digits():
    assert nn.gelu(-10.0) == pytest.approx(-5 * special.erfc(10 / sqrt(2)), rel=1e-13)


def test_gelu_refuses_another_approximation():
    with pytest.raises(ValueError, match=r"nn::gelu.*approximate is 'erf': it must be 'none' or 'tanh'"):
        nn.gelu(POINTS, approximate="erf")


def test_the_tail_is_there_on_tensors_too():
    torch = pytest.importorskip("torch")
    x = torch.tensor([-30.0, -10.0, -1.0, 3.0], dtype=torch.float64)
    np.testing.assert_allclose(nn.ndtr(x), special.ndtr(x.numpy()), rtol=1e-13)
