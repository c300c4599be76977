"""Finite differences and trapezoids."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

F = np.array([[1.0, 4.0, 9.0, -2.0], [0.5, 3.0, 3.0, 8.0], [7.0, -1.0, 2.0, 2.5]])
ROWS, COLUMNS = np.array([0.0, 0.5, 2.0]), np.array([1.0, 2.0, 4.0, 4.5])
SPACINGS = [(), (0.5,), (0.5, 3.0), (ROWS, COLUMNS), (2.0, COLUMNS)]


@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize("spacing", SPACINGS, ids=["none", "one", "two", "coordinates", "mixed"])
def test_gradients_are_numpys(spacing, edge_order):
    found = xp.gradient(mt.Var(F), *spacing, edge_order=edge_order)
    assert type(found) is tuple
    for own, numpys in zip(found, np.gradient(F, *spacing, edge_order=edge_order), strict=True):
        assert_allclose(own.value, numpys, rtol=1e-13)


def test_one_axis_gives_one_array_and_two_samples_are_enough():
    assert_array_equal(xp.gradient(F, 2.0, axis=-1), np.gradient(F, 2.0, axis=-1))
    assert_array_equal(xp.gradient(F, axis=(1, 0))[1], np.gradient(F, axis=0))
    assert_array_equal(xp.gradient(np.array([1.0, 4.0])), [3, 3])
    assert_array_equal(xp.gradient(np.array([1, 4, 9])), [3, 4, 5])


def test_samples_get_the_transposed_differences(slope):
    assert_array_equal(slope(xp.gradient, np.zeros(4), g=np.array([1.0, 10.0, 100.0, 1000.0])), [-6, -49, -995, 1050])


def test_spacing_has_derivatives_of_both_orders():
    h = mt.hessian(lambda h: xp.sum(xp.gradient(F[0], h)))(2.0)
    assert_allclose(h, 2 / 2.0**3 * np.gradient(F[0]).sum())
    slope = mt.grad(lambda x: xp.gradient(F[0], x)[0])(COLUMNS)
    assert_array_equal(slope, [3, -3, 0, 0])


def test_what_does_not_fit_is_refused():
    with pytest.raises(OperandError, match=r"basic::gradient.*3 spacings for 2 axes"):
        xp.gradient(F, 1.0, 2.0, 3.0)
    with pytest.raises(OperandError, match="2 samples along axis 0 for edge_order=2"):
        xp.gradient(F[:2, 0], edge_order=2)
    with pytest.raises(OperandError, match="for edge_order=3, which is 1 or 2"):
        xp.gradient(F, edge_order=3)


class TestTrapezoid:
    """Integrals."""

    @pytest.mark.parametrize("axis", [0, 1, -1])
    @pytest.mark.parametrize("spacing", ["none", "dx", "x", "all"])
    def test_values_are_numpys(self, axis, spacing):
        x = {"x": ROWS if axis == 0 else COLUMNS, "all": np.cumsum(np.abs(F), axis=axis)}.get(spacing)
        dx = 0.5 if spacing == "dx" else 1.0
        expected = np.trapezoid(F, x, dx=dx, axis=axis)
        assert_allclose(xp.trapezoid(mt.Var(F), x, dx=dx, axis=axis).value, expected, rtol=1e-14)
        assert xp.trapz is xp.trapezoid

    def test_samples_get_half_the_width_around_them_and_coordinates_the_difference(self, slopes):
        to_y, to_x = slopes(xp.trapezoid, F[0], COLUMNS)
        assert_array_equal(to_y, [0.5, 1.5, 1.25, 0.25])
        assert_array_equal(to_x, [-2.5, -4.0, 3.0, 3.5])

    def test_raw_samples_over_tracked_coordinates_of_a_strict_library(self):
        strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
        to_x = mt.grad(lambda x: xp.trapezoid(strict.asarray(F[0]), x))(strict.asarray(COLUMNS))
        assert_array_equal(np.asarray(to_x), [-2.5, -4.0, 3.0, 3.5])


@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize("spacing", [(), (0.5,), (0.5, 2.0)])
def test_a_nan_spreads_no_further_than_in_numpy(spacing, edge_order):
    f = np.arange(30.0).reshape(5, 6) ** 2
    f[2, 3] = np.nan
    wanted = np.gradient(f, *spacing, edge_order=edge_order)
    for got, expected in zip(xp.gradient(f, *spacing, edge_order=edge_order), wanted, strict=True):
        np.testing.assert_allclose(got, expected)


def test_an_infinite_cotangent_spreads_to_neighbours_alone():
    g = np.array([0.0, 0.0, np.inf, 0.0, 0.0])
    (pulled,) = mt.vjp(xp.gradient, np.arange(5.0))[1](g)
    np.testing.assert_array_equal(pulled, [0.0, -np.inf, 0.0, np.inf, 0.0])
