"""Rectifiers: the slope at their kinks."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn


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
