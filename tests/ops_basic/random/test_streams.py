"""Random numbers from a key."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from mutorch_ops_basic.random import streams


def test_the_same_key_gives_the_same_numbers_and_another_key_others():
    for key in (0, 7, (7, 1), 2**70):
        assert_array_equal(streams.uniforms(key, (20,)), streams.uniforms(key, (20,)))
    draws = [streams.uniforms(key, (20,)).tobytes() for key in (7, 8, (7, 1), (1, 7), 2**70)]
    assert len(set(draws)) == len(draws)


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict"])
def test_a_key_may_be_an_array_of_any_library(library):
    namespace = pytest.importorskip(library)
    assert_array_equal(streams.uniforms(namespace.asarray([7, 1]), (3,)), streams.uniforms((7, 1), (3,)))


def test_numbers_lie_between_0_and_1_and_spread_evenly():
    draws = streams.uniforms(3, (100, 1000))
    assert draws.shape == (100, 1000)
    assert draws.min() > 0
    assert draws.max() < 1
    counts, _ = np.histogram(draws, bins=10, range=(0, 1))
    np.testing.assert_allclose(counts, 10_000, rtol=0.05)


def test_zero_is_replaced_by_a_number_whose_logarithm_is_finite(monkeypatch):
    class Zeros:
        def random(self, size):
            return np.zeros(size)

    monkeypatch.setattr(streams, "generator", lambda key: Zeros())
    assert np.all(np.isfinite(np.log(streams.uniforms(0, (2,)))))


def test_a_negative_key_is_refused():
    with pytest.raises(ValueError, match="non-negative"):
        streams.generator(-1)
