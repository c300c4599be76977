"""Short-time Fourier transforms and their inverses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

RNG = np.random.default_rng(0)
SETTINGS = [(8, None, True), (8, 3, True), (7, 2, True), (8, 4, False), (5, 7, False), (1, None, True)]


def spectra(x, n_fft, step, center, window):
    """The definition: one transform for each piece."""
    x = np.pad(x, n_fft // 2, mode="reflect") if center and n_fft > 1 else x
    pieces = [x[i : i + n_fft] * window for i in range(0, len(x) - n_fft + 1, step)]
    return np.stack([np.fft.rfft(piece) for piece in pieces], axis=-1)


@pytest.mark.parametrize(("n_fft", "hop_length", "center"), SETTINGS)
def test_spectra_are_those_of_the_pieces_and_pull_back_to_signal_and_window(n_fft, hop_length, center, slopes):
    x, window = RNG.normal(size=20), RNG.uniform(0.5, 1, n_fft)
    step = hop_length or max(1, n_fft // 4)

    def f(x, window):
        return xp.signal.stft(x, n_fft=n_fft, hop_length=hop_length, window=window, center=center)

    y = spectra(x, n_fft, step, center, window)
    assert_allclose(f(mt.Var(x), mt.Var(window)).value, y, atol=1e-13)
    g = RNG.normal(size=y.shape) + 1j * RNG.normal(size=y.shape)
    by_signal, by_window = slopes(f, x, window, g=g)
    expected = [np.sum(g * spectra(unit, n_fft, step, center, window)).real for unit in np.eye(20)]
    assert_allclose(by_signal, expected, atol=1e-12)
    expected = [np.sum(g * spectra(x, n_fft, step, center, unit)).real for unit in np.eye(n_fft)]
    assert_allclose(by_window, expected, atol=1e-12)


@pytest.mark.parametrize(("n_fft", "hop_length", "center"), SETTINGS[:4])
@pytest.mark.parametrize("kind", [float, complex])
def test_the_inverse_gives_the_signal_back_with_its_slope(kind, n_fft, hop_length, center, slope):
    x = RNG.normal(size=(2, 24)).astype(kind)
    window = np.hanning(n_fft + 2)[1:-1]
    options = {"n_fft": n_fft, "hop_length": hop_length, "window": window, "center": center}

    def f(x):
        return xp.signal.istft(xp.signal.stft(x, **options), **options)

    kept = f(x).shape[-1]
    assert_allclose(f(mt.Var(x)).value, x[:, :kept], atol=1e-13)
    g = RNG.normal(size=(2, kept)).astype(kind)
    assert_allclose(slope(f, x, g=g), np.pad(g, ((0, 0), (0, 24 - kept))), atol=1e-12)


def test_a_signal_is_zero_with_slope_zero_where_no_window_covers_it(slope):
    window = np.array([0.0, 1.0, 1.0, 0.0])
    x, options = np.ones((3, 2)) + 0j, {"n_fft": 4, "hop_length": 2, "window": window, "center": False}
    y = xp.signal.istft(mt.Var(x), **options)
    assert_array_equal(y.value[[0, -1]], [0, 0])
    assert np.isfinite(slope(lambda x: xp.signal.istft(x, **options), x)).all()


@pytest.mark.parametrize(
    ("f", "shape", "options", "message"),
    [
        (xp.signal.stft, (3,), {"n_fft": 8}, "3 entries are too few to mirror 4 at each end: use center=False"),
        (xp.signal.stft, (3,), {"n_fft": 8, "center": False}, "3 entries are too few for a piece of 8"),
        (xp.signal.stft, (9,), {"n_fft": 8, "hop_length": 0}, "n_fft is 8 and hop_length 0: both must be 1 or more"),
        (xp.signal.istft, (4, 2), {"n_fft": 8}, "x has 4 bins, where n_fft = 8 makes 5, or 8 of complex x"),
    ],
)
def test_what_can_not_be_cut_into_pieces_is_refused(f, shape, options, message):
    with pytest.raises(OperandError, match=rf"signal.i?stft\(x=float64.*{message}"):
        f(np.zeros(shape), **options)


@pytest.mark.parametrize("library", ["torch", "jax", "array_api_strict"])
def test_other_libraries_give_numpys_slopes(library):
    raw = pytest.importorskip({"jax": "jax.numpy"}.get(library, library))
    x = RNG.normal(size=20).astype(np.float32)

    def program(x):
        loud = xp.abs(xp.signal.stft(x, n_fft=6, hop_length=2))
        return xp.sum(xp.signal.istft(loud + 0j, n_fft=6, hop_length=2) ** 2)

    got = mt.grad(program)(raw.asarray(x))
    assert_allclose(np.asarray(got), mt.grad(program)(x), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("transform", [xp.signal.stft, xp.signal.istft])
def test_a_window_of_another_length_is_refused(transform):
    with pytest.raises(OperandError, match=r"window has the shape \(2, 2\): give one number for each of n_fft = 2"):
        transform(mt.Var(np.ones((2, 4))), n_fft=2, window=np.ones((2, 2)))
