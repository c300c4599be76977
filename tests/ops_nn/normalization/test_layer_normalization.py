"""Layer normalisation."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

RNG = np.random.default_rng(5)
X = RNG.normal(1, 2, (2, 3, 4))


def formula(x, axes, eps=1e-5):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


@pytest.mark.parametrize(("shape", "axes"), [(4, (2,)), ((4,), (2,)), ((3, 4), (1, 2)), ((2, 3, 4), (0, 1, 2))])
def test_each_sample_gets_mean_0_and_variance_1(shape, axes):
    np.testing.assert_allclose(nn.layer_norm(X, shape), formula(X, axes), rtol=1e-12)


def test_weight_and_bias_scale_and_shift():
    weight, bias = RNG.normal(size=4), RNG.normal(size=4)
    np.testing.assert_allclose(nn.layer_norm(X, 4, weight, bias), formula(X, 2) * weight + bias, rtol=1e-12)
    np.testing.assert_allclose(nn.layer_norm(X, 4, bias=bias, eps=0.5), formula(X, 2, 0.5) + bias, rtol=1e-12)


@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_each_operand_has_both_derivatives(shape, assert_derivatives):
    weight, bias = RNG.normal(size=shape), RNG.normal(size=shape)
    assert_derivatives(lambda x: xp.sum(xp.sin(nn.layer_norm(x, shape))), X)
    assert_derivatives(lambda x: xp.sum(xp.sin(nn.layer_norm(x, shape, weight, bias))), X)
    assert_derivatives(lambda weight: xp.sum(xp.sin(nn.layer_norm(X, shape, weight, bias))), weight)
    assert_derivatives(lambda bias: xp.sum(xp.sin(nn.layer_norm(X, shape, weight, bias))), bias)


def test_a_constant_sample_gives_the_bias_and_a_gradient_bounded_by_eps():
    x, bias = np.full((1, 4), 7.0), np.arange(4.0)
    np.testing.assert_array_equal(nn.layer_norm(x, 4, bias=bias), [bias])
    gradient = mt.grad(lambda x: nn.layer_norm(x, 4)[0, 0])(x)
    np.testing.assert_allclose(gradient, np.array([[0.75, -0.25, -0.25, -0.25]]) / np.sqrt(1e-5), rtol=1e-12)


def test_a_large_offset_does_not_cancel():
    np.testing.assert_allclose(nn.layer_norm(X + 2**20, 4), nn.layer_norm(X, 4), rtol=1e-8)


def test_float32_stays_float32():
    x = X.astype(np.float32)
    weight = np.ones(4, np.float32)
    assert nn.layer_norm(x, 4, weight).dtype == np.float32
    gradients = mt.grad(lambda x, weight: xp.sum(nn.layer_norm(x, 4, weight) ** 2), (0, 1))(x, weight)
    assert {gradient.dtype for gradient in gradients} == {np.dtype(np.float32)}


@pytest.mark.parametrize("shape", [3, (2, 4), (), (2, 2, 3, 4)])
def test_a_shape_that_x_does_not_end_in_is_refused(shape):
    with pytest.raises(ValueError, match=r"nn::layer_norm.*normalized_shape is \(.*\): x, of shape \(2, 3, 4\)"):
        nn.layer_norm(X, shape)
