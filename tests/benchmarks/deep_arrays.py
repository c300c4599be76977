"""Ten layers on a large array: how much memory a graph needs, in multiples of that array."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.comparison import Bound, Contestant, Run, Workload, peak_bytes

LAYERS = 10
SIZE = 100_000
SAMPLE = np.random.default_rng(0).uniform(-1.0, 1.0, SIZE)


def layers(exp: Any, x: Any) -> Any:
    """Logistic functions, each made of `exp(-x)`, `+ 1` and `1 / x`, summed up."""
    for _ in range(LAYERS):
        x = 1 / (exp(-x) + 1)
    return x.sum()


def with_mutorch() -> Run:
    """The transform, which lets go of the graph as it sweeps."""
    import mutorch_core as mt
    import mutorch_ops_basic as xp

    gradient = mt.grad(lambda x: layers(xp.exp, x))
    return lambda: [gradient(SAMPLE)]


def with_autograd() -> Run:
    """HIPS autograd."""
    import autograd
    import autograd.numpy as anp

    gradient = autograd.grad(lambda x: layers(anp.exp, x))
    return lambda: [gradient(SAMPLE)]


def with_mygrad() -> Run:
    """MyGrad, on a tensor that shares the array."""
    import mygrad

    def run() -> list[Any]:
        x = mygrad.tensor(SAMPLE, copy=False)
        layers(mygrad.exp, x).backward()
        return [x.grad]

    return run


def in_arrays(run: Run) -> float:
    """The run's peak memory ÷ the bytes of one array."""
    return peak_bytes(run) / SAMPLE.nbytes


DEEP_ARRAYS = Workload(
    title=f"{LAYERS} layers of 1 / (exp(-x) + 1), peak memory ÷ one array of {SIZE:,}",
    unit="arrays",
    measure=in_arrays,
    contestants={
        "mutorch": Contestant(with_mutorch),
        "autograd": Contestant(with_autograd, needs="autograd"),
        "mygrad": Contestant(with_mygrad, needs="mygrad"),
    },
    bounds=(Bound("mutorch", 23.5),),
    rounds=1,
)
