"""The perceptron once more, compiled by JAX: Mutorch's gradient inside `jax.jit` beside JAX's own."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.comparison import Bound, Contestant, Run, Workload, milliseconds
from tests.benchmarks.perceptron import INPUTS, LABELS, PARAMETERS, with_jax


def with_mutorch() -> Run:
    """`jax.jit(mt.value_and_grad(loss))`, compiled before it is timed."""
    import jax
    import jax.numpy as jnp

    import mutorch_core as mt
    import mutorch_ops_nn as nn

    inputs, labels = jnp.asarray(INPUTS), jnp.asarray(LABELS)
    parameters = [jnp.asarray(array) for array in PARAMETERS]

    def loss(parameters: list[Any]) -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        hidden = nn.relu(inputs @ w1 + b1)
        hidden = nn.relu(hidden @ w2 + b2)
        return nn.cross_entropy(hidden @ w3 + b3, labels)

    step = jax.jit(mt.value_and_grad(loss))

    def run() -> list[Any]:
        value, gradients = jax.block_until_ready(step(parameters))
        return [value, *gradients]

    return run


COMPILED = Workload(
    title="the perceptron compiled by jax.jit, value and gradient",
    unit="ms",
    measure=milliseconds,
    contestants={"mutorch": Contestant(with_mutorch, needs="jax"), "jax": Contestant(with_jax, needs="jax")},
    bounds=(Bound("mutorch", 1.05, "jax"),),
)
