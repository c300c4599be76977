"""What an exported op's call costs beside a function that is written by hand for the framework.

    python -m tests.benchmarks.exporters

Forward and derivative together, of a small array, where nothing but the call itself takes time; the op computes what
the function by hand computes. JAX is compiled, as it is meant to be used. The bound is 20 % more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

import mutorch_core as mt

BOUND = 1.20
ROUNDS, CALLS = 400, 20


def torch_by_hand() -> dict[str, Callable[..., Any]]:
    """As PyTorch's tutorials write them."""
    import torch

    class Sin(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.sin(x)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * torch.cos(x)

    class Tanh(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            out = torch.tanh(x)
            ctx.save_for_backward(out)
            return out

        @staticmethod
        def backward(ctx, g):
            (out,) = ctx.saved_tensors
            return g * (1 - out * out)

    class Multiply(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x1, x2):
            ctx.save_for_backward(x1, x2)
            return x1 * x2

        @staticmethod
        def backward(ctx, g):
            x1, x2 = ctx.saved_tensors
            return g * x2, g * x1

    class Solve(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            out = torch.linalg.solve(a, b)
            ctx.save_for_backward(a, out)
            return out

        @staticmethod
        def backward(ctx, g):
            a, out = ctx.saved_tensors
            b = torch.linalg.solve(a.mT, g)
            return -b @ out.mT, b

    return {"sin": Sin.apply, "tanh": Tanh.apply, "multiply": Multiply.apply, "linalg.solve": Solve.apply}


def jax_by_hand() -> dict[str, Callable[..., Any]]:
    """As JAX's tutorials write them."""
    import jax
    import jax.numpy as jnp

    @jax.custom_vjp
    def sin(x):
        return jnp.sin(x)

    sin.defvjp(lambda x: (sin(x), x), lambda x, g: (g * jnp.cos(x),))

    @jax.custom_vjp
    def tanh(x):
        return jnp.tanh(x)

    def tanh_forward(x):
        out = tanh(x)
        return out, out

    tanh.defvjp(tanh_forward, lambda out, g: (g * (1 - out * out),))

    @jax.custom_vjp
    def multiply(x1, x2):
        return x1 * x2

    multiply.defvjp(lambda x1, x2: (multiply(x1, x2), (x1, x2)), lambda kept, g: (g * kept[1], g * kept[0]))

    @jax.custom_vjp
    def solve(a, b):
        return jnp.linalg.solve(a, b)

    def solve_forward(a, b):
        out = solve(a, b)
        return out, (a, out)

    def solve_backward(kept, g):
        a, out = kept
        b = jnp.linalg.solve(a.mT, g)
        return -b @ out.mT, b

    solve.defvjp(solve_forward, solve_backward)
    return {"sin": sin, "tanh": tanh, "multiply": multiply, "linalg.solve": solve}


ARRAYS = {
    "sin": [np.linspace(0.1, 1, 9).reshape(3, 3)],
    "tanh": [np.linspace(0.1, 1, 9).reshape(3, 3)],
    "multiply": [np.linspace(0.1, 1, 9).reshape(3, 3)] * 2,
    "linalg.solve": [np.eye(3) + 0.1, np.ones((3, 2))],
}


def torch_step(function: Callable[..., Any], arrays: list[np.ndarray]) -> Callable[[], Any]:
    """Forward and backward with PyTorch."""
    import torch

    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    g = torch.ones_like(function(*tensors))
    return lambda: torch.autograd.grad(function(*tensors), tensors, g)


def jax_step(function: Callable[..., Any], arrays: list[np.ndarray]) -> Callable[[], Any]:
    """Value and gradient with JAX, compiled."""
    import jax
    import jax.numpy as jnp

    places = tuple(range(len(arrays)))
    both = jax.jit(jax.value_and_grad(lambda *given: jnp.sum(function(*given)), places))
    given = [jnp.asarray(array, dtype=jnp.float32) for array in arrays]
    return lambda: jax.block_until_ready(both(*given))


SIDES = {"torch": (torch_by_hand, torch_step), "jax": (jax_by_hand, jax_step)}


def seconds(steps: list[Callable[[], Any]]) -> list[float]:
    """Best time of each step, in turns, so that a busy machine is as busy for all."""
    for step in steps:
        step()
    best = [float("inf")] * len(steps)
    for _ in range(ROUNDS):
        for index, step in enumerate(steps):
            start = time.perf_counter()
            for _ in range(CALLS):
                step()
            best[index] = min(best[index], (time.perf_counter() - start) / CALLS)
    return best


def rows() -> Iterator[tuple[str, str, float, float]]:
    """Framework, op, and the seconds of the function by hand and of the exported op."""
    for framework, (by_hand, step) in SIDES.items():
        if find_spec(framework) is None:
            continue
        for name, function in by_hand().items():
            exported = mt.interop.to(mt.ops[f"basic::{name}"], framework)
            yield framework, name, *seconds([step(each, ARRAYS[name]) for each in (function, exported)])


def main() -> None:
    """Print a line for each."""
    for framework, name, by_hand, exported in rows():
        ratio = exported / by_hand
        verdict = "ok" if ratio <= BOUND else "over the bound"
        print(f"{framework:6} {name:14} {by_hand * 1e6:8.1f} µs {exported * 1e6:8.1f} µs {ratio:6.2f} {verdict}")


if __name__ == "__main__":
    main()
