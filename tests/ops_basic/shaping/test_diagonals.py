"""Matrices made of vectors and of smaller matrices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import block_diag

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

OFFSETS = [0, 1, -1, 3, -4]


@pytest.mark.parametrize("k", OFFSETS)
@pytest.mark.parametrize("shape", [(3,), (1,), (2, 3), (3, 2), (2, 2), (0, 2)], ids=str)
def test_diagonals_are_written_and_read_as_numpy_does(shape, k, moves):
    moves(lambda v: xp.diag(v, k), lambda v: np.diag(v, k), shape)
    moves(lambda v: xp.diagflat(v, k), lambda v: np.diagflat(v, k), shape)


def embedded(x, offset, axis1, axis2):
    """`x` on diagonals, line by line."""
    side = x.shape[-1] + abs(offset)
    out = np.zeros((*x.shape[:-1], side, side))
    for place in np.ndindex(*x.shape):
        *lead, i = place
        out[(*lead, i + max(-offset, 0), i + max(offset, 0))] = x[place]
    return np.moveaxis(out, (-2, -1), (axis1, axis2))


@pytest.mark.parametrize("axes", [(-2, -1), (-1, -2), (0, 1), (0, -1), (1, 2)], ids=str)
@pytest.mark.parametrize("offset", [0, 2, -1])
def test_lines_become_the_diagonals_of_matrices(offset, axes, moves):
    options = {"offset": offset, "axis1": axes[0], "axis2": axes[1]}
    moves(lambda x: xp.diag_embed(x, **options), lambda x: embedded(x, **options), (2, 3))


def test_matrices_with_lines_on_their_diagonals_are_pytorchs():
    torch = pytest.importorskip("torch")
    x = np.arange(6.0).reshape(2, 3)
    for offset, dims in [(1, (-2, -1)), (-2, (0, -1)), (2, (-1, 0))]:
        expected = torch.diag_embed(torch.asarray(x), offset, *dims)
        assert_array_equal(xp.diag_embed(x, offset=offset, axis1=dims[0], axis2=dims[1]), expected)


@pytest.mark.parametrize(
    ("shape", "offset", "axes"),
    [((2, 3), 0, (0, 1)), ((2, 3), 1, (0, 1)), ((3, 2), -2, (0, 1)), ((2, 3, 4), 1, (-1, 0)), ((2, 3), 5, (0, 1))],
    ids=str,
)
def test_writing_a_diagonal_takes_its_cotangent_from_the_matrix(shape, offset, axes, moves):
    source = np.diagonal(np.ones(shape), offset, *axes).shape

    def written(x, src):
        out = x.copy()
        rows = np.moveaxis(out, axes, (-2, -1))
        for i in range(source[-1]):
            rows[..., i + max(-offset, 0), i + max(offset, 0)] = src[..., i]
        return out

    options = {"offset": offset, "axis1": axes[0], "axis2": axes[1]}
    moves(lambda x, src: xp.diagonal_scatter(x, src, **options), written, shape, source)


@pytest.mark.parametrize("shape", [(2, 2), (2, 4), (4, 2), (3, 3, 3), (0, 2)], ids=str)
@pytest.mark.parametrize("wide", [False, True])
def test_filling_the_main_diagonal_is_numpys(shape, wide, moves):
    def filled(x, value):
        out = x.copy()
        if x.size:
            np.fill_diagonal(out, value)
        return out

    moves(xp.fill_diagonal, filled, shape, (min(shape),) if wide else ())


@pytest.mark.parametrize("shapes", [[(2, 1), (1, 3)], [(), (2,), (0, 2), (2, 0)], [(2, 2)]], ids=str)
def test_blocks_along_the_diagonal_are_scipys(shapes, moves):
    moves(xp.block_diag, lambda *arrays: block_diag(*arrays).astype(float), *shapes)


@pytest.mark.parametrize("increasing", [False, True])
@pytest.mark.parametrize("count", [None, 0, 1, 4])
def test_powers_are_numpys(count, increasing):
    x = np.array([0.5, 0.0, -2.0])
    assert_array_equal(xp.vander(mt.Var(x), count, increasing=increasing).value, np.vander(x, count, increasing))


def test_powers_of_zero_have_derivatives_of_every_order():
    weights = np.array([7.0, 5.0, 3.0, 2.0])

    def polynomial(x):
        return xp.sum(xp.vander(x, 4, increasing=True) @ weights)

    x = np.array([0.0, 2.0, -1.0])
    assert_allclose(mt.grad(polynomial)(x), 5 + 6 * x + 6 * x**2)
    assert_allclose(mt.hessian(polynomial)(x), np.diag(6 + 12 * x))


def test_powers_of_several_rows_are_several_matrices():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert_array_equal(xp.vander(x, 3), [np.vander(row, 3) for row in x])


def test_the_other_name_is_the_same_op():
    assert xp.make_diagonal is xp.diag_embed


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda: xp.diag(np.ones((2, 2, 2))), "basic::diag.*v has 3 axes; it must have one or two"),
        (lambda: xp.fill_diagonal(np.ones(3), 1.0), r"basic::fill_diagonal.*x has shape \(3,\)"),
        (lambda: xp.fill_diagonal(np.ones((2, 2, 3)), 1.0), "needs two axes, or more of one length"),
        (lambda: xp.block_diag(np.ones((1, 1, 1))), r"a block has shape \(1, 1, 1\); it can have two axes at most"),
        (lambda: xp.vander(np.ones(2), -1), "N is -1; it can't be negative"),
        (lambda: xp.diagonal_scatter(np.ones((2, 2)), np.ones(3)), r"basic::setitem\(x=float64\[4\].*could not broad"),
    ],
)
def test_what_has_no_such_diagonal_is_refused(f, said):
    with pytest.raises(OperandError, match=said):
        f()
