"""Cross and outer products, diagonals and traces."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

RNG = np.random.default_rng(6)


@pytest.mark.parametrize(
    ("left", "right", "axis"), [((3,), (3,), -1), ((2, 3), (3,), -1), ((3, 4), (3, 1), 0), ((2, 3, 1), (3, 4), -2)]
)
def test_the_slopes_of_a_cross_product_are_cross_products(left, right, axis, slopes):
    a, b = RNG.normal(size=left), RNG.normal(size=right)
    out = xp.linalg.cross(a, b, axis=axis)
    assert_allclose(out, np.cross(a, b, axis=axis))
    g = RNG.normal(size=out.shape)
    by_a, by_b = slopes(lambda a, b: xp.linalg.cross(a, b, axis=axis), a, b, g=g)
    assert_allclose(np.sum(by_a * a), np.sum(g * out))  # bilinear
    assert_allclose(np.sum(by_b * b), np.sum(g * out))


def test_vectors_of_other_lengths_have_no_cross_product():
    with pytest.raises(OperandError, match="vectors in space have three entries, not 2 and 3"):
        xp.linalg.cross(mt.Var(np.ones(2)), np.ones(3))
    with pytest.raises(OperandError, match=r"axis 0 is another one in 2 axes than in 1: count it from the end"):
        xp.linalg.cross(mt.Var(np.ones((3, 3))), np.ones(3), axis=0)


def test_an_outer_product_conjugates_nothing_and_is_of_vectors(slopes):
    a, b, g = np.array([1j, 2.0]), np.array([3.0, 1j, 1.0]), np.ones((2, 3), dtype=complex)
    assert_array_equal(xp.linalg.outer(a, b), a[:, None] * b)
    by_a, by_b = slopes(xp.linalg.outer, a, b, g=g)
    assert_array_equal(by_a, [4 + 1j, 4 + 1j])
    assert_array_equal(by_b, [2 + 1j] * 3)
    with pytest.raises(OperandError, match="outer is for vectors, not for arrays of 2 and 1 axes"):
        xp.linalg.outer(mt.Var(np.ones((2, 2))), np.ones(2))


@pytest.mark.parametrize("offset", range(-4, 6))
def test_a_diagonal_takes_its_cotangent_back_to_its_place(offset, slope):
    x = RNG.normal(size=(2, 3, 4))
    found = xp.linalg.diagonal(mt.Var(x), offset=offset).value
    assert_array_equal(found, np.diagonal(x, offset=offset, axis1=-2, axis2=-1))
    place = np.eye(3, 4, k=offset)
    assert_array_equal(slope(lambda x: xp.linalg.diagonal(x, offset=offset) ** 2, x), 2 * place * x)
    assert_array_equal(
        slope(lambda x: xp.linalg.trace(x, offset=offset), x, g=np.array([2.0, np.inf]))[1] == np.inf, place == 1
    )


def test_the_dtype_of_a_trace_does_not_change_its_operands(slope):
    x = np.ones((2, 2), dtype=np.float32)
    assert xp.linalg.trace(mt.Var(x), dtype=np.float64).dtype == np.float64
    assert slope(lambda x: xp.linalg.trace(x, dtype=np.float64), x).dtype == np.float32


def test_a_vector_has_no_diagonal():
    with pytest.raises(OperandError, match=r"basic::linalg.diagonal\(x=float64\[3\]\): ValueError"):
        xp.linalg.diagonal(mt.Var(np.ones(3)))


def test_trace_and_diagonal_take_matrices_from_the_last_axes_where_numpy_takes_the_first():
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(xp.linalg.trace(x), np.trace(x, axis1=-2, axis2=-1))
    np.testing.assert_array_equal(xp.linalg.diagonal(x), np.diagonal(x, axis1=-2, axis2=-1))
    for op in (xp.linalg.trace, xp.linalg.diagonal):
        assert f"`numpy.{op.short_name.removeprefix('linalg.')}` takes the first two by default" in op.__doc__
