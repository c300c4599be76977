"""Logistic regression on more data than all workers can hold in memory: the gradient is a lazy graph of chunks.

    python docs/examples/larger_than_memory.py --workers 2 --limit 256 --steps 3

The data are created chunk by chunk, on a cluster of worker processes with a memory limit each. The loss is written
as for NumPy. Building its gradient computes nothing; Dask then computes it like a gradient written by hand.
"""

import argparse
import sys
from pathlib import Path
from time import perf_counter

import dask
import dask.array as da
import numpy as np
from distributed import Client, LocalCluster
from rich.console import Console
from rich.table import Table

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn

FEATURES = 64
ROWS = 2**15  # per chunk, which is 16 MiB
CHUNK = ROWS * FEATURES * 8
MIB = 2**20
TIMES = 3  # size of the data, relative to the memory of all workers
SLOWER = 1.5  # upper bound of the time, relative to a gradient written by hand
RATE = 2.0


def make_data(chunks):
    """Return lazy features and labels."""
    random = da.random.default_rng(0)
    features = random.standard_normal((chunks * ROWS, FEATURES), chunks=(ROWS, FEATURES))
    truth = np.linspace(-1, 1, FEATURES)
    noise = random.logistic(size=chunks * ROWS, chunks=ROWS)
    return features, (features @ truth + noise > 0).astype(float)


def loss(weights, features, labels):
    """Return the mean negative log-likelihood, for NumPy and Dask arrays."""
    scores = features @ weights
    return xp.mean(nn.softplus(scores) - labels * scores)


def by_hand(weights, features, labels):
    """Return loss and gradient, written by hand for Dask."""
    scores = features @ weights
    value = (da.logaddexp(scores, 0.0) - labels * scores).mean()
    return value, features.T @ (1 / (1 + da.exp(-scores)) - labels) / len(labels)


class Scheduler:
    """The cluster's scheduler, with the number of calls."""

    def __init__(self, client):
        self.client = client
        self.calls = 0

    def get(self, graph, keys, **options):
        """Compute the keys of a graph; Dask calls this."""
        self.calls += 1
        return self.client.get(graph, keys, **options)


def peak_memory():
    """Return the peak memory of this process in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def timed(lazy):
    """Return computed values and the seconds that this took."""
    begin = perf_counter()
    return dask.compute(*lazy), perf_counter() - begin


def tasks(chunks):
    """Return the number of tasks in the graph of a gradient."""
    _, gradient = mt.value_and_grad(loss)(da.zeros(FEATURES), *make_data(chunks))
    return len(dict(gradient.__dask_graph__()))


def check_sample(features, labels, weights):
    """Compare the gradient of two chunks by Dask and by NumPy; exit if they differ."""
    sample = features[: 2 * ROWS], labels[: 2 * ROWS]
    lazy = mt.grad(loss)(da.from_array(weights), *sample)
    found, wanted = lazy.compute(), mt.grad(loss)(weights, *dask.compute(*sample))
    if not np.allclose(found, wanted, rtol=1e-10, atol=1e-14):
        sys.exit(f"on a sample Dask computes {found}, and NumPy {wanted}")


def descend(scheduler, features, labels, steps):
    """Run some steps of gradient descent, print each, and return the seconds by Mutorch and by hand."""
    weights, seconds = np.zeros(FEATURES), []
    table = Table("step", "loss", "seconds", "by hand", title="gradient descent")
    for step in range(steps):
        called = scheduler.calls
        lazy = mt.value_and_grad(loss)(da.from_array(weights), features, labels)
        if scheduler.calls != called:
            sys.exit("building the gradient computed something")
        (value, gradient), own = timed(lazy)
        (_, wanted), hand = timed(by_hand(da.from_array(weights), features, labels))
        if not np.allclose(gradient, wanted, rtol=1e-9, atol=1e-12):
            sys.exit(f"the gradient is {gradient}, by hand {wanted}")
        seconds.append((own, hand))
        table.add_row(str(step), f"{value:.6f}", f"{own:.2f}", f"{hand:.2f}")
        weights -= RATE * gradient
    Console().print(table)
    return np.min(seconds, axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2, help="number of processes (2)")
    parser.add_argument("--limit", type=int, default=256, metavar="MIB", help="memory limit of each process (256)")
    parser.add_argument("--steps", type=int, default=3, help="number of steps of gradient descent (3)")
    options = parser.parse_args()

    limit = options.limit * MIB
    chunks = -(-TIMES * options.workers * limit // CHUNK)
    features, labels = make_data(chunks)
    size = features.nbytes + labels.nbytes
    print(f"{size / MIB:.0f} MiB of data in {chunks} chunks, {size / (options.workers * limit):.2f} times what "
          f"{options.workers} workers of {options.limit} MiB may hold")  # fmt: skip
    few, some, many = (tasks(8 * count) for count in (1, 2, 4))
    print(f"tasks of a gradient: {few} for 8 chunks, {some} for 16, {many} for 32")
    cluster = LocalCluster(
        n_workers=options.workers, threads_per_worker=1, processes=True, memory_limit=limit, dashboard_address=None
    )
    with cluster, Client(cluster) as client:
        scheduler = Scheduler(client)
        with dask.config.set(scheduler=scheduler.get):
            check_sample(features, labels, np.linspace(1, -1, FEATURES))
            own, hand = descend(scheduler, features, labels, options.steps)
        peaks = list(client.run(peak_memory).values())
    print(f"a gradient: {own:.2f} s, {own / hand:.2f} times what one by hand takes")
    print(f"peak memory of the workers: {', '.join(f'{peak / MIB:.0f} MiB' for peak in peaks)}")
    if max(peaks) > limit:
        sys.exit("a worker used more memory than its limit")
    if own > SLOWER * hand:
        sys.exit(f"more than {SLOWER} times slower than by hand")


if __name__ == "__main__":
    main()
