"""Dropout."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

RNG = np.random.default_rng(3)


def test_the_same_key_drops_the_same_entries_and_another_key_others():
    x = np.ones((40, 50))
    np.testing.assert_array_equal(nn.dropout(x, 0.3, key=7), nn.dropout(x, 0.3, key=7))
    np.testing.assert_array_equal(nn.dropout(x, 0.3, key=(7, 1)), nn.dropout(x, 0.3, key=np.array([7, 1])))
    masks = [nn.dropout(x, 0.3, key=key) for key in (7, 8, (7, 1), (1, 7), 2**70)]
    assert len({mask.tobytes() for mask in masks}) == len(masks)


def test_dropout_keeps_the_mean_and_drops_p_of_the_entries():
    out = nn.dropout(np.ones(100_000), 0.3, key=1)
    assert np.mean(out == 0) == pytest.approx(0.3, abs=0.01)
    assert np.mean(out) == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(np.unique(out), [0, 1 / 0.7])


def test_the_gradient_of_dropout_has_the_mask_of_its_forward():
    x = RNG.normal(size=(30, 20)).astype(np.float32)
    out, pull = mt.vjp(lambda x: nn.dropout(x, 0.4, key=(5, 2)), x)
    (gradient,) = pull(np.ones_like(x))
    assert out.dtype == gradient.dtype == np.float32
    np.testing.assert_array_equal(gradient, np.where(out == 0, 0, np.float32(1 / 0.6)))


def test_dropout_is_the_identity_outside_of_training_and_zero_for_p_1():
    x = np.array([1.0, np.inf, -3.0])
    np.testing.assert_array_equal(nn.dropout(x, training=False), x)
    np.testing.assert_array_equal(nn.dropout(x, 0.0, key=1), x)
    np.testing.assert_array_equal(nn.dropout(x, 1.0, key=1), 0)
    np.testing.assert_array_equal(mt.grad(lambda x: xp.sum(nn.dropout(x, 1.0, key=1)))(x), 0)
    np.testing.assert_array_equal(mt.grad(lambda x: xp.sum(nn.dropout(x, training=False)))(x), 1)


def test_dropout_has_a_second_derivative(assert_derivatives):
    assert_derivatives(lambda x: xp.sum(nn.dropout(x * x, key=4)), RNG.normal(size=5))


def test_dropout_without_a_key_says_what_a_key_is():
    with pytest.raises(TypeError, match=r"nn::dropout.*needs a key while training: one natural number or several"):
        nn.dropout(np.ones(3))


@pytest.mark.parametrize("p", [-0.1, 1.5, np.nan])
def test_dropout_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match=f"nn::dropout.*p is {p}: a probability lies between 0 and 1"):
        nn.dropout(np.ones(3), p, key=1)
