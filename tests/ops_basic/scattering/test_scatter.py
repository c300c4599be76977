"""Writes by index: repeated indices, every reduction, zeros and ties."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

REPEATED = np.array([2, 0, 2])


def along(axis, part):
    """The key that indexes one of two axes."""
    return (slice(None),) * (axis % 2) + (part,)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_slices_are_written_at_indices_and_of_several_the_last_stays(axis, moves):
    def written(x, source):
        out = x.copy()
        out[along(axis, REPEATED)] = source
        return out

    source = (3, 4) if axis == 0 else (3, 3)
    moves(lambda x, source: xp.index_copy(x, axis, REPEATED, source), written, (3, 4), source)
    moves(lambda x, value: xp.index_fill(x, axis, REPEATED, value), written, (3, 4), ())


def test_slices_added_at_one_index_add_up(slopes):
    x, source = np.zeros((3, 2)), np.arange(6.0).reshape(3, 2)
    expected = x.copy()
    np.add.at(expected, REPEATED, 2 * source)
    assert_array_equal(xp.index_add(x, 0, REPEATED, source, alpha=2), expected)
    g = np.arange(1.0, 7).reshape(3, 2)
    to_x, to_source = slopes(lambda x, source: xp.index_add(x, 0, REPEATED, source, alpha=2), x, source, g=g)
    assert_array_equal(to_x, g)
    assert_array_equal(to_source, 2 * g[REPEATED])


KEY = (np.array([0, 1, 0, 0]), np.array([1, 1, 1, 0]))


def test_values_are_put_at_index_arrays(moves, slopes):
    def written(x, values):
        out = x.copy()
        out[KEY] = values
        return out

    moves(lambda x, values: xp.index_put(x, KEY, values), written, (2, 2), (4,))
    moves(lambda x, values: xp.index_put(x, list(KEY), values), written, (2, 2), ())
    g = np.array([[1.0, 2.0], [3.0, 4.0]])
    to_x, to_values = slopes(lambda x, v: xp.index_put(x, KEY, v, accumulate=True), np.zeros((2, 2)), np.ones(4), g=g)
    assert_array_equal(to_x, g)
    assert_array_equal(to_values, [2, 4, 2, 1])


@pytest.mark.parametrize("values", [(), (2,), (2, 3), (9,)], ids=str)
def test_putting_goes_in_a_circle_as_numpy_does(values, moves):
    indices = np.array([[0, -1, 4], [2, 0, 3]])

    def written(x, values):
        out = x.copy()
        np.put(out, indices, values)
        return out

    moves(lambda x, values: xp.put(x, indices, values), written, (2, 3), values)
    once = np.array([5, 1, 0])
    added = xp.put(np.ones((2, 3)), np.tile(once, 2), np.array([1.0, 2.0]), accumulate=True)
    assert_array_equal(added, [[4, 4, 1], [1, 1, 4]])


@pytest.mark.parametrize(
    ("indices", "values", "axis"),
    [
        ([[0, 2, 0], [1, 1, 3]], (2, 3), 1),
        ([[1], [0]], (2, 1), -1),
        ([[1, 0, 1, 1]], (), 0),
        ([[3, 3]], (2, 2), 1),
        ([7, 0, 7], (3,), None),
    ],
)
def test_putting_along_an_axis_is_numpys(indices, values, axis, moves):
    indices = np.array(indices)

    def written(x, values):
        out = x.copy()
        np.put_along_axis(out, indices, values, axis)
        return out

    moves(lambda x, values: xp.put_along_axis(x, indices, values, axis=axis), written, (2, 4), values)


@pytest.mark.parametrize(("axis", "index", "shape"), [(0, 1, (4,)), (1, -1, (3,)), (-2, 2, (4,)), (1, 0, ())], ids=str)
def test_one_slice_is_written(axis, index, shape, moves):
    def written(x, source):
        out = x.copy()
        out[along(axis, index)] = source
        return out

    moves(lambda x, source: xp.select_scatter(x, source, axis, index), written, (3, 4), shape)


@pytest.mark.parametrize(
    ("part", "shape"), [(slice(None), (3, 4)), (slice(1, -1, 2), (3, 1)), (slice(-2, None), (3, 2))], ids=str
)
def test_a_range_of_slices_is_written(part, shape, moves):
    def written(x, source):
        out = x.copy()
        out[:, part] = source
        return out

    options = {"axis": 1, "start": part.start, "end": part.stop, "step": part.step or 1}
    moves(lambda x, source: xp.slice_scatter(x, source, **options), written, (3, 4), shape)


class TestScatterReduce:
    """x with those entries of src reduced into it whose index it is; index may be smaller than src and x."""

    X = np.array([[1.0, 2.0, -3.0], [4.0, 0.0, 6.0]])
    SRC = np.array([[2.0, 0.0, 5.0, 9.0], [4.0, 0.0, 7.0, 9.0], [0.5, 3.0, 6.0, 9.0]])
    INDEX = np.array([[0, 1, 1], [1, 1, 1], [0, 1, 1]])

    @pytest.mark.parametrize("include_self", [True, False])
    @pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin"])
    def test_values_and_gradients_are_pytorchs(self, reduce, include_self):
        torch = pytest.importorskip("torch")
        start = self.X + (0 if include_self else 0.125)  # PyTorch counts an entry into ties that it was excluded from
        x, src = (torch.tensor(a, requires_grad=True) for a in (start, self.SRC))
        index, weights = torch.tensor(self.INDEX), torch.tensor(np.cos(self.X))
        # PyTorch's own rule refuses a src wider than its index
        expected = torch.scatter_reduce(x, 0, index, src[:, :3], reduce, include_self=include_self)
        first = torch.autograd.grad((expected * weights).sum(), (x, src))

        def own(x, src):
            return xp.scatter_reduce(x, 0, self.INDEX, src, reduce, include_self=include_self)

        assert_allclose(own(start, self.SRC), expected.detach())
        got = mt.grad(lambda x, src: xp.sum(own(x, src) * np.cos(self.X)), argnums=(0, 1))(start, self.SRC)
        for mine, theirs in zip(got, first, strict=True):
            assert_allclose(mine, theirs, atol=1e-14)

    def test_a_factor_of_zero_leaves_the_other_factors_derivatives(self):
        index = np.array([0, 0, 0])

        def product(src):
            return xp.sum(xp.scatter_reduce(np.array([2.0, 5.0]), 0, index, src, "prod"))

        src = np.array([3.0, 0.0, 4.0])
        assert_array_equal(mt.grad(product)(src), [0, 24, 0])
        assert_array_equal(mt.hessian(product)(src), [[0, 8, 0], [8, 0, 6], [0, 6, 0]])
        assert_array_equal(mt.grad(product)(np.array([0.0, 0.0, 4.0])), [0, 0, 0])
        assert_array_equal(mt.hessian(product)(np.array([0.0, 0.0, 4.0]))[0], [0, 8, 0])

    @pytest.mark.parametrize("reduce", ["amax", "amin"])
    def test_ties_share_evenly(self, reduce, slopes):
        index, x, src = np.array([0, 0, 1]), np.array([2.0, 1.0]), np.array([2.0, 2.0, 1.0])
        to_x, to_src = slopes(lambda x, src: xp.scatter_reduce(x, 0, index, src, reduce), x, src)
        assert_allclose(to_x, [1 / 3, 1 / 2])
        assert_allclose(to_src, [1 / 3, 1 / 3, 1 / 2])
        without = slopes(lambda x, src: xp.scatter_reduce(x, 0, index, src, reduce, include_self=False), x, src)
        assert_array_equal(without[0], [0, 0])
        assert_array_equal(without[1], [0.5, 0.5, 1])

    def test_a_nan_is_the_largest_and_the_smallest(self, slopes):
        x, src, index = np.array([1.0, 1.0]), np.array([np.nan, 2.0]), np.array([0, 1])
        to_x, to_src = slopes(lambda x, src: xp.scatter_reduce(x, 0, index, src, "amax"), x, src)
        assert_array_equal(to_x, [np.nan, 0])
        assert_array_equal(to_src, [np.nan, 1])

    def test_a_mean_counts_the_entry_itself_unless_excluded(self, slopes):
        x, src, index = np.array([9.0, 5.0]), np.array([1.0, 2.0]), np.array([0, 0])
        assert_array_equal(xp.scatter_reduce(x, 0, index, src, "mean"), [4, 5])
        assert_array_equal(xp.scatter_reduce(x, 0, index, src, "mean", include_self=False), [1.5, 5])
        to_x, to_src = slopes(lambda x, s: xp.scatter_reduce(x, 0, index, s, "mean", include_self=False), x, src)
        assert_array_equal(to_x, [0, 1])
        assert_array_equal(to_src, [0.5, 0.5])

    def test_adding_is_a_reduction_by_sum(self, slopes):
        own = slopes(lambda x, src: xp.scatter_add(x, 1, self.INDEX[:2, :2], src), self.X, self.SRC)
        other = slopes(lambda x, src: xp.scatter_reduce(x, 1, self.INDEX[:2, :2], src, "sum"), self.X, self.SRC)
        assert_array_equal(xp.scatter_add(self.X, 1, self.INDEX[:2, :2], self.SRC), [[3, 2, -3], [4, 4, 6]])
        for one, two in zip(own, other, strict=True):
            assert_array_equal(one, two)

    def test_an_index_may_be_a_variable_over_raw_arrays(self):
        for reduce in ("mean", "amax"):
            got = xp.scatter_reduce(self.X, 0, mt.Var(self.INDEX), self.SRC, reduce)
            assert_array_equal(got.value, xp.scatter_reduce(self.X, 0, self.INDEX, self.SRC, reduce))


X, INDEX = np.zeros((2, 3)), np.array([0, 1])


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda: xp.index_add(X, 2, INDEX, X), r"basic::index_add\(x=float64\[2,3\].*axis 2 is out of bounds"),
        (lambda: xp.index_copy(X, 0, np.array([5]), 1.0), r"basic::setitem.*IndexError: index 5 is out of bounds"),
        (lambda: xp.put_along_axis(X, INDEX, 1.0, axis=3), "basic::put_along_axis.*axis 3 is out of bounds"),
        (lambda: xp.put(X, INDEX, np.zeros(0)), "basic::put"),
        (lambda: xp.scatter_add(X, 0, INDEX, X), "x has 2 axes, index 1 and src 2: they must have as many"),
        (lambda: xp.scatter_add(X, 0, INDEX[:, None], X[:1]), "index has 2 entries along axis 0, where .* room for 1"),
        (
            lambda: xp.scatter_reduce(X, 0, INDEX[:, None], X, "max"),
            "reduce is 'max'; it must be one of sum, mean, prod",
        ),
    ],
)
def test_indices_that_do_not_fit_are_refused(f, said):
    with pytest.raises(OperandError, match=said):
        f()
