"""Every activation: values, derivatives of both orders, dtypes, and the far ends of the number line."""

import numpy as np
import pytest
from scipy import special

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

POINTS = np.array([-30.0, -2.5, -0.4, 0.3, 1.7, 5.5, 8.0, 30.0])


WEIGHTS = np.cos(np.arange(12.0)).reshape(3, 4)


VALUES = {
    nn.relu: lambda x: np.maximum(x, 0),
    nn.relu6: lambda x: np.clip(x, 0, 6),
    nn.leaky_relu: lambda x: np.where(x > 0, x, 0.01 * x),
    nn.elu: lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    nn.sigmoid: special.expit,
    nn.silu: lambda x: x * special.expit(x),
    nn.softplus: lambda x: np.logaddexp(x, 0),
    nn.softmax: special.softmax,
    nn.log_softmax: special.log_softmax,
}


every_op = pytest.mark.parametrize("op", VALUES, ids=lambda op: op.short_name)


@every_op
def test_values_are_those_of_the_formula(op):
    np.testing.assert_allclose(op(POINTS), VALUES[op](POINTS), rtol=1e-13)


@every_op
def test_both_derivatives_are_those_of_differences(op, assert_derivatives):
    x = np.array([[-3.1, -1.2, -0.3, 0.2], [0.7, 1.1, 2.6, 3.3], [-0.9, 4.2, 5.7, 6.4]])
    assert_derivatives(lambda x: xp.sum(WEIGHTS * op(x)), x)


@every_op
def test_float32_stays_float32_through_forward_and_both_sweeps(op):
    x = POINTS.astype(np.float32)
    gradient = mt.grad(lambda x: xp.sum(op(x)))
    assert op(x).dtype == np.float32
    assert gradient(x).dtype == np.float32
    assert mt.grad(lambda x: xp.sum(gradient(x)))(x).dtype == np.float32


@every_op
def test_a_number_gives_a_number(op):
    if op in (nn.softmax, nn.log_softmax):
        return
    assert type(mt.grad(op)(0.3)) is float
    assert type(op(mt.Var(0.3)).value) is float


@pytest.mark.parametrize("op", [nn.relu, nn.relu6, nn.elu, nn.sigmoid, nn.silu, nn.softplus])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_derivatives_are_finite_where_exponentials_overflow(op, dtype):
    x = np.array([-1000.0, -100.0, 100.0, 1000.0], dtype)
    assert np.all(np.isfinite(op(x)))
    gradient = mt.grad(lambda x: xp.sum(op(x)))
    assert np.all(np.isfinite(gradient(x)))
    assert np.all(np.isfinite(mt.grad(lambda x: xp.sum(gradient(x)))(x)))
