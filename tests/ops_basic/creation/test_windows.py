"""Windows: those of NumPy to the last digits, and the slope of Kaiser's in its parameter."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special

import mutorch_core as mt
import mutorch_ops_basic as xp

M = [-1, 0, 1, 2, 5, 12]


@pytest.mark.parametrize("name", ["bartlett", "blackman", "hamming", "hanning"])
def test_windows_are_numpys_constants_and_symmetric(name):
    for m in M:
        window = getattr(xp, name)(m)
        assert window.node is None
        assert_allclose(window.value, getattr(np, name)(m), atol=2e-16)
        assert_array_equal(window.value, window.value[::-1])


@pytest.mark.parametrize("beta", [0, 1.5, 14, 100.0, 650.0])
def test_kaisers_window_is_numpys_however_narrow(beta):
    for m in M:
        assert_allclose(xp.kaiser(m, beta).value, np.kaiser(m, beta), rtol=3e-13)


@pytest.mark.parametrize("beta", [0.0, 0.5, 8.0, 800.0])
def test_kaisers_window_has_a_slope_in_its_parameter(beta, slope):
    r = np.sqrt(1 - np.linspace(-1, 1, 9) ** 2)
    scale = np.exp(beta * (r - 1)) / special.i0e(beta)
    expected = (r * special.i1e(beta * r) - special.i0e(beta * r) * special.i1e(beta) / special.i0e(beta)) * scale
    jacobian = mt.jacobian(lambda beta: xp.kaiser(9, beta))(np.asarray(beta))
    assert_allclose(jacobian, expected, rtol=1e-10, atol=1e-15)


def test_kaisers_window_has_a_second_derivative():
    bend = mt.grad(mt.grad(lambda beta: xp.kaiser(3, beta)[0]))(0.0)
    assert_allclose(bend, -0.5)  # 1 / I₀(β) = 1 - β²/4 + …


@pytest.mark.parametrize("library", ["torch", "jax", "array_api_strict"])
def test_other_libraries_make_their_own(library):
    pytest.importorskip(library)
    other = xp.on(library)
    for name in ("bartlett", "blackman", "hamming", "hann_window"):
        window = getattr(other, name)(5, dtype=other.float32)
        assert window.dtype == other.float32
        assert_allclose(np.asarray(window.value), getattr(xp, name)(5).value, atol=1e-6)
    assert_allclose(np.asarray(other.kaiser(5, 3.0).value), np.kaiser(5, 3.0), rtol=1e-5)
