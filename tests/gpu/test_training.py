"""A training step on a GPU: right gradients, all on the device, at about PyTorch's speed."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn
from mutorch_core.errors import OperandError
from tests.benchmarks.transformer import BOUND, ratio, with_mutorch, with_torch

SMALL = (2, 8, 32)


def test_a_transformer_block_has_pytorchs_gradients(device):
    (value, gradients), (expected, others) = with_mutorch(str(device), SMALL)(), with_torch(str(device), SMALL)()
    np.testing.assert_allclose(value.cpu(), expected.cpu(), rtol=1e-4)
    for name, gradient in gradients.items():
        assert gradient.device == device
        assert not gradient.requires_grad
        scale = float(others[name].abs().max())
        np.testing.assert_allclose(gradient.cpu(), others[name].cpu(), rtol=0, atol=1e-4 * scale)


def test_a_transformer_blocks_step_takes_about_as_long_as_pytorchs(device):
    if device.type != "cuda":
        pytest.skip("the bound is for GPUs: `python -m tests.benchmarks.transformer` measures elsewhere")
    mutorch_seconds, torch_seconds = ratio(str(device))
    assert mutorch_seconds <= BOUND * torch_seconds


def test_an_error_names_the_mixed_devices(device):
    import torch

    if device.type == "cpu":
        pytest.skip("there is one device only")
    with pytest.raises(OperandError, match=rf"basic::multiply\(.*x1 is on {device}, x2 is on cpu"):
        xp.multiply(mt.Var(torch.ones(3, device=device)), torch.ones(3))


def test_leaves_exports_and_second_derivatives_stay_on_the_device(device):
    import torch

    x = mt.Var(torch.linspace(0.1, 1, 6, device=device, dtype=torch.float64))
    xp.sum(nn.gelu(x) * xp.fft.ifft(xp.fft.fft(x)).real).backprop(create_graph=True)
    assert x.grad.device == device
    product = mt.hvp(lambda x: xp.sum(nn.softmax(x) ** 3), (x.value,), (torch.ones_like(x.value),))
    assert product.device == device
    leaf = torch.eye(3, device=device, dtype=torch.float64, requires_grad=True)
    mt.interop.to_torch(xp.linalg.solve)(leaf + 1, leaf).sum().backward()
    assert leaf.grad.device == device
