"""Determinants, against minors taken one by one: at singular matrices too."""

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

RNG = np.random.default_rng(4)


def minor(x, rows, columns):
    """The determinant without some rows and columns, with the sign of its place among all such."""
    kept = [np.delete(np.arange(len(x)), drop) for drop in (rows, columns)]
    turns = sum(rows) + sum(columns)
    flips = (rows[0] > rows[1]) + (columns[0] > columns[1]) if len(rows) == 2 else 0
    return (-1) ** (turns + flips) * np.linalg.det(x[np.ix_(*kept)])


def cofactors(x):
    """The slope of det: the minor that each entry is multiplied by."""
    return np.array([[minor(x, [i], [j]) for j in range(len(x))] for i in range(len(x))])


def second_slopes(x):
    """The Hessian of det: minors of two rows and columns, 0 where two entries share one."""
    result = np.zeros((len(x),) * 4, dtype=x.dtype)
    for i, j, k, m in product(range(len(x)), repeat=4):
        if i != k and j != m:
            result[i, j, k, m] = minor(x, [i, k], [j, m])
    return result


def of_rank(n, rank, complex=False):
    left, right = RNG.normal(size=(n, rank)), RNG.normal(size=(rank, n))
    return left @ (right + 1j * RNG.normal(size=(rank, n)) if complex else right)


def third(f, x, u):
    """The third derivative of f along u."""
    return mt.grad(mt.grad(mt.grad(lambda t: f(x + t * u))))(0.0)


class TestDet:
    """Determinants."""

    @pytest.mark.parametrize(
        ("x", "expected"),
        [
            ([[1.0, 2.0], [2.0, 4.0]], [[4, -2], [-2, 1]]),
            ([[0.0, 0.0], [0.0, 0.0]], [[0, 0], [0, 0]]),
            ([[0.0]], [[1]]),
            (np.diag([2.0, 3.0, 0.0]), np.diag([0.0, 0.0, 6.0])),
            (np.diag([2.0, 0.0, 0.0]), np.zeros((3, 3))),
            (np.eye(3), np.eye(3)),
        ],
    )
    def test_its_slope_is_the_adjugate_transposed_at_singular_matrices_too(self, x, expected, slope):
        assert_allclose(slope(xp.linalg.det, np.array(x)), expected, atol=1e-15)

    @pytest.mark.parametrize(("n", "rank"), [(n, rank) for n in (1, 2, 3, 4, 5) for rank in range(n + 1)])
    @pytest.mark.parametrize("complex", [False, True])
    def test_its_first_and_second_slopes_are_minors_at_every_rank(self, n, rank, complex, slope):
        x = of_rank(n, rank, complex)
        scale = np.linalg.norm(x) ** 2 + 1
        assert_allclose(slope(xp.linalg.det, x), cofactors(x), atol=1e-13 * scale**1.5)
        direction = of_rank(n, n, complex)
        bend = mt.jvp(lambda x: mt.vjp(xp.linalg.det, x)[1](np.ones((), x.dtype))[0], (x,), (direction,))[1]
        assert_allclose(bend, np.einsum("ijkl,kl->ij", second_slopes(x), direction), atol=1e-13 * scale)

    def test_equal_singular_values_are_ordinary(self):
        assert_allclose(mt.hessian(xp.linalg.det)(np.eye(3)), second_slopes(np.eye(3)), atol=1e-15)

    @pytest.mark.parametrize("rank", [3, 2, 1, 0])
    def test_its_third_slope_is_right_up_to_three_rows(self, rank):
        x, u = of_rank(3, rank), of_rank(3, 3)
        assert_allclose(third(xp.linalg.det, x, u), 6 * np.linalg.det(u))

    def test_its_third_slope_is_right_where_it_is_regular(self):
        u = of_rank(4, 4)
        principal = [np.linalg.det(np.delete(np.delete(u, i, axis=0), i, axis=1)) for i in range(4)]
        assert_allclose(third(xp.linalg.det, np.eye(4), u), 6 * sum(principal))  # of the characteristic polynomial

    def test_its_third_slope_is_refused_at_singular_matrices_rather_than_wrong(self):
        with pytest.raises((OperandError, np.linalg.LinAlgError), match="Singular matrix"):
            third(xp.linalg.det, np.diag([1.0, 1.0, 1.0, 0.0]), np.eye(4))

    def test_stacks_have_each_its_own_cotangent(self, slope):
        x = np.stack([of_rank(3, 3), of_rank(3, 2), of_rank(3, 1)])
        wanted = np.stack([share * cofactors(each) for share, each in zip((2.0, 0.5, 3.0), x, strict=True)])
        assert_allclose(slope(xp.linalg.det, x, g=np.array([2.0, 0.5, 3.0])), wanted, atol=1e-13)


class TestSlogdet:
    """Their signs and logarithms."""

    def test_it_is_numpys(self):
        x = RNG.normal(size=(2, 3, 3))
        for found, wanted in zip(xp.linalg.slogdet(x), np.linalg.slogdet(x), strict=True):
            assert_array_equal(found, wanted)

    def test_its_slope_is_the_inverse_transposed_where_the_determinant_overflows(self, slope):
        x = RNG.normal(size=(200, 200)) + 1e3 * np.eye(200)
        assert np.linalg.slogdet(x)[1] > np.log(np.finfo(float).max)
        assert_allclose(slope(lambda x: xp.linalg.slogdet(x).logabsdet, x), np.linalg.inv(x).T)

    def test_the_sign_of_a_complex_matrix_has_a_slope_and_that_of_a_real_one_none(self, slope):
        x = np.array([[2j]])
        assert_allclose(slope(lambda x: xp.linalg.slogdet(x).sign, x, g=np.array(1.0 + 0j)), [[0.5]])
        assert_allclose(slope(lambda x: xp.linalg.slogdet(x).sign, x, g=np.array(1j)), [[0]])
        assert_array_equal(slope(lambda x: xp.linalg.slogdet(x).sign, np.array([[2.0]])), [[0]])

    def test_a_singular_matrix_has_sign_0_logarithm_minus_infinity_and_no_slope(self, slope):
        x = np.stack([np.zeros((2, 2)), np.eye(2)])
        sign, logarithm = xp.linalg.slogdet(mt.Var(x))
        assert_array_equal(sign.value, [0, 1])
        assert_array_equal(logarithm.value, [-np.inf, 0])
        assert_array_equal(slope(lambda x: xp.linalg.slogdet(x).logabsdet, x), [np.full((2, 2), np.nan), np.eye(2)])

    def test_a_singular_matrix_that_nothing_depends_on_gets_no_nan(self, slope):
        x = np.stack([np.zeros((2, 2)), np.eye(2)])
        found = slope(lambda x: xp.linalg.slogdet(x).logabsdet, x, g=np.array([0.0, 1.0]))
        assert_array_equal(found, [np.zeros((2, 2)), np.eye(2)])
