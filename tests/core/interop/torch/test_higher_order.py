"""Derivatives of exported calls in PyTorch's graph, to any order."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp

VALUES = np.array([0.5, 1.0, 2.0])


def test_a_composite_op_has_a_third_derivative():
    torch = pytest.importorskip("torch")
    x = torch.tensor(VALUES, requires_grad=True)
    y = mt.interop.to_torch(xp.var)(x) ** 2
    for _ in range(3):
        (x_bar,) = torch.autograd.grad(y, x, create_graph=True)
        y = x_bar.sum() + (x_bar * x).sum()
    reference = torch.tensor(VALUES, requires_grad=True)
    z = reference.var(correction=0) ** 2
    for _ in range(3):
        (z_bar,) = torch.autograd.grad(z, reference, create_graph=True)
        z = z_bar.sum() + (z_bar * reference).sum()
    assert torch.allclose(x_bar, z_bar, rtol=1e-12, atol=1e-12)


def test_conjugated_leaves_real_tensors_alone():
    torch = pytest.importorskip("torch")
    from mutorch_core.interop.torch.higher_order import conjugated

    x = torch.ones(2)
    assert conjugated(x) is x
    assert conjugated(torch.tensor([1j])).resolve_conj().item() == -1j
