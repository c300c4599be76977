"""Reductions that ignore NaN."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

nan, inf = np.nan, np.inf
X = np.array([[1.0, nan, 3.0], [nan, -2.0, 5.0]])


@pytest.mark.parametrize("options", [{}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}, {"axis": -1}], ids=str)
@pytest.mark.parametrize("name", ["nansum", "nanmean", "nanmax", "nanmin", "nanprod", "nanvar", "nanstd"])
def test_values_are_numpys(name, options):
    assert_allclose(getattr(xp, name)(mt.Var(X), **options).value, getattr(np, name)(X, **options))


def test_nan_gets_no_cotangent(slope):
    assert_array_equal(slope(xp.nansum, np.array([1.0, nan])), [1, 0])
    assert_array_equal(slope(xp.nanmean, np.array([1.0, nan])), [1, 0])
    assert_array_equal(slope(lambda x: xp.nanmean(x, axis=1), X), [[0.5, 0, 0.5], [0, 0.5, 0.5]])


def test_spreads_and_extremes_pass_nan_over(slope):
    x = np.array([1.0, nan, 4.0])
    assert_allclose(slope(xp.nanvar, x), [-1.5, 0, 1.5])
    assert_allclose(slope(lambda x: xp.nanstd(x, ddof=1), x), [-(0.5**0.5), 0, 0.5**0.5])
    assert_allclose(slope(xp.nanstd, np.array([2.0, nan, 2.0])), [0, 0, 0])
    assert_array_equal(slope(xp.nanmax, x), [0, 0, 1])
    assert_array_equal(slope(xp.nanmin, np.array([nan, 1.0, 1.0])), [0, 0.5, 0.5])
    assert_array_equal(slope(xp.nanprod, x), [4, 0, 1])
    assert_array_equal(slope(lambda x: xp.nancumsum(x)[1:], x), [2, 0, 1])
    assert_array_equal(slope(xp.nancumprod, x), [6, 0, 1])
    assert_array_equal(xp.nancumprod(np.array([[2.0, nan], [3.0, 4.0]]), axis=1), [[2, 2], [3, 12]])


def test_extremes_of_integers_are_integers_and_of_nothing_else_nan():
    assert xp.nanmax(np.array([3, 5])).dtype == np.int64
    assert_array_equal(xp.nanmin(np.array([[nan, nan], [inf, nan]]), axis=1), [nan, inf])
    assert_array_equal(xp.nanvar(np.array([nan, 2.0]), ddof=1), nan)


def test_a_slice_of_nan_sums_to_zero_and_has_no_mean(slope):
    x = np.array([[nan, nan], [1.0, 2.0]])
    assert_array_equal(xp.nansum(x, axis=1), [0, 3])
    with pytest.warns(RuntimeWarning):
        assert_array_equal(xp.nanmean(x, axis=1), [nan, 1.5])
    with pytest.warns(RuntimeWarning):
        assert_array_equal(slope(lambda x: xp.nanmean(x, axis=1), x), [[0, 0], [0.5, 0.5]])


def test_they_differentiate_twice():
    x = np.array([1.0, nan, 2.0])
    hessian = mt.hessian(lambda x: xp.nansum(x) ** 2 * xp.nanmean(x))(x)  # of (a + b)³ / 2
    assert_allclose(hessian, [[9, 0, 9], [0, 0, 0], [9, 0, 9]])


def test_complex_and_single_precision_stay_what_they_are(slope):
    z = np.array([1 + 2j, complex(nan, 1)])
    assert xp.nanmean(z) == 1 + 2j
    assert_array_equal(slope(xp.nansum, z), [1, 0])
    assert xp.nanmean(X.astype("f4"), axis=1).dtype == np.float32


class TestPositions:
    """nanargmax and nanargmin."""

    @pytest.mark.parametrize("name", ["nanargmax", "nanargmin"])
    @pytest.mark.parametrize("axis", [None, 0, 1])
    def test_they_are_numpys_and_untracked(self, name, axis):
        found = getattr(xp, name)(mt.Var(X), axis=axis)
        assert_array_equal(found.value, getattr(np, name)(X, axis=axis))
        assert found.node is None

    def test_nan_is_not_taken_for_infinity(self):
        assert xp.nanargmax(np.array([nan, -inf])) == 1
        assert xp.nanargmin(np.array([nan, inf])) == 1

    def test_a_slice_of_nan_has_none(self):
        with pytest.raises(OperandError, match=r"basic::nanargmax\(x=float64\[2\]\): .*a slice is NaN throughout"):
            xp.nanargmax(np.array([nan, nan]))
