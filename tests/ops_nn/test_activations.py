"""Activations: values, derivatives of both orders, kinks, and the far ends of the number line."""

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


@pytest.mark.parametrize(
    ("op", "at", "expected"),
    [
        (nn.relu, 0.0, 0.0),
        (nn.relu6, 0.0, 0.0),
        (nn.relu6, 6.0, 0.0),
        (nn.leaky_relu, 0.0, 0.01),
        (lambda x: nn.leaky_relu(x, 0.3), 0.0, 0.3),
        (nn.elu, 0.0, 1.0),
        (lambda x: nn.elu(x, 1.5), 0.0, 1.5),
    ],
)
def test_a_kink_has_the_slope_that_the_op_declares(op, at, expected):
    assert mt.grad(op)(at) == expected
    assert mt.grad(lambda x: xp.sum(op(x)))(np.array([at])) == expected


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


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
@pytest.mark.parametrize("op", [nn.softmax, nn.log_softmax], ids=lambda op: op.short_name)
def test_softmax_runs_along_its_axis(op, axis, assert_derivatives):
    x = WEIGHTS * 3
    np.testing.assert_allclose(op(x, axis), VALUES[op](x, axis=axis), rtol=1e-13)
    assert_derivatives(lambda x: xp.sum(WEIGHTS * op(x, axis=axis)), x)


def test_softmax_of_huge_entries_is_exact():
    x = np.array([1000.0, 0.0, -1000.0])
    np.testing.assert_array_equal(nn.softmax(x), [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(nn.log_softmax(x), [0.0, -1000.0, -2000.0])
    np.testing.assert_array_equal(mt.grad(lambda x: nn.log_softmax(x)[1])(x), [-1.0, 1.0, 0.0])
    np.testing.assert_array_equal(mt.grad(lambda x: nn.softmax(x)[0])(x), [0.0, 0.0, 0.0])


def test_softmax_of_a_masked_entry_is_zero_and_of_a_masked_row_nan():
    x = np.array([[0.0, -np.inf], [-np.inf, -np.inf]])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(nn.softmax(x), [[1.0, 0.0], [np.nan, np.nan]])
        np.testing.assert_array_equal(nn.log_softmax(x), [[0.0, -np.inf], [np.nan, np.nan]])
    np.testing.assert_array_equal(mt.grad(lambda x: xp.sum(nn.softmax(x)))(x[0]), [0.0, 0.0])


def test_softmax_refuses_an_axis_that_is_not_there():
    with pytest.raises(mt.errors.OperandError, match=r"nn::softmax.*x=float64\[2\].*axis 3"):
        nn.softmax(np.ones(2), axis=3)


def test_aliases_are_the_same_op():
    assert nn.swish is nn.silu
    assert nn.expit is nn.sigmoid
    assert nn.softmax_crossentropy is nn.cross_entropy
