"""Divisors and multiples of integers."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError


@pytest.mark.parametrize("name", ["gcd", "lcm"])
@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "array_api_strict"])
def test_divisors_and_multiples_are_those_of_every_library(library, name):
    raw = pytest.importorskip(library)
    x1, x2 = np.array([[12, -18, 0]]), np.array([[8], [0], [-27]])
    own = getattr(xp, name)(raw.asarray(x1), raw.asarray(x2))
    assert_array_equal(np.asarray(own), getattr(np, name)(x1, x2))


def test_divisors_are_of_integers():
    with pytest.raises(OperandError, match=r"gcd\(x1=float64\[1\], x2=2\)"):
        xp.gcd(np.ones(1), 2)
