"""Sample frequencies."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

LIBRARIES = {"numpy": "numpy", "torch": "torch", "jax": "jax.numpy", "array_api_strict": "array_api_strict"}


@pytest.mark.parametrize("name", ["fftfreq", "rfftfreq"])
@pytest.mark.parametrize("n", [1, 4, 5])
def test_frequencies_are_numpys_constants(name, n):
    made = getattr(xp.fft, name)(n, d=0.25)
    assert type(made) is mt.Var
    assert made.node is None
    assert_array_equal(made.value, getattr(np.fft, name)(n, 0.25))


@pytest.mark.parametrize("library", LIBRARIES)
def test_other_libraries_make_their_own(library):
    raw = pytest.importorskip(LIBRARIES[library])
    made = xp.on(library).fft.fftfreq(6, dtype=raw.float32)
    assert type(made.value) is type(raw.asarray([1.0]))
    assert made.dtype == raw.float32
    np.testing.assert_allclose(np.asarray(made.value), np.fft.fftfreq(6), rtol=1e-6)


def test_a_rule_reaches_frequencies_as_constants(slope):
    x = np.array([1.0, -2.0, 0.5, 3.0])
    assert_array_equal(slope(lambda x: x * xp.fft.fftfreq(4), x), np.fft.fftfreq(4))
