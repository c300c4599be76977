"""Sums, products, extremes and spreads: which axes, ties, zeros, constant slices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.array([[1.0, -2.0, 4.0, 0.5], [3.0, 5.0, -1.0, 2.0], [0.25, 6.0, 7.0, -3.0]])
AXES = [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}, {"axis": (-1, 0), "keepdims": True}]


@pytest.mark.parametrize("options", AXES, ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "var", "std"])
def test_values_are_numpys(name, options):
    assert_allclose(getattr(xp, name)(mt.Var(X), **options).value, getattr(np, name)(X, **options))


@pytest.mark.parametrize("options", AXES, ids=str)
def test_the_sum_hands_its_cotangent_to_every_entry(options, slope):
    g = np.arange(1.0, 13.0)[: np.sum(X, **options).size].reshape(np.sum(X, **options).shape)
    kept = np.sum(X, **{**options, "keepdims": True}).shape
    assert_array_equal(slope(lambda x: xp.sum(x, **options), X, g=g), np.broadcast_to(g.reshape(kept), X.shape))


def test_sum_and_mean_keep_nothing_of_their_operand():
    for f in (xp.sum, xp.mean):
        assert not any(isinstance(value, np.ndarray) for value in f(mt.Var(X)).node.saved)


def test_the_mean_of_nothing_has_an_empty_cotangent(slope):
    with np.errstate(invalid="ignore"), pytest.warns(RuntimeWarning, match="empty"):
        assert slope(lambda x: xp.mean(x, axis=0), np.zeros((0, 3))).shape == (0, 3)


def test_the_dtype_of_a_sum_does_not_change_its_operands(slope):
    x = X.astype(np.float32)
    assert xp.sum(mt.Var(x), dtype=np.float64).dtype == np.float64
    assert slope(lambda x: xp.sum(x, dtype=np.float64), x).dtype == np.float32


class TestProd:
    """Nothing is divided, so zeros are ordinary."""

    @pytest.mark.parametrize(
        ("x", "expected"),
        [
            ([2.0, 0.0, 3.0], [0, 6, 0]),
            ([0.0, 0.0, 3.0], [0, 0, 0]),
            ([2.0, 5.0, 3.0], [15, 6, 10]),
            ([7.0], [1]),
            ([], []),
        ],
    )
    def test_it_is_exact_where_entries_are_zero(self, x, expected, slope):
        assert_array_equal(slope(xp.prod, np.array(x)), expected)

    def test_it_is_exact_where_entries_are_zero_in_second_order_too(self):
        x = np.array([2.0, 0.0, 3.0, 0.0])
        expected = np.zeros((4, 4))
        expected[1, 3] = expected[3, 1] = 6
        assert_array_equal(mt.hessian(xp.prod)(x), expected)

    @pytest.mark.parametrize("axis", [0, 1, (0, 1), (1, 0), None])
    def test_its_slope_is_the_product_over_the_operand(self, axis, slope):
        out = np.prod(X, axis=axis, keepdims=True)
        assert_allclose(slope(lambda x: xp.prod(x, axis=axis), X), out / X)


class TestExtremes:
    """Largest and smallest entries."""

    @pytest.mark.parametrize(
        ("f", "x", "expected"),
        [
            (xp.max, [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
            (xp.min, [0.0, 0.0, 1.0], [0.5, 0.5, 0.0]),
            (xp.max, [2.0, 2.0, 2.0, 2.0], [0.25, 0.25, 0.25, 0.25]),
            (xp.max, [1.0, 3.0, 2.0], [0.0, 1.0, 0.0]),
            (xp.max, [np.inf, np.inf], [0.5, 0.5]),
            (xp.max, [np.nan, 1.0], [np.nan, np.nan]),
        ],
    )
    def test_ties_share_evenly(self, f, x, expected, slope):
        assert_array_equal(slope(f, np.array(x)), expected)

    def test_ties_are_counted_in_each_slice(self, slope):
        x = np.array([[1.0, 1.0], [2.0, 3.0]])
        assert_array_equal(slope(lambda x: xp.max(x, axis=1), x), [[0.5, 0.5], [0, 1]])

    def test_float32_stays_float32(self, slope):
        assert slope(lambda x: xp.max(x, axis=0), X.astype(np.float32)).dtype == np.float32

    def test_a_python_number_is_its_own_maximum(self):
        assert mt.grad(xp.max)(3.0) == 1.0

    def test_the_largest_of_nothing_is_refused_naming_the_op(self):
        with pytest.raises(OperandError, match=r"basic::max\(x=float64\[0\]\): ValueError: zero-size"):
            xp.max(mt.Var(np.zeros(0)))


class TestSpreads:
    """Variance and standard deviation."""

    @pytest.mark.parametrize("correction", [0, 1, 0.5])
    @pytest.mark.parametrize("axis", [None, 0, 1])
    def test_their_slopes_are_deviations(self, axis, correction, slope):
        deviation = X - X.mean(axis=axis, keepdims=True)
        count = X.size if axis is None else X.shape[axis]
        options = {"axis": axis, "correction": correction}
        assert_allclose(slope(lambda x: xp.var(x, **options), X), 2 * deviation / (count - correction))
        spread = np.std(X, axis=axis, ddof=correction, keepdims=True)
        assert_allclose(slope(lambda x: xp.std(x, **options), X), deviation / (count - correction) / spread)

    def test_the_hessian_of_the_variance(self):
        assert_allclose(mt.hessian(xp.var)(X[0]), 2 / 4 * (np.eye(4) - 1 / 4))

    def test_the_hessian_of_the_standard_deviation(self):
        x, n = X[0], 4
        deviation, spread = (x - x.mean()) / n, x.std()
        expected = (np.eye(n) - 1 / n) / n / spread - np.outer(deviation, deviation) / spread**3
        assert_allclose(mt.hessian(xp.std)(x), expected)

    @pytest.mark.parametrize("x", [[1.0, 1.0], [0.1, 0.1, 0.1], [0.0], [1e-200, -1e-200]])
    def test_a_constant_slice_has_a_standard_deviation_of_slope_zero(self, x, slope):
        assert_array_equal(slope(xp.std, np.array(x)), np.zeros(len(x)))
        assert_array_equal(mt.hessian(xp.std)(np.array(x)), np.zeros((len(x), len(x))))

    def test_only_the_constant_slices_are_masked(self, slope):
        x = np.array([[2.0, 2.0], [1.0, 3.0]])
        assert_array_equal(slope(lambda x: xp.std(x, axis=1), x), [[0, 0], [-0.5, 0.5]])

    def test_too_few_entries_have_a_variance_of_slope_nan(self, slope):
        with pytest.warns(RuntimeWarning):
            assert np.isnan(slope(lambda x: xp.var(x, correction=1), np.array([3.0])))


@pytest.mark.parametrize("name", ["all", "any", "count_nonzero"])
@pytest.mark.parametrize("axis", [None, 1])
def test_questions_are_numpys_and_untracked(name, axis):
    x = np.array([[0.0, 1.0], [2.0, 3.0]])
    answer = getattr(xp, name)(mt.Var(x), axis=axis)
    assert_array_equal(answer.value, getattr(np, name)(x, axis=axis))
    assert answer.node is None


def test_an_axis_that_is_not_there_is_refused_naming_op_and_shape():
    with pytest.raises(OperandError, match=r"basic::sum\(x=float64\[3,4\]\): AxisError: axis 2") as caught:
        xp.sum(mt.Var(X), axis=2)
    assert isinstance(caught.value, (IndexError, ValueError))


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "dask.array"])
@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "var", "std", "nansum", "nanvar"])
def test_over_no_axes_every_entry_is_reduced_by_itself(name, library):
    x = pytest.importorskip(library).asarray(X)
    value, pullback = mt.vjp(lambda x: getattr(xp, name)(x, axis=()), x)
    spread = name in ("var", "std", "nanvar")
    assert_allclose(np.asarray(value), np.zeros_like(X) if spread else X)
    assert_allclose(np.asarray(pullback(x)[0]), np.zeros_like(X) if spread else X)
    counts = xp.count_nonzero(x - 2.0, axis=())
    assert_array_equal(np.asarray(counts), X != 2.0)
