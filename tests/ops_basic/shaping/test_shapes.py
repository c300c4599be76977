"""Changes of shape: the values are NumPy's, and each cotangent finds its way back."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.arange(1.0, 25.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("f", "numpy"),
    [
        (lambda xp, x: xp.reshape(x, (4, -1)), np),
        (lambda xp, x: xp.permute_dims(x, (2, 0, 1)), np),
        (lambda xp, x: xp.permute_dims(x, (-1, 0, 1)), np),
        (lambda xp, x: xp.moveaxis(x, 0, -1), np),
        (lambda xp, x: xp.moveaxis(x, (0, 1), (2, 0)), np),
        (lambda xp, x: xp.expand_dims(x, axis=0), np),
        (lambda xp, x: xp.expand_dims(x, axis=-2), np),
        (lambda xp, x: xp.squeeze(xp.reshape(x, (1, 24, 1)), axis=(0, 2)), np),
        (lambda xp, x: xp.squeeze(xp.reshape(x, (24, 1)), axis=-1), np),
        (lambda xp, x: xp.flip(x), np),
        (lambda xp, x: xp.flip(x, axis=(0, -1)), np),
        (lambda xp, x: xp.roll(x, 5), np),
        (lambda xp, x: xp.roll(x, (1, -2), axis=(0, 2)), np),
        (lambda xp, x: xp.matrix_transpose(x), np),
    ],
)
def test_a_permutation_of_entries_is_undone_by_its_rule(f, numpy, slope):
    expected = f(numpy, X)
    assert_array_equal(f(xp, mt.Var(X)).value, expected)
    assert_array_equal(slope(lambda x: f(xp, x), X, g=expected), X)


@pytest.mark.parametrize("name", ["tril", "triu"])
@pytest.mark.parametrize("k", [-1, 0, 2])
def test_triangles_of_cotangents_flow_back(name, k, slope):
    triangle = getattr(np, name)(X, k)
    assert_array_equal(getattr(xp, name)(mt.Var(X), k=k).value, triangle)
    assert_array_equal(slope(lambda x: getattr(xp, name)(x, k=k), X, g=X), triangle)


def test_broadcasting_to_new_leading_axes_sums_over_them(slope):
    x, g = np.ones((3, 1)), np.arange(24.0).reshape(2, 3, 4)
    assert_array_equal(slope(lambda x: xp.broadcast_to(x, (2, 3, 4)), x, g=g), g.sum((0, 2)).reshape(3, 1))


def test_arrays_broadcast_against_each_other(slopes):
    a, b = np.ones((3, 1)), np.ones(4)
    one, two = xp.broadcast_arrays(mt.Var(a), b)
    assert one.shape == two.shape == (3, 4)
    assert one.node is not None
    got = slopes(lambda a, b: xp.multiply(*xp.broadcast_arrays(a, b)), a, b)
    assert_array_equal(got[0], np.full((3, 1), 4.0))
    assert_array_equal(got[1], np.full(4, 3.0))


@pytest.mark.parametrize("indexing", ["xy", "ij"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_grids_are_numpys(indexing, count):
    axes = [np.arange(float(2 + i)) for i in range(count)]
    for got, expected in zip(
        xp.meshgrid(*map(mt.Var, axes), indexing=indexing), np.meshgrid(*axes, indexing=indexing), strict=True
    ):
        assert_array_equal(got.value, expected)


def test_a_grid_sums_back_onto_its_axes():
    a, b = mt.Var(np.arange(2.0)), mt.Var(np.arange(3.0))
    first, second = xp.meshgrid(a, b)
    xp.sum(first * second).backprop()
    assert_array_equal(a.grad, [3, 3])
    assert_array_equal(b.grad, [1, 1, 1])


def test_another_indexing_is_refused():
    with pytest.raises(OperandError, match='indexing is \'yx\'; it must be "xy" or "ij"'):
        xp.meshgrid(X[0, 0], indexing="yx")


def test_a_shape_of_other_size_is_refused_naming_the_op():
    with pytest.raises(OperandError, match=r"basic::reshape\(x=float64\[2,3,4\]\): ValueError"):
        xp.reshape(mt.Var(X), (5, 5))
