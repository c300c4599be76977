"""Convolution: modes, axes of three kinds, both ways of computing it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

convolve = xp.signal.convolve
RNG = np.random.default_rng(0)
MODES = ("full", "same", "valid")
PLAIN = [((5,), (3,)), ((3,), (6,)), ((4, 5), (2, 3)), ((9, 12), (11, 13)), ((3, 4, 2), (2, 1, 2)), ((), ())]


def sums(a, b, mode):
    """The definition, in mode "full" and then cut out."""
    full = np.zeros([m + n - 1 for m, n in zip(a.shape, b.shape, strict=True)])
    for place in np.ndindex(b.shape):
        full[tuple(slice(i, i + m) for i, m in zip(place, a.shape, strict=True))] += a * b[place]
    starts = {"full": np.zeros(a.ndim, int), "same": (np.array(b.shape) - 1) // 2}
    sides = {"full": full.shape, "same": a.shape}
    starts["valid"] = np.minimum(a.shape, b.shape) - 1
    sides["valid"] = np.abs(np.subtract(a.shape, b.shape)) + 1
    return full[tuple(slice(int(i), int(i + n)) for i, n in zip(starts[mode], sides[mode], strict=True))]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("left", "right"), PLAIN)
def test_value_and_slopes_are_those_of_the_definition(left, right, mode, slopes):
    a, b = RNG.normal(size=left), RNG.normal(size=right)
    y = convolve(mt.Var(a), mt.Var(b), mode=mode)
    assert_allclose(y.value, sums(a, b, mode), atol=1e-13)
    g = RNG.normal(size=y.shape)
    for got, x, other in zip(slopes(lambda a, b: convolve(a, b, mode=mode), a, b, g=g), (a, b), (b, a), strict=True):
        units = np.eye(x.size).reshape(x.size, *x.shape)
        moved = [sums(unit, other, mode) if x is a else sums(other, unit, mode) for unit in units]
        assert_allclose(got, np.reshape([np.sum(g * y) for y in moved], x.shape), atol=1e-12)


def test_integers_stay_integers():
    y = convolve(np.arange(100), np.arange(100))
    assert y.dtype == np.int64
    assert_array_equal(y, np.convolve(np.arange(100), np.arange(100)))


@pytest.mark.parametrize("side", [4, 90])  # added up entry by entry, and by Fourier transforms
def test_channels_are_summed_and_the_rest_combined(side, slopes):
    a, b = RNG.normal(size=(2, 3, side)), RNG.normal(size=(side - 1, 3, 4))
    options = {"axes": ((2,), (0,)), "dot_axes": ((1,), (1,))}
    y = convolve(mt.Var(a), mt.Var(b), **options)
    expected = [[sum(np.convolve(a[i, k], b[:, k, j]) for k in range(3)) for j in range(4)] for i in range(2)]
    assert_allclose(y.value, expected, atol=1e-12)
    g = RNG.normal(size=y.shape)
    left, right = slopes(lambda a, b: convolve(a, b, **options), a, b, g=g)
    back = [[sum(np.convolve(g[i, j], b[::-1, k, j], "valid") for j in range(4)) for k in range(3)] for i in range(2)]
    assert_allclose(left, back, atol=1e-12)
    assert right.shape == b.shape


def test_axes_of_neither_kind_are_combined_like_an_outer_product():
    a, b = RNG.normal(size=(2, 4)), RNG.normal(size=(3, 5))
    y = convolve(a, b, axes=(1, 1))
    assert_allclose(y, [[np.convolve(u, v) for v in b] for u in a])


def test_complex_operands_are_not_conjugated(slope):
    a, b = RNG.normal(size=3) + 1j * RNG.normal(size=3), RNG.normal(size=2) + 1j * RNG.normal(size=2)
    assert_allclose(slope(lambda a: convolve(a, b), a, g=np.ones(4) + 0j), np.full(3, b.sum()))


def test_a_convolution_with_itself_has_a_hessian():
    hessian = mt.hessian(lambda x: convolve(x, x)[2])(np.array([1.0, 2.0, 3.0]))
    assert_allclose(hessian, [[0, 0, 2], [0, 2, 0], [2, 0, 0]], atol=1e-14)


@pytest.mark.parametrize(
    ("left", "right", "options", "message"),
    [
        ((2,), (2, 2), {}, "in1 has 1 axes to convolve over and in2 2: pair them"),
        ((2, 2), (2, 2), {"dot_axes": ((0, 1), (0,))}, "in1 has 0 axes to convolve over and in2 1"),
        ((0,), (2,), {}, r"nothing to convolve: sides \(0,\) and \(2,\)"),
        ((2, 9), (4, 5), {"mode": "valid"}, r"sides \(2, 9\) and \(4, 5\): neither operand lies inside the other"),
        ((2,), (2,), {"mode": "whole"}, 'mode is \'whole\'; it must be "full", "same" or "valid"'),
    ],
)
def test_operands_that_do_not_go_together_are_refused(left, right, options, message):
    with pytest.raises(OperandError, match=rf"signal.convolve\(in1=float64.*{message}"):
        convolve(np.zeros(left), np.zeros(right), **options)


@pytest.mark.parametrize("library", ["torch", "jax", "array_api_strict"])
@pytest.mark.parametrize("side", [3, 70])
def test_other_libraries_give_numpys_slopes(library, side):
    raw = pytest.importorskip({"jax": "jax.numpy"}.get(library, library))
    a, b = RNG.normal(size=80).astype(np.float32), RNG.normal(size=side).astype(np.float32)

    def program(a, b):
        y = convolve(a, b, mode="same")
        return (y * y)[::7] @ y[::7]

    got = mt.grad(program, (0, 1))(raw.asarray(a), raw.asarray(b))
    for own, expected in zip(got, mt.grad(program, (0, 1))(a, b), strict=True):
        assert_allclose(np.asarray(own), expected, rtol=1e-3, atol=0.02)
