"""Every workload, by the name that the harness takes."""

from __future__ import annotations

from tests.benchmarks.comparison import Workload
from tests.benchmarks.compiled import COMPILED
from tests.benchmarks.deep_arrays import DEEP_ARRAYS
from tests.benchmarks.perceptron import PERCEPTRON
from tests.benchmarks.processes import GRADCHECK, IMPORT
from tests.benchmarks.small_graphs import ARRAY_LOOP, CHAIN, CHAIN_MEMORY, DIAMOND, SCALAR_LOOP

WORKLOADS: dict[str, Workload] = {
    "scalar-loop": SCALAR_LOOP,
    "array-loop": ARRAY_LOOP,
    "perceptron": PERCEPTRON,
    "compiled": COMPILED,
    "chain": CHAIN,
    "chain-memory": CHAIN_MEMORY,
    "diamond": DIAMOND,
    "deep-arrays": DEEP_ARRAYS,
    "import": IMPORT,
    "gradcheck": GRADCHECK,
}
