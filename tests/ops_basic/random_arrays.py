"""Arrays to test with, drawn from a seed."""

import numpy as np


def complex_normal(shape, seed=0):
    """Return an array whose real and imaginary parts are standard normal."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)
