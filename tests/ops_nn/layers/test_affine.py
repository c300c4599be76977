"""The affine map."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

RNG = np.random.default_rng(3)


WEIGHT, BIAS = RNG.normal(size=(5, 4)), RNG.normal(size=5)


@pytest.mark.parametrize("leading", [(), (3,), (2, 3), (0,), (2, 0)])
@pytest.mark.parametrize(("weight", "bias"), [(WEIGHT, BIAS), (WEIGHT, None), (WEIGHT[0], BIAS[0]), (WEIGHT[0], None)])
def test_linear_is_a_product_with_the_transpose(leading, weight, bias):
    x = RNG.normal(size=(*leading, 4))
    expected = x @ weight.T + (0 if bias is None else bias)
    np.testing.assert_allclose(nn.linear(x, weight, bias), expected, rtol=1e-13)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4)])
@pytest.mark.parametrize("weight", [WEIGHT, WEIGHT[0]])
def test_linear_has_the_derivatives_of_each_operand(shape, weight, assert_derivatives):
    x, bias = RNG.normal(size=shape), RNG.normal(size=weight.shape[:-1])
    assert_derivatives(lambda x: xp.sum(xp.sin(nn.linear(x, weight, bias))), x)
    assert_derivatives(lambda weight: xp.sum(xp.sin(nn.linear(x, weight, bias))), weight)
    assert_derivatives(lambda bias: xp.sum(xp.sin(nn.linear(x, weight, bias))), bias)


def test_linear_of_no_samples_has_zero_gradients():
    gradients = mt.grad(lambda *operands: xp.sum(nn.linear(*operands)), (0, 1, 2))(np.empty((0, 4)), WEIGHT, BIAS)
    for gradient, shape in zip(gradients, [(0, 4), (5, 4), (5,)], strict=True):
        np.testing.assert_array_equal(gradient, np.zeros(shape))


def test_linear_keeps_float32():
    operands = [array.astype(np.float32) for array in (RNG.normal(size=(3, 4)), WEIGHT, BIAS)]
    assert nn.linear(*operands).dtype == np.float32
    gradients = mt.grad(lambda *operands: xp.sum(nn.linear(*operands)), (0, 1, 2))(*operands)
    assert {gradient.dtype for gradient in gradients} == {np.dtype(np.float32)}


def test_linear_refuses_a_stack_of_weights():
    with pytest.raises(ValueError, match=r"nn::linear.*weight has shape \(2, 5, 3\): it must be \(n,\) or \(m, n\)"):
        nn.linear(np.ones((4, 3)), np.ones((2, 5, 3)))


def test_linear_refuses_a_bias_that_would_broadcast():
    with pytest.raises(ValueError, match=r"nn::linear.*bias has shape \(1, 5\): weight asks for \(5,\)"):
        nn.linear(np.ones(4), WEIGHT, BIAS[None])


def test_linear_names_the_shapes_that_do_not_match():
    with pytest.raises(mt.errors.OperandError, match=r"nn::linear\(x=float64\[3\], weight=float64\[5,4\]"):
        nn.linear(np.ones(3), WEIGHT)
