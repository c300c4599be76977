"""opt_einsum on `Var`s, through the registered backend."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp


def test_a_contraction_is_differentiated():
    opt_einsum = pytest.importorskip("opt_einsum")
    pytest.importorskip("mutorch_core.interop.consumers")
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    gradient = mt.grad(lambda v: xp.sum(opt_einsum.contract("ij,jk->ik", v, b)))(a)
    assert np.allclose(gradient, [b.sum(axis=1)] * 2)
