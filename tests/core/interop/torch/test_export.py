"""Ops as functions of PyTorch tensors."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn
from mutorch_core.errors import OperandError
from tests.core.interop.representative import MATRIX, REPRESENTATIVE, cube, representative


@representative
def test_torch_gradcheck_and_gradgradcheck_pass(use):
    torch = pytest.importorskip("torch")
    function, arrays = REPRESENTATIVE[use]
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]

    def constants(value):
        return torch.tensor(value) if isinstance(value, np.ndarray) else value

    def exported(each):
        return lambda *args, **kwargs: mt.interop.to_torch(each)(*map(constants, args), **kwargs)

    def called(*inputs):
        return function(exported, inputs.__getitem__)

    assert torch.autograd.gradcheck(called, tensors)
    assert torch.autograd.gradgradcheck(called, tensors)


def test_integers_and_nondifferentiable_operands_get_no_gradient():
    torch = pytest.importorskip("torch")
    x, weight = torch.tensor(MATRIX, requires_grad=True), torch.ones(3, dtype=torch.float64, requires_grad=True)
    mt.interop.to_torch(nn.cross_entropy)(x, torch.tensor([0, 2]), weight=weight).backward()
    assert x.grad is not None
    assert weight.grad is None


def test_a_lazily_conjugated_tensor_is_conjugated_for_an_op_on_numpy_arrays():
    torch = pytest.importorskip("torch")
    cubed = mt.interop.to_torch(cube)(torch.tensor([1 + 2j]).conj())
    assert cubed.item() == (1 - 2j) ** 3


def test_torch_tensors_beside_arrays_are_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(OperandError, match="two array libraries are mixed"):
        mt.interop.to_torch(xp.multiply)(torch.ones(3, requires_grad=True), np.ones(3))
