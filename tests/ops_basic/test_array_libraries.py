"""Values and gradients in other array libraries, of ops that need more than the standard has."""

import importlib
from contextlib import nullcontext

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([[1.0, 5.0, 2.0, 2.0], [4.0, 0.5, 3.0, -1.0], [2.5, 2.5, -3.0, 7.0]])
N = np.where((X == 5) | (X == 7), np.nan, X)
IDS, PLACES, EDGES = np.array([2, 0, 2]), np.array([0.0, 1.0, 3.0, 4.0]), np.array([-1.0, 2.0, 3.0])
LIBRARIES = {"torch": "torch", "jax": "jax.numpy", "array_api_strict": "array_api_strict"}

DIFFERENTIABLE = {
    "add_at": lambda x, a: xp.add_at(x, (slice(None), a(np.array([3, 0, 0, -1])), ...), (3, 5)),
    "add_sequence": lambda x, a: xp.add_sequence(x, a(X), 2.0),
    "bincount": lambda x, a: xp.bincount(a(IDS), weights=x[:, 0]),
    "corrcoef": lambda x, a: xp.corrcoef(x),
    "cov": lambda x, a: xp.cov(x),
    "cumulative_logsumexp": lambda x, a: xp.cumulative_logsumexp(x, axis=1),
    "cumulative_max": lambda x, a: xp.cumulative_max(x, axis=1),
    "cumulative_min": lambda x, a: xp.cumulative_min(x, axis=0),
    "gradient": lambda x, a: xp.gradient(x, 2.0, a(PLACES), edge_order=2)[1],
    "histogram": lambda x, a: xp.histogram(a(X), a(EDGES), weights=x, density=True).histogram,
    "median": lambda x, a: xp.median(x, axis=1),
    "mode": lambda x, a: xp.mode(x).values,
    "multiply_sequence": lambda x, a: xp.multiply_sequence(x, a(X), x),
    "partition": lambda x, a: xp.partition(x, 1)[:, 1],
    "quantile": lambda x, a: xp.quantile(x, a(np.array([0.1, 0.9])), axis=1, method="hazen"),
    "segment_max": lambda x, a: xp.segment_max(x, a(IDS))[2, ...],
    "segment_prod": lambda x, a: xp.segment_prod(x, a(IDS), num_segments=4),
    "segment_sum": lambda x, a: xp.segment_sum(x, a(IDS), num_segments=2),
    "take": lambda x, a: xp.take(x, a(IDS), axis=0),
    "take_along_axis": lambda x, a: xp.take_along_axis(x, a(np.array([[0], [3], [-1]])), axis=1),
    "top_k": lambda x, a: xp.top_k(x, 2).values,
    "trapezoid": lambda x, a: xp.trapezoid(x, a(PLACES)),
    "nanmean": lambda x, a: xp.nanmean(xp.where(x == 5, np.nan, x), axis=0),
    "nanmedian": lambda x, a: xp.nanmedian(xp.where(x == 5, np.nan, x), axis=0),
    "nanquantile": lambda x, a: xp.nanquantile(xp.where(x == 5, np.nan, x), 0.3, axis=1),
    "nansum": lambda x, a: xp.nansum(xp.where(x == 5, np.nan, x)),
}
POSITIONS = {
    "argpartition": lambda a: xp.argpartition(a(X), 1)[:, 1],
    "argwhere": lambda a: xp.argwhere(a(X)),
    "digitize": lambda a: xp.digitize(a(X), a(EDGES)),
    "flatnonzero": lambda a: xp.flatnonzero(a(X)),
    "isin": lambda a: xp.isin(a(X), a(EDGES)),
    "lexsort": lambda a: xp.lexsort([a(X), a(X * 0)]),
    "nanargmax": lambda a: xp.nanargmax(a(N), axis=1),
    "nanargmin": lambda a: xp.nanargmin(a(N)),
}


JAXS = ("add_at", "segment_max", "segment_prod", "segment_sum", "nanargmax")
"""What has code of its own for JAX; the rest takes it seconds to compile, and is the same as elsewhere."""


def cases(names):
    """Each op on each library that says something about it."""
    return [(name, library) for name in names for library in LIBRARIES if library != "jax" or name in JAXS]


@pytest.fixture
def array(library):
    """Return a function that makes an array of a library; JAX's with 64 bits."""
    module = pytest.importorskip(LIBRARIES[library], reason=f"{library} is not installed")
    with importlib.import_module("jax").enable_x64(True) if library == "jax" else nullcontext():
        yield module.asarray


@pytest.mark.parametrize(("name", "library"), cases(DIFFERENTIABLE))
def test_values_and_gradients_are_those_on_numpy(name, array):
    def both(a):
        value, pullback = mt.vjp(lambda x: DIFFERENTIABLE[name](x, a), a(X))
        return [np.asarray(each) for each in (value, *pullback(value * 0 + 1))]

    for found, numpys in zip(both(array), both(np.asarray), strict=True):
        assert found.dtype == numpys.dtype
        assert_allclose(found, numpys, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("name", "library"), cases(POSITIONS))
def test_positions_are_those_on_numpy(name, array):
    assert_allclose(np.asarray(POSITIONS[name](array)), POSITIONS[name](np.asarray))
