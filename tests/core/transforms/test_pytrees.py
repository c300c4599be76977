"""Pytrees: arguments and gradients as nested containers."""

from __future__ import annotations

import numpy as np

import mutorch_core as mt
import mutorch_ops_basic as xp


def test_gradients_have_the_tree_structure_of_the_argument():
    params = {"w": np.ones((2, 3)), "layers": [np.ones(3), (1.0, None)]}

    def loss(p):
        return xp.sum(p["w"] @ p["layers"][0]) * p["layers"][1][0]

    value, gradient = mt.value_and_grad(loss)(params)
    assert value == 6.0
    np.testing.assert_array_equal(gradient["w"], np.ones((2, 3)))
    np.testing.assert_array_equal(gradient["layers"][0], np.full(3, 2.0))
    assert gradient["layers"][1] == (6.0, None)
    assert type(gradient["w"]) is np.ndarray
