"""einops on `Var`s, through the registered backend."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp


def test_einops_operations_are_differentiated():
    einops = pytest.importorskip("einops")
    pytest.importorskip("mutorch_core.interop.consumers")
    x = np.arange(6.0).reshape(2, 3)
    gradient = mt.grad(lambda v: xp.sum(einops.reduce(v, "a b -> b", "mean") * np.array([1.0, 2.0, 3.0])))(x)
    assert np.allclose(gradient, [[0.5, 1.0, 1.5]] * 2)
    assert np.array_equal(einops.rearrange(mt.Var(x), "a b -> b a").value, x.T)
