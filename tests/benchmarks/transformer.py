"""A transformer block's step, value and gradients, on PyTorch's tensors: Mutorch beside PyTorch's own autograd.

    python -m tests.benchmarks.transformer [DEVICE]

Attention is written out for both, operation by operation. The bound is 1.25 times PyTorch's time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

__all__ = ["BOUND", "arrays", "ratio", "with_mutorch", "with_torch"]

BOUND = 1.25
SIDES = {"cpu": (4, 64, 128), "cuda": (16, 512, 1024)}
"""Batch, length and width, by the kind of device: enough for arithmetic to outweigh calls."""
HEADS = 8
ROUNDS = 30

Step = Callable[[], tuple[Any, Mapping[str, Any]]]


def arrays(sides: tuple[int, int, int]) -> tuple[dict[str, Any], Any]:
    """Parameters, with weights as `torch.nn.Linear` keeps them, and an input."""
    random, (batch, length, width) = np.random.default_rng(0), sides
    weights = {"qkv": (3 * width, width), "out": (width, width), "up": (4 * width, width), "down": (width, 4 * width)}
    parameters = {name: random.normal(size=shape, scale=shape[1] ** -0.5) for name, shape in weights.items()}
    parameters |= {f"{name}_bias": random.normal(size=shape[0]) for name, shape in weights.items()}
    for name in ("first", "second"):
        parameters |= {f"{name}_gain": random.normal(size=width), f"{name}_shift": random.normal(size=width)}
    given = {name: array.astype(np.float32) for name, array in parameters.items()}
    return given, random.normal(size=(batch, length, width)).astype(np.float32)


def on_device(device: str, sides: tuple[int, int, int] | None) -> tuple[dict[str, Any], Any]:
    """The same as tensors."""
    import torch

    parameters, x = arrays(sides or SIDES["cpu" if torch.device(device).type == "cpu" else "cuda"])
    return {name: torch.tensor(array, device=device) for name, array in parameters.items()}, torch.tensor(x).to(device)


def with_mutorch(device: str, sides: tuple[int, int, int] | None = None) -> Step:
    """Mutorch, on tensors."""
    parameters, x = on_device(device, sides)
    batch, length, width = x.shape
    shape = (batch, length, 3, HEADS, width // HEADS)

    def attention(p: Mapping[str, Any], h: Any) -> Any:
        parts = xp.permute_dims(xp.reshape(nn.linear(h, p["qkv"], p["qkv_bias"]), shape), (2, 0, 3, 1, 4))
        q, k, v = xp.unstack(parts)
        shares = nn.softmax(q @ xp.matrix_transpose(k) / shape[-1] ** 0.5, axis=-1)
        mixed = xp.reshape(xp.permute_dims(shares @ v, (0, 2, 1, 3)), x.shape)
        return nn.linear(mixed, p["out"], p["out_bias"])

    def loss(p: Mapping[str, Any]) -> Any:
        h = x + attention(p, nn.layer_norm(x, (width,), p["first_gain"], p["first_shift"]))
        wide = nn.linear(nn.layer_norm(h, (width,), p["second_gain"], p["second_shift"]), p["up"], p["up_bias"])
        return xp.mean((h + nn.linear(nn.gelu(wide), p["down"], p["down_bias"])) ** 2)

    step = mt.value_and_grad(loss)
    return lambda: step(parameters)


def with_torch(device: str, sides: tuple[int, int, int] | None = None) -> Step:
    """PyTorch's own autograd."""
    import torch
    from torch.nn.functional import gelu, layer_norm, linear

    p, x = on_device(device, sides)
    batch, length, width = x.shape
    shape = (batch, length, 3, HEADS, width // HEADS)
    for tensor in p.values():
        tensor.requires_grad_()

    def attention(h: Any) -> Any:
        q, k, v = linear(h, p["qkv"], p["qkv_bias"]).reshape(shape).permute(2, 0, 3, 1, 4).unbind()
        shares = torch.softmax(q @ k.mT / shape[-1] ** 0.5, dim=-1)
        return linear((shares @ v).permute(0, 2, 1, 3).reshape(x.shape), p["out"], p["out_bias"])

    def run() -> tuple[Any, dict[str, Any]]:
        h = x + attention(layer_norm(x, (width,), p["first_gain"], p["first_shift"]))
        wide = linear(layer_norm(h, (width,), p["second_gain"], p["second_shift"]), p["up"], p["up_bias"])
        loss = ((h + linear(gelu(wide), p["down"], p["down_bias"])) ** 2).mean()
        gradients = torch.autograd.grad(loss, list(p.values()))
        return loss.detach(), dict(zip(p, gradients, strict=True))

    return run


def ratio(device: str, rounds: int = ROUNDS) -> tuple[float, float]:
    """Seconds of each, the best of some rounds, in turns."""
    import torch

    wait = torch.cuda.synchronize if torch.device(device).type == "cuda" else lambda: None
    steps = [with_mutorch(device), with_torch(device)]
    best = [float("inf")] * 2
    for _ in range(rounds + 1):  # the first is for warming up
        for place, step in enumerate(steps):
            wait()
            start = time.perf_counter()
            step()
            wait()
            best[place] = min(best[place], time.perf_counter() - start)
    return best[0], best[1]


def main(device: str = "cpu") -> None:
    """Print both, and whether the bound holds."""
    own, other = ratio(device)
    verdict = "ok" if own <= BOUND * other else "over the bound"
    print(f"{device}: mutorch {own * 1e3:.2f} ms, torch {other * 1e3:.2f} ms, {own / other:.2f} {verdict}")


if __name__ == "__main__":
    main(*sys.argv[1:])
