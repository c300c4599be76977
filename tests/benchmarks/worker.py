"""One contestant in a process of its own: `python -m tests.benchmarks.worker WORKLOAD CONTESTANT`.

It prepares and warms up, says `ready`, and then answers each line that it reads with one measurement.
"""

from __future__ import annotations

import sys

from tests.benchmarks.workloads import WORKLOADS


def main(name: str, contestant: str) -> None:
    """Serve measurements until the input ends."""
    workload = WORKLOADS[name]
    run = workload.contestants[contestant].prepare()
    if workload.rounds > 1:
        workload.measure(run)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(workload.measure(run), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
