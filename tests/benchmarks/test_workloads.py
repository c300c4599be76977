"""A comparison is fair only where every library computes the same thing."""

import sys

import numpy as np
import pytest

from tests.benchmarks.workloads import WORKLOADS

COMPARABLE = {name: workload for name, workload in WORKLOADS.items() if workload.comparable}
PAIRS = [(name, title) for name, workload in COMPARABLE.items() for title in workload.contestants if title != "mutorch"]


@pytest.fixture(autouse=True)
def restored_recursion_limit():
    limit = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(limit)


def gradients(name, title):
    contestant = COMPARABLE[name].contestants[title]
    if not contestant.installed:
        pytest.skip(f"{contestant.needs} is not installed")
    return [np.asarray(gradient) for gradient in contestant.prepare()()]


@pytest.mark.parametrize(("name", "title"), PAIRS)
def test_every_library_computes_the_same_gradients(name, title):
    ours, theirs = gradients(name, "mutorch"), gradients(name, title)
    assert len(ours) == len(theirs)
    precision = 1e-4 if any(gradient.dtype == np.float32 for gradient in theirs) else 1e-12
    for own, other in zip(ours, theirs, strict=True):
        assert own.shape == other.shape
        scale = np.abs(other).max()
        np.testing.assert_allclose(own, other, rtol=0, atol=precision * scale)


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_bound_speaks_of_contestants(name):
    workload = WORKLOADS[name]
    for bound in workload.bounds:
        assert bound.contestant in workload.contestants
        assert bound.against is None or bound.against in workload.contestants


def test_the_diamond_is_exact():
    assert gradients("diamond", "mutorch") == [2.0**60]
