"""Functions of arrays and their derivatives of any order."""

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core.interop.derivative_orders import DerivativeOrder

VALUES = np.array([0.5, 1.0, 2.0])


def test_the_pullback_of_a_recorded_call_returns_a_cotangent_per_active_array():
    result, recorded = DerivativeOrder(xp.multiply, [1], 2).record([VALUES, np.ones(3)])
    assert np.array_equal(result, VALUES)
    (cotangent,) = recorded.pull_back([np.full(3, 2.0)])
    assert np.array_equal(cotangent, 2 * VALUES)


def test_the_second_order_differentiates_the_pullback():
    first = DerivativeOrder(xp.sin, [0], 1).derivative((0,))
    assert first.active == (0, 1)
    (value,), recorded = first.record([VALUES, np.ones(3)])
    assert np.allclose(value, np.cos(VALUES))
    x_bar, g_bar = recorded.pull_back([np.ones(3)])
    assert np.allclose(x_bar, -np.sin(VALUES))
    assert np.allclose(g_bar, np.cos(VALUES))


def test_a_derivative_is_made_once_per_set_of_outputs():
    order = DerivativeOrder(xp.sin, [0], 1)
    assert order.derivative((0,)) is order.derivative((0,))
