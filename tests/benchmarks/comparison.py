"""What a comparison is: a workload, its contestants, what is measured of them, and the bounds they must keep.

A contestant is a function without arguments that imports its library, prepares the data and returns a `Run`:
one forward and backward pass, which returns the gradients. A test holds all contestants to the same ones.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import attrs

Run = Callable[[], Sequence[Any]]
Measure = Callable[[Run], float]
BATCH_SECONDS = 0.02


@attrs.frozen
class Contestant:
    """One library's way of doing a workload; `needs` is the module that must be installed for it."""

    prepare: Callable[[], Run]
    needs: str = "mutorch_core"

    @property
    def installed(self) -> bool:
        """Whether its library can be imported."""
        return find_spec(self.needs) is not None


@attrs.frozen
class Bound:
    """`contestant` measures at most `factor` × `against`; without `against`, at most `factor` itself."""

    contestant: str
    factor: float
    against: str | None = None

    def ratio(self, measured: Mapping[str, float]) -> float | None:
        """What `factor` bounds, or None where a contestant is missing."""
        if self.contestant not in measured or (self.against is not None and self.against not in measured):
            return None
        return measured[self.contestant] / (1.0 if self.against is None else measured[self.against])


@attrs.frozen
class Workload:
    """Contestants, how they are measured and in which unit; `cores` None leaves them every core."""

    title: str
    unit: str
    measure: Measure
    contestants: Mapping[str, Contestant]
    bounds: tuple[Bound, ...]
    rounds: int = 40
    cores: int | None = 1
    comparable: bool = True
    """Whether the runs return gradients of the same thing."""


def seconds(run: Run) -> float:
    """The time of one run: the mean over a batch long enough for the clock, with garbage collection on."""
    start = time.perf_counter()
    run()
    repetitions = max(1, int(BATCH_SECONDS / (time.perf_counter() - start)))
    start = time.perf_counter()
    for _ in range(repetitions):
        run()
    return (time.perf_counter() - start) / repetitions


def milliseconds(run: Run) -> float:
    """`seconds` in thousandths."""
    return 1e3 * seconds(run)


def single_run(run: Run) -> float:
    """The seconds of exactly one run, for those that take long."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def peak_bytes(run: Run) -> float:
    """The most memory that one run holds at any time, beyond what was there before."""
    run()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - before


def result(run: Run) -> float:
    """What the run itself measured."""
    return float(run()[0])
