"""Graphs of many small ops: what an engine costs beside the arithmetic, and how it grows."""

from __future__ import annotations

import tracemalloc
from functools import partial
from typing import Any

import numpy as np

from tests.benchmarks.adapters import contestants, with_mutorch
from tests.benchmarks.comparison import Bound, Contestant, Run, Workload, milliseconds, result, single_run

STEPS = 500
SIDE = 32
SHORT, LONG = 100_000, 1_000_000
DOUBLINGS = 60


def loop(v: Any, x: Any, y: Any) -> Any:
    """`STEPS` multiplications and additions, every operand tracked."""
    for _ in range(STEPS):
        v = v * x + y
    return v


def summed_loop(v: Any, x: Any, y: Any) -> Any:
    """The loop on arrays, brought down to a scalar."""
    return loop(v, x, y).sum()


def chain(length: int, v: Any, x: Any) -> Any:
    """A graph that is one path of `length` nodes."""
    for _ in range(length):
        v = v * x
    return v


def diamond(z: Any) -> Any:
    """2^60 paths through sixty nodes."""
    for _ in range(DOUBLINGS):
        z = z + z
    return z


def held_per_node(length: int) -> Run:
    """Bytes that a chain's graph holds for each of its nodes, its value included."""
    import mutorch_core as mt

    def run() -> list[float]:
        v, x = mt.Var(1.0), mt.Var(0.9999)
        tracemalloc.start()
        try:
            last = chain(length, v, x)
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        last.backprop(release=True)
        return [held / length]

    return run


def chains() -> dict[str, Contestant]:
    """The same chain at two lengths."""
    return {
        f"mutorch, {length:,} nodes": Contestant(partial(with_mutorch, partial(chain, length), (1.0, 0.9999999)))
        for length in (SHORT, LONG)
    }


SCALARS = (1.0, 0.99, 0.01)
ARRAYS = tuple(np.random.default_rng(seed).uniform(0.9, 0.99, SIDE) for seed in range(3))

SCALAR_LOOP = Workload(
    title=f"{STEPS} × v = v * x + y on Python floats",
    unit="ms",
    measure=milliseconds,
    contestants=contestants(loop, SCALARS, "mutorch", "torch", "micrograd", "autograd", "mygrad"),
    bounds=(
        Bound("mutorch", 0.35, "torch"),
        Bound("mutorch", 0.9, "micrograd"),
        Bound("mutorch", 0.08, "autograd"),
    ),
)
ARRAY_LOOP = Workload(
    title=f"{STEPS} × v = v * x + y on arrays of {SIDE}",
    unit="ms",
    measure=milliseconds,
    contestants=contestants(summed_loop, ARRAYS, "mutorch", "torch", "autograd", "mygrad"),
    bounds=(Bound("mutorch", 0.5, "torch"),),
)
CHAIN = Workload(
    title=f"chain of {LONG:,} nodes, forward + backward",
    unit="s",
    measure=single_run,
    contestants=chains(),
    bounds=(Bound(f"mutorch, {LONG:,} nodes", 15, f"mutorch, {SHORT:,} nodes"),),
    rounds=3,
    comparable=False,
)
CHAIN_MEMORY = Workload(
    title=f"chain of {LONG:,} nodes, memory a node",
    unit="bytes",
    measure=result,
    contestants={"mutorch": Contestant(partial(held_per_node, LONG))},
    bounds=(Bound("mutorch", 300),),
    rounds=1,
    comparable=False,
)
DIAMOND = Workload(
    title=f"z = z + z, {DOUBLINGS} times",
    unit="ms",
    measure=milliseconds,
    contestants=contestants(diamond, (1.0,), "mutorch", "torch", "micrograd", "autograd", "mygrad"),
    bounds=(Bound("mutorch", 5),),
)
