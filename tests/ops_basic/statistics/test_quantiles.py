"""Medians and quantiles: ties, infinities, NaN, and the slope of q."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from mutorch_ops_basic.statistics.quantiles import OFFSETS, ROUNDED

inf, nan = np.inf, np.nan
X = np.array([[1.0, -2.0, 4.0, 4.0], [3.0, 5.0, -1.0, 2.0], [0.25, 6.0, 7.0, -3.0]])
WITH_NAN = np.where(X == 5, nan, np.where(X == 7, nan, X))
AXES = [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}, {"axis": (-1, 0), "keepdims": True}]


class TestMedian:
    """median and nanmedian."""

    @pytest.mark.parametrize("options", AXES, ids=str)
    def test_values_are_numpys(self, options):
        assert_array_equal(xp.median(mt.Var(X), **options).value, np.median(X, **options))
        assert_array_equal(xp.nanmedian(mt.Var(WITH_NAN), **options).value, np.nanmedian(WITH_NAN, **options))

    @pytest.mark.parametrize(
        ("x", "expected"),
        [
            ([1.0, 1.0, 0.0], [0.5, 0.5, 0]),
            ([0.0, 1.0, 2.0, 3.0], [0, 0.5, 0.5, 0]),
            ([1.0, 1.0, 1.0, 2.0], [1 / 3, 1 / 3, 1 / 3, 0]),
            ([0.0, 1.0, 2.0, 2.0], [0, 0.5, 0.25, 0.25]),
            ([3.0], [1]),
            ([-inf, 0.0, inf], [0, 1, 0]),
            ([inf, inf, inf], [1 / 3, 1 / 3, 1 / 3]),
        ],
    )
    @pytest.mark.parametrize("f", [xp.median, xp.nanmedian])
    def test_the_middle_entries_share_evenly(self, f, x, expected, slope):
        assert_array_equal(slope(f, np.array(x)), expected)

    def test_nan_spoils_a_slice_of_the_one_and_not_of_the_other(self, slope):
        x = np.array([[1.0, nan, -inf], [3.0, 4.0, 5.0]])
        assert_array_equal(xp.median(x, axis=1), [nan, 4])
        assert_array_equal(slope(lambda x: xp.median(x, axis=1), x), [[nan] * 3, [0, 1, 0]])
        assert_array_equal(xp.nanmedian(x, axis=1), [-inf, 4])
        assert_array_equal(slope(lambda x: xp.nanmedian(x, axis=1), x)[1], [0, 1, 0])
        assert_array_equal(slope(xp.nanmedian, np.array([nan, 2.0, 1.0])), [0, 0.5, 0.5])
        assert_array_equal(slope(xp.nanmedian, np.array([nan, nan])), [0, 0])

    def test_two_huge_entries_have_a_mean(self):
        assert xp.median(np.array([1.5e308, 1.7e308])) == 1.6e308

    def test_its_second_derivative_is_zero(self):
        assert_array_equal(mt.hessian(xp.median)(X[0]), np.zeros((4, 4)))
        expected = 2 * np.outer([0.5, 0, 0.25, 0.25], [0.5, 0, 0.25, 0.25])
        assert_array_equal(mt.hessian(lambda x: xp.median(x) ** 2)(X[0]), expected)

    def test_there_is_none_of_nothing(self):
        with pytest.raises(OperandError, match=r"basic::median\(x=float64\[0\]\)"):
            xp.median(mt.Var(np.zeros(0)))


class TestQuantile:
    """quantile and nanquantile."""

    @pytest.mark.parametrize("method", ["linear", *ROUNDED, *OFFSETS])
    @pytest.mark.parametrize("q", [0.0, 0.3, 0.5, 0.875, 1.0, np.array([[0.1, 0.5], [0.6, 1.0]])], ids=str)
    def test_values_are_numpys(self, q, method):
        for options in AXES[:3]:
            expected = np.quantile(X, q, method=method, **options)
            assert_allclose(xp.quantile(mt.Var(X), q, method=method, **options).value, expected, atol=1e-14)
            expected = np.nanquantile(WITH_NAN, q, method=method, **options)
            found = xp.nanquantile(mt.Var(WITH_NAN), q, method=method, **options)
            assert_allclose(found.value, expected, atol=1e-14)

    def test_the_neighbours_get_their_shares(self, slope):
        x = np.array([4.0, 1.0, 3.0, 2.0])
        assert_allclose(slope(lambda x: xp.quantile(x, 0.3), x), [0, 0.1, 0, 0.9], atol=1e-15)
        for method, expected in (("lower", [0, 1, 0, 0]), ("higher", [0, 0, 0, 1]), ("midpoint", [0, 0.5, 0, 0.5])):
            assert_array_equal(slope(lambda x, m=method: xp.quantile(x, 0.3, method=m), x), expected)

    def test_equal_entries_keep_their_order(self, slope):
        assert_array_equal(slope(lambda x: xp.quantile(x, 0.5), np.array([1.0, 1.0, 0.0])), [1, 0, 0])

    @pytest.mark.parametrize(("q", "expected"), [(0.0, 3.0), (0.3, 3.0), (0.5, 6.0), (0.75, 6.0), (1.0, 6.0)])
    def test_q_has_the_slope_to_the_next_entry(self, q, expected):
        x = np.array([4.0, 1.0, 2.5])  # in order 1, 2.5, 4; and 1, 2.5, 5.5
        assert_allclose(mt.grad(lambda q: xp.quantile(x, q))(q), 3.0)
        x = np.array([5.5, 1.0, 2.5])
        assert_allclose(mt.grad(lambda q: xp.quantile(x, q))(q), expected)

    def test_choosing_an_entry_has_no_slope_in_q(self):
        assert mt.grad(lambda q: xp.quantile(X[0], q, method="nearest"))(0.3) == 0

    def test_x_and_q_together_have_a_second_derivative(self):
        mixed = mt.grad(lambda q: xp.sum(mt.grad(lambda x: xp.quantile(x, q))(np.array([3.0, 1.0, 2.0])) * X[0, :3]))
        assert_allclose(mixed(0.25), 2 * (4.0 - -2.0))

    def test_an_infinite_neighbour_without_a_share_spoils_nothing(self, slope):
        x = np.array([1.0, 2.0, inf])
        assert xp.quantile(x, 0.5) == 2
        assert_array_equal(slope(lambda x: xp.quantile(x, 0.5), x), [0, 1, 0])
        assert xp.quantile(np.array([-inf, 0.0, 1.0]), 1.0) == 1

    def test_nan_spoils_a_slice_of_the_one_and_not_of_the_other(self, slope):
        x = np.array([[1.0, nan, 3.0], [3.0, 4.0, 5.0]])
        assert_array_equal(xp.quantile(x, 0.5, axis=1), [nan, 4])
        assert_array_equal(slope(lambda x: xp.nanquantile(x, 0.25, axis=1), x), [[0.75, 0, 0.25], [0.5, 0.5, 0]])
        assert_array_equal(slope(lambda x: xp.nanquantile(x, 0.25), np.array([nan, nan])), [0, 0])

    def test_there_is_none_outside_of_zero_and_one(self):
        shares = np.array([-0.1, 0.0, 1.1])
        with pytest.raises(OperandError, match=r"q is array\(\[-0.1,  0. ,  1.1\]\); shares are from 0 to 1"):
            xp.quantile(X[0], shares)
        torch = pytest.importorskip("torch")
        assert_array_equal(xp.quantile(torch.asarray(X[0]), torch.asarray(shares)), [nan, -2, nan])

    def test_single_precision_stays_what_it_is(self):
        assert xp.quantile(X.astype("f4"), 0.3).dtype == np.float32

    def test_integers_are_taken_as_numbers(self):
        assert xp.quantile(np.array([1, 2]), 0.5) == 1.5
        assert xp.median(np.array([1, 2])) == 1.5

    def test_an_unknown_method_is_refused_with_the_known_ones(self):
        with pytest.raises(OperandError, match=r"basic::quantile.*'best' is none of linear, lower, higher"):
            xp.quantile(X, 0.5, method="best")


@pytest.mark.parametrize("f", [xp.quantile, xp.nanquantile])
@pytest.mark.parametrize("q", [2, -0.1, np.array([0.5, 1.5]), mt.Var(1.5), mt.Var(np.array([0.5, -1.0])), 0.5j])
def test_a_share_outside_of_0_and_1_is_refused(f, q):
    with pytest.raises(
        OperandError, match=r"quantile\(x=float64\[4\], q=.*\): ValueError: q is .*; shares are from 0 to 1"
    ):
        f(np.arange(4.0), q)
