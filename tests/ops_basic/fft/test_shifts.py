"""Shifts of the zero frequency."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("f", ["fftshift", "ifftshift"])
@pytest.mark.parametrize("axes", [None, 0, (1, 0)])
def test_shifts_undo_each_other_and_so_do_their_slopes(f, axes, slope):
    x = np.arange(15.0).reshape(3, 5)
    g = RNG.normal(size=(3, 5))
    back = {"fftshift": np.fft.ifftshift, "ifftshift": np.fft.fftshift}[f]
    assert_array_equal(getattr(xp.fft, f)(mt.Var(x), axes=axes).value, getattr(np.fft, f)(x, axes))
    assert_array_equal(slope(lambda x: getattr(xp.fft, f)(x, axes=axes), x, g=g), back(g, axes))
