"""Least squares: tall, wide and rank-deficient matrices, against NumPy and the normal equations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from tests.ops_basic.random_arrays import complex_normal


def of_rank(rank, shape):
    return complex_normal((shape[0], rank)) @ complex_normal((rank, shape[1]), 1)


CASES = [((5, 3), 3), ((3, 5), 3), ((4, 4), 4), ((5, 4), 2), ((3, 5), 1), ((3, 1), 1)]


@pytest.mark.parametrize("right", [(), (2,)], ids=["vector", "matrix"])
@pytest.mark.parametrize(("shape", "rank"), CASES, ids=str)
def test_the_solution_is_numpys_for_any_rank(shape, rank, right):
    x1, x2 = of_rank(rank, shape), complex_normal((shape[0], *right), 2)
    found, wanted = xp.linalg.lstsq(x1, x2), np.linalg.lstsq(x1, x2)
    assert_allclose(found.x, wanted[0])
    assert_allclose(found.residuals, np.sum(np.abs(x2 - x1 @ wanted[0]) ** 2, axis=0), atol=1e-12)
    assert found.rank == wanted[2] == rank
    assert_allclose(found.s, wanted[3], atol=1e-12)


def test_stacks_are_solved_at_once():
    x1, x2 = complex_normal((2, 4, 3)), complex_normal((2, 4, 2), 1)
    found = xp.linalg.lstsq(x1, x2)
    for place in range(2):
        assert_allclose(found.x[place], np.linalg.lstsq(x1[place], x2[place])[0])
    assert found.residuals.shape == (2, 2)
    assert list(found.rank) == [3, 3]


def test_of_full_column_rank_the_gradient_is_that_of_the_normal_equations(slopes):
    x1, x2, g = complex_normal((5, 3)).real, complex_normal((5,), 1).real, complex_normal((3,), 2).real
    found = slopes(lambda x1, x2: xp.linalg.lstsq(x1, x2).x, x1, x2, g=g)
    wanted = slopes(lambda x1, x2: xp.linalg.solve(x1.T @ x1, x1.T @ x2), x1, x2, g=g)
    for one, other in zip(found, wanted, strict=True):
        assert_allclose(one, other)


@pytest.mark.parametrize(("shape", "rank"), CASES, ids=str)
def test_along_changes_that_keep_the_rank_the_derivative_is_right_for_any(shape, rank):
    left, right, x2 = (
        complex_normal((shape[0], rank)),
        complex_normal((rank, shape[1]), 1),
        complex_normal((shape[0],), 2),
    )
    changes = complex_normal(left.shape, 3), complex_normal(right.shape, 4)
    f = lambda left, right: xp.linalg.lstsq(left @ right, x2, rcond=1e-9).x  # noqa: E731 - a formula
    _, found = mt.jvp(f, (left, right), changes)
    step = 1e-6
    ahead, behind = (f(left + t * changes[0], right + t * changes[1]) for t in (step, -step))
    assert_allclose(found, (ahead - behind) / (2 * step), rtol=1e-5, atol=1e-7)


def test_residuals_and_singular_values_have_gradients(slopes):
    x1, x2 = complex_normal((5, 3)).real, complex_normal((5,), 1).real
    to_x1, to_x2 = slopes(lambda x1, x2: xp.linalg.lstsq(x1, x2).residuals, x1, x2)
    x = np.linalg.lstsq(x1, x2)[0]
    assert_allclose(to_x2, 2 * (x2 - x1 @ x))
    assert_allclose(to_x1, -2 * np.outer(x2 - x1 @ x, x), atol=1e-12)
    to_x1, _ = slopes(lambda x1, x2: xp.linalg.lstsq(x1, x2).s, x1, x2)
    u, _, vh = np.linalg.svd(x1, full_matrices=False)
    assert_allclose(to_x1, u @ vh)


def test_small_singular_values_are_left_out_on_demand():
    x1, x2 = np.diag([1.0, 1e-3]), np.ones(2)
    assert_allclose(xp.linalg.lstsq(x1, x2, rcond=1e-2).x, [1, 0], atol=1e-12)
    assert xp.linalg.lstsq(x1, x2, rcond=1e-2).rank == 1
    assert_allclose(xp.linalg.lstsq(x1, x2).x, [1, 1000])


def test_a_hundred_thousand_rows_take_no_square_of_that(slopes):
    x1, x2 = np.vander(np.linspace(-1, 1, 100_000), 3), np.linspace(0, 1, 100_000)
    to_x1, to_x2 = slopes(lambda x1, x2: xp.linalg.lstsq(x1, x2).x, x1, x2)
    assert (to_x1.shape, to_x2.shape) == (x1.shape, x2.shape)
    assert_allclose(to_x2 @ x2, np.linalg.lstsq(x1, x2)[0].sum())


@pytest.mark.parametrize("library", ["torch", "array_api_strict"])
def test_other_libraries_agree(library):
    make = pytest.importorskip(library).asarray
    x1, x2 = complex_normal((4, 2)).real, complex_normal((4,), 1).real

    def loss(x1, x2):
        found = xp.linalg.lstsq(x1, x2)
        return xp.sum(found.x**2) + xp.sum(found.residuals) + xp.sum(found.s)

    for one, other in zip(
        mt.grad(loss, argnums=(0, 1))(make(x1), make(x2)), mt.grad(loss, argnums=(0, 1))(x1, x2), strict=True
    ):
        assert_allclose(np.asarray(one), other, atol=1e-12)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(OperandError, match=r"float64\[3,4\], x2=float64\[3\]"):
        xp.linalg.lstsq(mt.Var(np.ones((4, 3))), np.ones(3))
