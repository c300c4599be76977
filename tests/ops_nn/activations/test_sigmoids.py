"""The logistic function and its relatives: tails, complex numbers, scale."""

import numpy as np

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn


def test_the_tails_of_sigmoid_and_softplus_keep_their_digits():
    x = np.array([-700.0, -100.0, -40.0])
    for op in (nn.sigmoid, nn.softplus):
        np.testing.assert_allclose(op(x), np.exp(x), rtol=1e-13)
        np.testing.assert_allclose(mt.grad(lambda x, op=op: xp.sum(op(x)))(x), np.exp(x), rtol=1e-13)


def test_sigmoid_of_complex_numbers_is_the_same_function():
    z = np.array([2 + 1j, -2 + 1j, 1j, -1j, -300.0 - 1j])
    np.testing.assert_allclose(nn.sigmoid(z), 1 / (1 + np.exp(-z)), rtol=1e-13)


def test_softplus_scales_by_beta_and_needs_no_threshold(assert_derivatives):
    x = np.array([-2.0, 0.5, 9.0])
    np.testing.assert_allclose(nn.softplus(x, 3.0), np.log1p(np.exp(3 * x)) / 3, rtol=1e-13)
    np.testing.assert_array_equal(nn.softplus(x, 3.0, 1.0), nn.softplus(x, 3.0))
    assert_derivatives(lambda x: xp.sum(nn.softplus(x, 3.0)), x)
