"""Fourier transforms: transposes to the last bin, odd lengths, lengths cut and filled up, several axes."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")


SEVERAL = ("fftn", "ifftn", "rfftn", "irfftn")


REAL = ("rfft", "ihfft", "rfftn")


RNG = np.random.default_rng(0)


SIGNATURES = {
    "(x, /, *, n=None, axis=-1, norm='backward')": ONE,
    "(x, /, *, s=None, axes=None, norm='backward')": SEVERAL,
    "(x, /, *, axes=None)": ("fftshift", "ifftshift"),
}


@pytest.mark.parametrize(("name", "signature"), [(name, text) for text, names in SIGNATURES.items() for name in names])
def test_the_extensions_function_has_the_standards_signature(name, signature):
    own = inspect.signature(getattr(xp.fft, name))
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in own.parameters.values()]
    assert str(inspect.Signature(bare)) == signature


def signal(name, *shape):
    """Real numbers for the transforms that take these, complex ones for the others."""
    real = RNG.normal(size=shape)
    return real if name in REAL else real + 1j * RNG.normal(size=shape)


def transposed(f, x, g):
    """Return the exact cotangent of a linear f, by its matrix: Re Σ x̄ dx = Re Σ ȳ f(dx), one entry at a time."""
    units = np.eye(x.size).reshape(x.size, *x.shape)
    real = np.array([np.sum(g * f(unit)).real for unit in units]).reshape(x.shape)
    if not np.iscomplexobj(x):
        return real
    return real - 1j * np.array([np.sum(g * f(1j * unit)).real for unit in units]).reshape(x.shape)


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize("n", [None, 1, 2, 3, 4, 7, 8])
@pytest.mark.parametrize("name", ONE)
def test_each_rule_is_the_transposed_matrix_at_odd_and_even_lengths(name, n, norm, slope):
    x = signal(name, 2, 4)
    reference = getattr(np.fft, name)
    y = reference(x, n, 1, norm)
    g = RNG.normal(size=y.shape) + (1j * RNG.normal(size=y.shape) if np.iscomplexobj(y) else 0)

    def f(x):
        return getattr(xp.fft, name)(x, n=n, axis=1, norm=norm)

    assert_allclose(f(mt.Var(x)).value, y)
    got = slope(f, x, g=g)
    assert got.dtype == x.dtype
    assert_allclose(got, transposed(lambda x: reference(x, n, 1, norm), x, g), atol=1e-14)


@pytest.mark.parametrize(("s", "axes"), [(None, None), ((3, 5), (0, 2)), ((4, 2), (-1, 0)), (None, (1,))])
@pytest.mark.parametrize("name", SEVERAL)
def test_several_axes_are_transposed_too(name, s, axes, slope):
    x = signal(name, 2, 3, 4)
    reference = getattr(np.fft, name)
    y = reference(x, s, axes)
    g = RNG.normal(size=y.shape) + (1j * RNG.normal(size=y.shape) if np.iscomplexobj(y) else 0)
    got = slope(lambda x: getattr(xp.fft, name)(x, s=s, axes=axes), x, g=g)
    assert_allclose(got, transposed(lambda x: reference(x, s, axes), x, g), atol=1e-13)


@pytest.mark.parametrize("n", [6, 7])
def test_inner_bins_of_half_a_spectrum_count_twice_and_the_ends_have_no_imaginary_part(n, slope):
    bins = n // 2 + 1
    got = slope(lambda x: xp.fft.irfft(x, n=n), np.ones(bins, complex), g=np.eye(n)[1])
    angles = 2 * np.pi * np.arange(bins) / n
    alone = (np.arange(bins) == 0) | (2 * np.arange(bins) == n)
    assert_allclose(got, np.where(alone, np.cos(angles), 2 * np.exp(1j * angles)) / n)
    assert_array_equal(got[alone].imag, 0)


@pytest.mark.parametrize("n", [6, 7])
def test_there_and_back_is_the_identity_with_its_slope(n, slope):
    x, g = RNG.normal(size=n), RNG.normal(size=n)
    assert_allclose(slope(lambda x: xp.fft.irfft(xp.fft.rfft(x), n=n), x, g=g), g)
    assert_allclose(slope(lambda x: xp.real(xp.fft.ifft(xp.fft.fft(x))), x, g=g), g)


def test_the_energy_of_a_spectrum_has_a_hessian():
    energy = mt.hessian(lambda x: xp.sum(xp.abs(xp.fft.rfft(x, n=5)) ** 2))(RNG.normal(size=4))
    spectrum = np.fft.rfft(np.eye(4), 5)
    assert_allclose(energy, 2 * (spectrum @ spectrum.conj().T).real)


def test_transforms_of_a_plane_are_those_over_two_axes(slope):
    x, z = RNG.normal(size=(2, 3, 4)), signal("fft", 2, 3, 4)
    for name, value in [("fft2", z), ("ifft2", z), ("rfft2", x), ("irfft2", z)]:
        assert_allclose(getattr(xp.fft, name)(mt.Var(value)).value, getattr(np.fft, name)(value))
        several = getattr(xp.fft, name.replace("2", "n"))
        own = slope(lambda x, name=name: xp.abs(getattr(xp.fft, name)(x)), value)
        assert_allclose(own, slope(lambda x, f=several: xp.abs(f(x, axes=(1, 2))), value))


def test_lengths_without_axes_are_those_of_the_last_ones(slope):
    x = signal("fft", 2, 3, 4)
    assert_array_equal(xp.fft.fftn(x, s=(3, 2)), np.fft.fftn(x, (3, 2), (1, 2)))
    assert_array_equal(slope(lambda x: xp.real(xp.fft.fftn(x, axes=())), x), np.ones((2, 3, 4)))


def test_single_precision_stays_single(slope):
    x = RNG.normal(size=5).astype(np.float32)
    assert xp.fft.rfft(mt.Var(x)).dtype == np.complex64
    assert slope(lambda x: xp.abs(xp.fft.rfft(x)), x).dtype == np.float32


def test_what_no_transform_accepts_is_refused_with_its_shape():
    with pytest.raises(OperandError, match=r"fft.rfftn\(x=float64\[2,2\]\): ValueError: axes \(0, -2\) name an axis"):
        xp.fft.rfftn(np.ones((2, 2)), axes=(0, -2))
    with pytest.raises(OperandError, match=r"fft.fft\(x=float64\[2\]\): IndexError") as caught:
        xp.fft.fft(np.ones(2), axis=3)
    assert isinstance(caught.value.__cause__, IndexError)
    with pytest.raises(OperandError, match=r"fft.irfft\(x=float64\[1\]\).*Invalid number of FFT data points \(0\)"):
        xp.fft.irfft(np.ones(1))


@pytest.mark.parametrize("library", ["torch", "jax", "array_api_strict"])
def test_other_libraries_give_numpys_slopes(library):
    raw = pytest.importorskip({"jax": "jax.numpy"}.get(library, library))
    x = RNG.normal(size=(3, 5)).astype(np.float32)

    def program(xp, x):
        half = xp.fft.rfftn(x, s=(4, 3), axes=(1, 0))
        whole = xp.fft.fft(xp.fft.fftshift(half), n=2, axis=0, norm="ortho")
        return xp.sum(xp.sin(xp.fft.irfft(whole, n=5)) + xp.fft.hfft(whole, n=5))

    got = mt.grad(lambda x: program(xp.on(library), x))(raw.asarray(x))
    assert type(got) is type(raw.asarray(x))
    assert_allclose(np.asarray(got), mt.grad(lambda x: program(xp, x))(x), rtol=1e-4, atol=1e-5)
