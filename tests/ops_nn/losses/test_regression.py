"""Losses of quantities: values, derivatives, numbers."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

RNG = np.random.default_rng(11)


LOGITS = RNG.normal(0, 2, (5, 4))


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_mse_loss_is_the_square_of_the_difference(reduction, assert_derivatives):
    target = RNG.normal(size=LOGITS.shape)
    squares = (LOGITS - target) ** 2
    expected = {"none": squares, "sum": squares.sum(), "mean": squares.mean()}[reduction]

    def loss(x, target):
        return nn.mse_loss(x, target, reduction=reduction)

    np.testing.assert_allclose(loss(LOGITS, target), expected, rtol=1e-13)
    assert_derivatives(lambda x: xp.sum(xp.sin(loss(x, target))), LOGITS)
    assert_derivatives(lambda target: xp.sum(xp.sin(loss(LOGITS, target))), target)


def test_the_mean_of_a_broadcast_difference_divides_by_all_of_its_entries():
    x, target = LOGITS, np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
    assert nn.mse_loss(x, target) == pytest.approx(np.mean((x - target) ** 2), rel=1e-14)
    gradient = mt.grad(nn.mse_loss, 1)(x, target)
    np.testing.assert_allclose(gradient, -2 * np.mean(x - target, axis=1, keepdims=True) / 5, rtol=1e-13)


def test_mse_loss_of_numbers_is_a_number():
    value, gradients = mt.value_and_grad(nn.mse_loss, (0, 1))(3.0, 1.0)
    assert (value, *gradients) == (4.0, 4.0, -4.0)
    assert {type(value), *map(type, gradients)} == {float}


def test_mse_loss_keeps_float32():
    x, target = LOGITS.astype(np.float32), np.zeros((5, 4), np.float32)
    assert nn.mse_loss(x, target).dtype == np.float32
    assert mt.grad(nn.mse_loss)(x, target).dtype == np.float32
