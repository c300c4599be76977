"""Numerical analysis: ends of interpolation, lengths of convolution, transforms, and what is refused."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

POINTS, VALUES = np.array([0.0, 1.0, 3.0]), np.array([2.0, 4.0, 1.0])


def test_interpolation_has_the_slope_of_the_segment_and_none_outside():
    slopes = mt.grad(lambda x: np.sum(np.interp(x, POINTS, VALUES)))(np.array([-1.0, 0.5, 2.0, 9.0]))
    np.testing.assert_allclose(slopes, [0.0, 2.0, -1.5, 0.0])


def test_interpolation_at_the_points_gives_their_values():
    for found in (np.interp(mt.Var(POINTS), POINTS, VALUES), np.interp(POINTS, mt.Var(POINTS), mt.Var(VALUES))):
        np.testing.assert_array_equal(found.value, VALUES)
    np.testing.assert_array_equal(np.interp(mt.Var(POINTS), POINTS[:1], VALUES[:1]).value, 2.0)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("n", "k"), [(5, 1), (5, 2), (5, 3), (5, 5), (2, 5), (4, 6)])
@pytest.mark.parametrize("function", [np.convolve, np.correlate])
def test_lengths_of_convolution_are_numpys(function, n, k, mode):
    a, v = np.arange(1.0, n + 1), np.arange(1.0, k + 1) ** 2
    np.testing.assert_allclose(function(mt.Var(a), mt.Var(v), mode).value, function(a, v, mode))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda v: np.interp(v, POINTS, v[:2]), r"np\.interp: xp has the shape \(3,\) and fp the shape \(2,\)"),
        (lambda v: np.convolve(v, v, "middle"), r"np\.convolve\(mode='middle'\): it is 'full', 'same' or 'valid'"),
        (lambda v: np.fft.fft(v, norm="nonesuch"), "nonesuch"),
    ],
)
def test_what_does_not_fit_is_refused(call, text):
    with pytest.raises(errors.OperandError, match=text):
        call(mt.Var(VALUES))


def test_decimals_round_as_numpy_does():
    for decimals in (-1, 0, 2):
        x = np.array([12.345, -0.555, 15.0])
        np.testing.assert_allclose(np.round(mt.Var(x), decimals).value, np.round(x, decimals))
    assert round(np.float64(2.5), 1) == 2.5


def test_a_transform_and_its_inverse_have_the_gradient_one():
    slopes = mt.grad(lambda v: np.sum(np.fft.irfft(np.fft.rfft(v), 3)))(VALUES)
    np.testing.assert_allclose(slopes, 1.0)
