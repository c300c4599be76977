"""Positions, bins, sets, histograms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.array([[0.0, 2.0, -1.0], [3.0, 0.0, 2.5]])


@pytest.mark.parametrize("name", ["argwhere", "flatnonzero"])
def test_positions_are_numpys_and_untracked(name):
    found = getattr(xp, name)(mt.Var(X))
    assert_array_equal(found.value, getattr(np, name)(X))
    assert found.node is None


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("bins", [[0.0, 2.0, 2.5], [2.5, 2.0, 0.0], [2.0], []], ids=str)
def test_digits_are_numpys_also_in_edges_that_go_down(bins, right):
    bins = np.array(bins)
    assert_array_equal(xp.digitize(mt.Var(X), bins, right=right).value, np.digitize(X, bins, right=right))
    assert xp.bucketize is xp.digitize


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("other", [[2.0, 0.0, 9.0], [[-1.0], [3.0]], [], [np.nan]], ids=str)
def test_membership_is_numpys(other, invert):
    other = np.array(other)
    for x in (X, np.asarray(2.0), np.array([np.nan, np.inf])):
        assert_array_equal(xp.isin(mt.Var(x), other, invert=invert).value, np.isin(x, other, invert=invert))
    assert_array_equal(xp.isin(3, np.array([1, 3])), True)


class TestHistogram:
    """Counts and weights in bins."""

    @pytest.mark.parametrize(
        "options",
        [{}, {"bins": 4}, {"bins": 3, "range": (-1, 2)}, {"bins": np.array([-1.0, 0.0, 2.5])}, {"bins": [0, 2, 3]}],
        ids=str,
    )
    @pytest.mark.parametrize("density", [None, True])
    def test_counts_and_edges_are_numpys_and_untracked(self, options, density):
        for x in (X, X.astype(int), X[:0], np.full(3, 7.0)):
            if density and not np.histogram(x, **options)[0].any():
                continue
            found, edges = xp.histogram(mt.Var(x), density=density, **options)
            counts, places = np.histogram(x, density=density, **options)
            assert_allclose(found.value, counts, rtol=1e-14)
            assert_allclose(edges.value, places, rtol=1e-14, atol=1e-15)
            assert found.node is None

    def test_an_entry_on_the_last_edge_is_in_the_last_bin_and_one_outside_in_none(self):
        found = xp.histogram(np.array([0.0, 1.0, 2.0, 2.1, -0.1]), np.array([0.0, 1.0, 2.0]))
        assert_array_equal(found.histogram, [1, 2])

    def test_weights_have_a_gradient_and_bins_have_none(self, slope):
        x, g = np.array([0.1, 0.4, 0.5, 0.9]), np.array([1.0, 10.0, 100.0])
        assert_array_equal(slope(lambda w: xp.histogram(x, 3, weights=w).histogram, x, g=g), [1, 10, 10, 100])
        assert mt.grad(lambda x: xp.sum(xp.histogram(x, 3, weights=x.detach()).histogram * g))(x).tolist() == [0] * 4

    def test_densities_have_second_derivatives_in_weights(self):
        x, bins = np.array([0.5, 1.5]), np.array([0.0, 1.0, 3.0])
        hessian_of_share = mt.hessian(lambda w: xp.histogram(x, bins, weights=w, density=True).histogram[0])
        assert_allclose(hessian_of_share(np.array([1.0, 3.0])), np.array([[-6, -2], [-2, 2]]) / 64)

    def test_untracked_vars_are_weights_and_edges_too(self):
        edges = xp.linspace(0, 1, 3)
        assert_array_equal(xp.histogram(np.array([0.1, 0.2]), edges).histogram.value, [2, 0])
        assert_array_equal(xp.histogram(np.array([0.1, 0.2]), edges, weights=xp.ones(2)).histogram.value, [2, 0])

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(OperandError, match=r"basic::histogram.*weights of shape \(2,\) for x of shape \(3,\)"):
            xp.histogram(np.zeros(3), weights=np.zeros(2))
        with pytest.raises(OperandError, match="bins is 0: give a number from 1 on"):
            xp.histogram(np.zeros(3), 0)
