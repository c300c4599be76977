"""What takes a process of its own: importing, and the whole of `mutorch gradcheck`."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.benchmarks.comparison import Bound, Contestant, Run, Workload, result, single_run

TIMED_IMPORT = "import time; start = time.perf_counter(); import {}; print(1e3 * (time.perf_counter() - start))"
MUTORCH = "from mutorch_core.cli import main; main()"
ROOT = Path(__file__).parents[2]


def fresh_import(module: str) -> Run:
    """The milliseconds that importing a module takes in a new interpreter, beyond starting that."""
    command = [sys.executable, "-c", TIMED_IMPORT.format(module)]

    def run() -> list[float]:
        return [float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)]

    return run


def quick_gradcheck() -> Run:
    """Every installed op, in the profile `quick`."""
    command = [sys.executable, "-c", MUTORCH, "gradcheck", "--profile", "quick"]

    def run() -> list[float]:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        return []

    return run


IMPORT = Workload(
    title="import mutorch_core, beside import numpy",
    unit="ms",
    measure=result,
    contestants={
        "mutorch": Contestant(partial(fresh_import, "mutorch_core")),
        "numpy": Contestant(partial(fresh_import, "numpy"), needs="numpy"),
    },
    bounds=(Bound("mutorch", 1.5, "numpy"),),
    comparable=False,
)
GRADCHECK = Workload(
    title="mutorch gradcheck --profile quick, every op",
    unit="s",
    measure=single_run,
    contestants={"mutorch": Contestant(quick_gradcheck, needs="hypothesis")},
    bounds=(Bound("mutorch", 25),),
    rounds=1,
    cores=None,
    comparable=False,
)
