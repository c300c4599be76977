"""Mutorch beside its peers: `python -m tests.benchmarks.harness [--json] [WORKLOAD…]`.

Every contestant runs in a process of its own, pinned to one core and told to use one thread. The processes
take turns, so that a disturbance hits all of them, and a low quantile counts. A peer that is not installed is
reported as missing. The exit code is 1 where a bound is not kept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import attrs
import click
from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.comparison import Workload
from tests.benchmarks.workloads import WORKLOADS

ROOT = Path(__file__).parents[2]
QUANTILE = 0.1
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")


def start(name: str, title: str) -> subprocess.Popen[str]:
    """A contestant's process; it answers once it is ready."""
    command = [sys.executable, "-m", "tests.benchmarks.worker", name, title]
    pipe = subprocess.PIPE
    with pinned(WORKLOADS[name].cores):
        return subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, text=True)


def answer(worker: subprocess.Popen[str]) -> str | None:
    """The next line that it prints, None where it has failed; why, it has said on stderr."""
    return worker.stdout.readline().strip() or None


def measure(worker: subprocess.Popen[str]) -> float | None:
    """One measurement, None where it has failed."""
    worker.stdin.write("measure\n")
    worker.stdin.flush()
    line = answer(worker)
    return None if line is None else float(line)


def environment() -> dict[str, str]:
    """This process's, with one thread, OpenBLAS's own choice of kernel, and compiled modules kept."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return kept | dict.fromkeys(THREADS, "1")


@contextmanager
def pinned(cores: int | None) -> Iterator[None]:
    """Start processes on that many cores only; where the system can't, on all."""
    if cores is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(every)[-cores:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, every)


@attrs.frozen
class Outcome:
    """A workload's low quantiles, and why a contestant has none."""

    workload: Workload
    measured: dict[str, float]
    absent: dict[str, str]

    @property
    def kept(self) -> bool:
        """Whether every bound between contestants that are there holds, and none of them failed."""
        return "failed" not in self.absent.values() and all(bound["met"] is not False for bound in self.bounds)

    @property
    def bounds(self) -> list[dict[str, Any]]:
        """Each bound with the ratio it bounds; `met` is None where a contestant is missing."""
        ratios = [(bound, bound.ratio(self.measured)) for bound in self.workload.bounds]
        return [
            attrs.asdict(bound) | {"ratio": ratio, "met": None if ratio is None else ratio <= bound.factor}
            for bound, ratio in ratios
        ]


def compare(name: str) -> Outcome:
    """Measure all contestants of a workload, in turns."""
    workload = WORKLOADS[name]
    absent = {title: "missing" for title, entry in workload.contestants.items() if not entry.installed}
    samples: dict[str, list[float]] = {}
    with ExitStack() as stack:
        workers = {
            title: stack.enter_context(start(name, title)) for title in workload.contestants if title not in absent
        }
        absent |= {title: "failed" for title, worker in workers.items() if answer(worker) is None}
        for _ in range(workload.rounds):
            for title in [title for title in workers if title not in absent]:
                value = measure(workers[title])
                if value is None:
                    absent[title] = "failed"
                else:
                    samples.setdefault(title, []).append(value)
    measured = {title: low(values) for title, values in samples.items() if title not in absent}
    return Outcome(workload, measured, absent)


def low(values: list[float]) -> float:
    """The quantile that counts: undisturbed, and not a fluke."""
    return sorted(values)[int(QUANTILE * len(values))]


def show(outcome: Outcome, console: Console) -> None:
    """One table of a workload: contestants, then bounds."""
    workload = outcome.workload
    table = Table("", workload.unit, box=box.SIMPLE_HEAD)
    for title in workload.contestants:
        value = outcome.measured.get(title)
        table.add_row(title, outcome.absent[title] if value is None else f"{value:.4g}")
    console.print(workload.title, table)
    for bound in outcome.bounds:
        against = f"× {bound['against']}" if bound["against"] else workload.unit
        verdict = "met" if bound["met"] else "NOT MET"
        found = "not measured" if bound["ratio"] is None else f"{bound['ratio']:.3g}, {verdict}"
        console.print(f"  {bound['contestant']} ≤ {bound['factor']:g} {against}: {found}")


@click.command()
@click.argument("names", metavar="[WORKLOAD]…", nargs=-1, type=click.Choice(list(WORKLOADS)))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of tables.")
def main(names: tuple[str, ...], as_json: bool) -> None:
    """Compare Mutorch with its peers on the named workloads, on all by default."""
    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
    outcomes = []
    for name in names or WORKLOADS:
        outcome = compare(name)
        outcomes.append((name, outcome))
        if not as_json:
            show(outcome, console)
    if as_json:
        click.echo(json.dumps([report(name, outcome) for name, outcome in outcomes], indent=2))
    sys.exit(not all(outcome.kept for _, outcome in outcomes))


def report(name: str, outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON has it."""
    return {
        "workload": name,
        "title": outcome.workload.title,
        "unit": outcome.workload.unit,
        "measured": outcome.measured,
        "absent": outcome.absent,
        "bounds": outcome.bounds,
    }


if __name__ == "__main__":
    main()
