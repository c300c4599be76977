"""Random numbers from a key: the same key gives the same ones, in every array library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mutorch_core.authoring import to_numpy

__all__ = ["generator", "uniforms"]

SMALLEST = 2.0**-54


def generator(key: Any) -> np.random.Generator:
    """Return the generator of a key, one or several natural numbers: Philox, whose streams do not overlap."""
    return np.random.Generator(np.random.Philox(np.ravel(to_numpy(key))))


def uniforms(key: Any, size: Sequence[int]) -> Any:
    """Return numbers between 0 and 1, both excluded."""
    return np.maximum(generator(key).random(tuple(size)), SMALLEST)
