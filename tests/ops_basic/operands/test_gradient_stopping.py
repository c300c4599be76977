"""The op that stops gradients."""

import numpy as np

import mutorch_core as mt
import mutorch_ops_basic as xp


def test_a_stopped_gradient_does_not_flow():
    x = mt.Var(3.0)
    (x * xp.stop_gradient(x)).backprop()
    assert x.grad == 3.0
    assert xp.detach(x).node is None
    assert mt.grad(lambda x: xp.sum(x * xp.detach(x * x)))(np.array([2.0]))[0] == 4.0
