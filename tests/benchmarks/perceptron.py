"""Loss and gradients of a multilayer perceptron: a step of training, as each library's users write it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tests.benchmarks.comparison import Bound, Contestant, Run, Workload, milliseconds

BATCH = 64
WIDTHS = (784, 256, 256, 10)
RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.standard_normal((BATCH, WIDTHS[0]), dtype=np.float32)
LABELS = RANDOM.integers(0, WIDTHS[-1], BATCH)
WEIGHTS = [
    RANDOM.standard_normal((fan_in, fan_out), dtype=np.float32) / np.float32(fan_in**0.5)
    for fan_in, fan_out in pairwise(WIDTHS)
]
BIASES = [RANDOM.standard_normal(width, dtype=np.float32) for width in WIDTHS[1:]]
PARAMETERS = [array for layer in zip(WEIGHTS, BIASES, strict=True) for array in layer]


def by_hand() -> Run:
    """NumPy, forward and backward written out."""

    def run() -> list[Any]:
        w1, b1, w2, b2, w3, b3 = PARAMETERS
        h1 = np.maximum(INPUTS @ w1 + b1, 0)
        h2 = np.maximum(h1 @ w2 + b2, 0)
        logits = h2 @ w3 + b3
        shifted = logits - logits.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        sums = exponentials.sum(axis=1, keepdims=True)
        rows = np.arange(BATCH)
        loss = (np.log(sums[:, 0]) - shifted[rows, LABELS]).mean()
        g = exponentials / sums
        g[rows, LABELS] -= 1
        g /= BATCH
        g2 = (g @ w3.T) * (h2 > 0)
        g1 = (g2 @ w2.T) * (h1 > 0)
        return [loss, INPUTS.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g, g.sum(0)]

    return run


def with_mutorch() -> Run:
    """Mutorch, with `x @ w + b` for a layer."""
    import mutorch_core as mt
    import mutorch_ops_nn as nn

    def loss(parameters: list[Any]) -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        hidden = nn.relu(INPUTS @ w1 + b1)
        hidden = nn.relu(hidden @ w2 + b2)
        return nn.cross_entropy(hidden @ w3 + b3, LABELS)

    step = mt.value_and_grad(loss)

    def run() -> list[Any]:
        value, gradients = step(PARAMETERS)
        return [value, *gradients]

    return run


def with_linear() -> Run:
    """Mutorch, with `nn.linear`, whose weights are (out, in) as PyTorch's are."""
    import mutorch_core as mt
    import mutorch_ops_nn as nn

    def loss(parameters: list[Any]) -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        hidden = nn.relu(nn.linear(INPUTS, w1, b1))
        hidden = nn.relu(nn.linear(hidden, w2, b2))
        return nn.cross_entropy(nn.linear(hidden, w3, b3), LABELS)

    step = mt.value_and_grad(loss)
    parameters = [array.T.copy() if array.ndim == 2 else array for array in PARAMETERS]

    def run() -> list[Any]:
        value, gradients = step(parameters)
        return [value, *(g.T if g.ndim == 2 else g for g in gradients)]

    return run


def with_torch() -> Run:
    """PyTorch, with the weights as `torch.nn.Linear` keeps them."""
    import torch
    from torch.nn.functional import cross_entropy, linear, relu

    inputs, labels = torch.tensor(INPUTS), torch.tensor(LABELS)
    parameters = [torch.tensor(a.T.copy() if a.ndim == 2 else a).requires_grad_() for a in PARAMETERS]
    w1, b1, w2, b2, w3, b3 = parameters

    def run() -> list[Any]:
        hidden = relu(linear(inputs, w1, b1))
        hidden = relu(linear(hidden, w2, b2))
        loss = cross_entropy(linear(hidden, w3, b3), labels)
        gradients = torch.autograd.grad(loss, parameters)
        return [loss.detach(), *(g.T if g.ndim == 2 else g for g in gradients)]

    return run


def with_jax() -> Run:
    """JAX, compiled before it is timed."""
    import jax
    import jax.numpy as jnp

    inputs, labels = jnp.asarray(INPUTS), jnp.asarray(LABELS)
    parameters = [jnp.asarray(array) for array in PARAMETERS]

    def loss(parameters: list[Any]) -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        hidden = jax.nn.relu(inputs @ w1 + b1)
        hidden = jax.nn.relu(hidden @ w2 + b2)
        logs = jax.nn.log_softmax(hidden @ w3 + b3)
        return -logs[jnp.arange(BATCH), labels].mean()

    step = jax.jit(jax.value_and_grad(loss))

    def run() -> list[Any]:
        value, gradients = jax.block_until_ready(step(parameters))
        return [value, *gradients]

    return run


def with_autograd() -> Run:
    """HIPS autograd."""
    import autograd
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    rows = np.arange(BATCH)

    def loss(parameters: list[Any]) -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        hidden = anp.maximum(INPUTS @ w1 + b1, 0)
        hidden = anp.maximum(hidden @ w2 + b2, 0)
        logits = hidden @ w3 + b3
        return anp.mean(logsumexp(logits, axis=1) - logits[rows, LABELS])

    step = autograd.value_and_grad(loss)

    def run() -> list[Any]:
        value, gradients = step(PARAMETERS)
        return [value, *gradients]

    return run


def with_mygrad() -> Run:
    """MyGrad, on tensors that share the arrays."""
    import mygrad
    from mygrad.nnet import relu, softmax_crossentropy

    def run() -> list[Any]:
        parameters = [mygrad.tensor(array, copy=False) for array in PARAMETERS]
        w1, b1, w2, b2, w3, b3 = parameters
        hidden = relu(INPUTS @ w1 + b1)
        hidden = relu(hidden @ w2 + b2)
        loss = softmax_crossentropy(hidden @ w3 + b3, LABELS)
        loss.backward()
        return [loss.data, *(parameter.grad for parameter in parameters)]

    return run


PERCEPTRON = Workload(
    title=f"perceptron {BATCH}×{'-'.join(map(str, WIDTHS))}, float32, value and gradient",
    unit="ms",
    measure=milliseconds,
    contestants={
        "mutorch": Contestant(with_mutorch),
        "mutorch, nn.linear": Contestant(with_linear),
        "by hand": Contestant(by_hand, needs="numpy"),
        "torch": Contestant(with_torch, needs="torch"),
        "jax.jit": Contestant(with_jax, needs="jax"),
        "autograd": Contestant(with_autograd, needs="autograd"),
        "mygrad": Contestant(with_mygrad, needs="mygrad"),
    },
    bounds=(
        Bound("mutorch", 1.3, "by hand"),
        Bound("mutorch", 1, "torch"),
        Bound("mutorch", 1, "autograd"),
        Bound("mutorch", 1, "mygrad"),
        Bound("mutorch, nn.linear", 1, "torch"),
    ),
)
