"""Indexing, its transpose, and assignment."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.arange(1.0, 13.0).reshape(3, 4)
KEYS = [
    0,
    (slice(None), 1),
    (..., None, 0),
    slice(None, None, -2),
    np.array([0, 2, 0]),
    [0, 0, 1],
    (np.array([0, 0, 2]), np.array([1, 1, -1])),
    (slice(None), np.array([[0, 1], [1, 1]])),
    (np.array([0, 0]), slice(1, 3)),
    (0, np.array([1, 1])),
    X > 5,
    (np.array([True, False, True]),),
    (np.array([True, False, True]), 1),
    np.array([], dtype=int),
]


def transposed(g, key):
    """Zeros, with g added at the key."""
    out = np.zeros_like(X)
    np.add.at(out, key, g)
    return out


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_cotangents_are_added_up_where_they_were_taken(key, slope):
    assert_array_equal(mt.Var(X)[key].value, X[key])
    g = np.arange(1.0, 1 + X[key].size).reshape(X[key].shape)
    assert_array_equal(slope(lambda x: x[key], X, g=g), transposed(g, key))


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing_differentiates_twice(key):
    hessian = mt.hessian(lambda x: xp.sum(x[key] ** 3))(X)
    times = transposed(np.ones_like(X[key]), key)
    assert_array_equal(hessian.reshape(12, 12), np.diag((6 * X * times).ravel()))


def test_a_key_may_hold_vars_of_integers():
    x, i = mt.Var(X), mt.Var(np.array([2, 2]))
    y = x[i, 0]
    xp.sum(y).backprop()
    assert_array_equal(y.value, [9, 9])
    assert_array_equal(x.grad, transposed(1, (np.array([2, 2]), 0)))


def test_an_index_beyond_the_end_is_an_index_error_too():
    with pytest.raises(OperandError, match=r"basic::getitem\(x=float64\[3,4\].*IndexError: index 7") as caught:
        mt.Var(X)[7]
    assert isinstance(caught.value, IndexError)


def test_add_at_and_getitem_are_each_others_rule(slope):
    key = np.array([0, 0, 2])
    assert_array_equal(xp.add_at(np.array([1.0, 2.0, 3.0]), key, (4,)), [3, 0, 3, 0])
    assert_array_equal(slope(lambda x: xp.add_at(x, key, (4,)), np.ones(3), g=np.arange(4.0)), [0, 0, 2])


def test_add_at_repeats_what_it_broadcasts():
    key = np.array([[0, 0], [0, 3]])
    assert_array_equal(xp.add_at(np.array([1.0, 10.0]), key, (4,)), [12, 0, 0, 10])


def test_many_entries_are_added_up_like_few(slope):
    rng = np.random.default_rng(0)
    g = rng.normal(size=(200, 4))
    for key in (rng.integers(-3, 3, 200), (rng.integers(0, 3, 200)[:, None], np.array([3, 1, -1, 1]))):
        assert_allclose(xp.add_at(g, key, (3, 4)), transposed(g, key), rtol=1e-12)
        assert_allclose(slope(lambda x, key=key: x[key], X, g=g), transposed(g, key), rtol=1e-12)


class TestWithoutScatter:
    """Libraries in which nothing can be added up at indices that repeat."""

    @pytest.mark.parametrize(
        "taken",
        [
            lambda x, i: xp.take(x, i, axis=1),
            lambda x, i: mt.grad(lambda x: xp.sum(xp.take(x, i, axis=1) ** 3))(x),
            lambda x, i: xp.repeat(x, 3, axis=0),
            lambda x, i: x[::2, 1],
        ],
        ids=["take", "its gradient", "repeat", "slices"],
    )
    @pytest.mark.parametrize("library", ["array_api_strict", "dask.array"])
    def test_cotangents_are_added_up_all_the_same(self, taken, library):
        module = pytest.importorskip(library, reason=f"{library} is not installed")

        def pulled(array):
            value, pullback = mt.vjp(lambda x: taken(x, array(np.array([0, 2, 0]))), array(X))
            return np.asarray(pullback(value * 1)[0])

        assert_array_equal(pulled(module.asarray), pulled(np.asarray))


class TestSetitem:
    """x[key] = value, as a function."""

    @pytest.mark.parametrize("key", [key for key in KEYS if not isinstance(key, list)], ids=str)
    def test_the_value_gets_what_flows_back_at_the_key_and_x_the_rest(self, key, slopes):
        value = np.full_like(X[key], -1.0)
        expected = X.copy()
        expected[key] = value
        before = X.copy()
        assert_array_equal(xp.setitem(mt.Var(X), key, value).value, expected)
        assert_array_equal(X, before)
        to_x, to_value = slopes(lambda x, v: xp.setitem(x, key, v), X, value, g=X)
        rest = X.copy()
        rest[key] = 0
        assert_array_equal(to_x, rest)
        assert to_value.sum() == (X - rest).sum()

    def test_a_broadcast_value_gets_the_sum(self, slopes):
        to_value = slopes(lambda x, v: xp.setitem(x, (slice(None), 1), v), X, np.asarray(5.0), g=X)[1]
        assert to_value == X[:, 1].sum()

    def test_of_several_values_for_one_entry_the_last_gets_the_gradient(self, slopes):
        key, value = np.array([0, 0, 2, 0]), np.array([1.0, 2.0, 3.0, 4.0])
        x = np.zeros(3)
        assert_array_equal(xp.setitem(x, key, value), [4, 0, 3])
        to_x, to_value = slopes(lambda x, v: xp.setitem(x, key, v), x, value, g=np.array([5.0, 6.0, 7.0]))
        assert_array_equal(to_x, [0, 6, 0])
        assert_array_equal(to_value, [0, 0, 7, 5])

    def test_assignment_to_a_result_rebinds_it(self):
        x, v = mt.Var(X), mt.Var(10.0)
        y = x * 1
        y[0, :2] = v
        xp.sum(y * y).backprop()
        expected = 2 * X
        expected[0, :2] = 0
        assert_array_equal(x.grad, expected)
        assert v.grad == 40

    def test_it_differentiates_twice(self):
        def f(v):
            return xp.sum(xp.setitem(X, (0, np.array([1, 1])), v) ** 3)

        assert_array_equal(mt.hessian(f)(np.array([2.0, 3.0])), [[0, 0], [0, 18]])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_taking_an_entry_twice_gives_it_both_cotangents(axis, slope):
    indices = np.array([0, 2, 2])
    taken = np.take(X, indices, axis=axis)
    assert_array_equal(xp.take(mt.Var(X), indices, axis=axis).value, taken)
    key = (indices,) if axis == 0 else (slice(None), indices)
    assert_array_equal(slope(lambda x: xp.take(x, indices, axis=axis), X, g=taken), transposed(taken, key))


def test_taking_needs_to_know_along_which_axis():
    with pytest.raises(OperandError, match=r"basic::take.*x has 2 axes: say which one is meant"):
        xp.take(mt.Var(X), np.array([0]))
    with pytest.raises(OperandError, match=r"basic::take.*x is 0-d: it has no axis"):
        xp.take(mt.Var(np.asarray(1.0)), np.array([0]), axis=0)


@pytest.mark.parametrize(
    ("indices", "axis"), [([[0, 2], [1, 1], [3, -1]], 1), ([[0, 2, 0, 0]], 0), ([[1]], -1)], ids=str
)
def test_taking_along_an_axis_adds_up(indices, axis, slope):
    indices = np.array(indices)
    taken = np.take_along_axis(X, indices, axis=axis)
    g = np.arange(1.0, 1 + taken.size).reshape(taken.shape)
    rows, columns = np.indices(taken.shape)
    at = np.broadcast_to(indices, taken.shape)
    expected = transposed(g, (at, columns) if axis == 0 else (rows, at))
    assert_array_equal(slope(lambda x: xp.take_along_axis(x, indices, axis=axis), X, g=g), expected)
