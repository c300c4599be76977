"""Triangular systems and Cholesky factors, against SciPy and against what the whole matrix gives."""

import numpy as np
import pytest
import scipy.linalg
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from tests.ops_basic.random_arrays import complex_normal

LIBRARIES = ["torch", "jax.numpy", "array_api_strict"]


def matrix(n, *stack, seed=0):
    return complex_normal((*stack, n, n), seed) + 2 * n * np.eye(n)


def whole(a, lower, trans, unit_diagonal):
    """The matrix that a triangular solution solves for."""
    a = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        a = a + np.eye(len(a)) - np.diag(np.diag(a))
    return a if trans in (0, "N") else a.T if trans in (1, "T") else a.conj().T


@pytest.mark.parametrize("unit_diagonal", [False, True])
@pytest.mark.parametrize("trans", [0, 1, 2, "N", "T", "C"])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("right", [(3,), (3, 2)], ids=str)
def test_solve_triangular_reads_one_triangle_and_differentiates_in_it(right, lower, trans, unit_diagonal, slopes):
    a, b, g = matrix(3), complex_normal(right, 1), complex_normal(right, 2)
    how = {"lower": lower, "trans": trans, "unit_diagonal": unit_diagonal}
    m = whole(a, **how)
    x = np.linalg.solve(m, b)
    assert_allclose(xp.linalg.solve_triangular(a, b, **how), x)
    to_a, to_b = slopes(lambda a, b: xp.linalg.solve_triangular(a, b, **how), a, b, g=g)
    back = np.linalg.solve(m.T, g)
    assert_allclose(to_b, back)
    to_m = -np.outer(back, x) if x.ndim == 1 else -back @ x.T
    to_m = to_m if trans in (0, "N") else to_m.T if trans in (1, "T") else to_m.conj().T
    diagonal = -1 if unit_diagonal else 0
    assert_allclose(to_a, np.tril(to_m, diagonal) if lower else np.triu(to_m, -diagonal))


@pytest.mark.parametrize(
    ("left", "right"), [((4,), (3,)), ((4, 1), (2, 3, 2)), ((), (4, 3, 2)), ((0,), (3, 2))], ids=str
)
def test_stacks_broadcast(left, right, slopes):
    a, b = matrix(3, *left), complex_normal(right, 1)
    x = xp.linalg.solve_triangular(a, b)
    assert_allclose(x, np.linalg.solve(np.triu(a), b))
    g = complex_normal(x.shape, 2)
    to_a, to_b = slopes(xp.linalg.solve_triangular, a, b, g=g)
    assert_allclose(np.sum(to_b * b), np.sum(g * x), atol=1e-10)  # linear in b, and of order -1 in a
    assert_allclose(np.sum(to_a * a), -np.sum(g * x), atol=1e-10)
    assert (to_a.shape, to_b.shape) == (a.shape, b.shape)


def test_what_is_not_read_may_be_anything(slopes):
    a = np.asarray([[np.nan, np.inf], [2.0, np.nan]])
    to_a, _ = slopes(lambda a, b: xp.linalg.solve_triangular(a, b, lower=True, unit_diagonal=True), a, np.ones(2))
    assert_array_equal(to_a, [[0, 0], [-1, 0]])


def test_systems_without_equations_have_empty_gradients(slopes):
    to_a, to_b = slopes(xp.linalg.solve_triangular, np.zeros((0, 0)), np.zeros((0, 2)))
    assert (to_a.shape, to_b.shape) == ((0, 0), (0, 2))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("trans", [0, 1, 2])
@pytest.mark.parametrize("lower", [False, True])
def test_triangular_systems_on_other_libraries(library, lower, trans):
    make = pytest.importorskip(library).asarray
    a, b = matrix(3, 2).astype("complex64"), complex_normal((3,), 1).astype("complex64")

    def loss(a, b):
        return xp.sum(xp.real(xp.linalg.solve_triangular(a, b, lower=lower, trans=trans, unit_diagonal=True)))

    for found, wanted in zip(
        mt.grad(loss, argnums=(0, 1))(make(a), make(b)), mt.grad(loss, argnums=(0, 1))(a, b), strict=True
    ):
        assert_allclose(np.asarray(found), wanted, atol=1e-5)


def test_a_zero_on_the_diagonal_is_refused():
    with pytest.raises(
        OperandError, match=r"basic::linalg.solve_triangular\(a=float64\[2,2\], b=float64\[2\]\).*singular"
    ):
        xp.linalg.solve_triangular(mt.Var(np.diag([1.0, 0.0])), np.ones(2))


class TestCholesky:
    """Factors by `cho_factor`, systems by `cho_solve`."""

    @pytest.mark.parametrize("lower", [False, True])
    def test_the_factor_is_scipys_and_its_other_triangle_zero(self, lower):
        a = matrix(3)
        c, flag = xp.linalg.cho_factor(a, lower=lower)
        half = np.tril if lower else np.triu
        assert_allclose(c, half(scipy.linalg.cho_factor(a, lower=lower)[0]))
        assert flag is lower

    @pytest.mark.parametrize("lower", [False, True])
    def test_nothing_flows_to_what_the_factor_is_not_read_from(self, lower, slope):
        a = matrix(3).real
        to_a = slope(lambda a: xp.linalg.cho_factor(a, lower=lower).c, a)
        other = np.triu(to_a, 1) if lower else np.tril(to_a, -1)
        assert_array_equal(other, np.zeros((3, 3)))
        assert np.all(np.diag(to_a) != 0)

    @pytest.mark.parametrize("lower", [False, True])
    @pytest.mark.parametrize("right", [(3,), (3, 2)], ids=str)
    def test_a_system_solved_by_its_factor_is_solved(self, right, lower, slopes):
        half = matrix(3, seed=3)
        a, b = half @ half.conj().T, complex_normal(right, 1)
        factor = xp.linalg.cho_factor(mt.Var(a), lower=lower)
        assert_allclose(xp.linalg.cho_solve(factor, b).value, np.linalg.solve(a, b))
        c = scipy.linalg.cho_factor(a, lower=lower)
        assert_allclose(xp.linalg.cho_solve(c, b), scipy.linalg.cho_solve(c, b))
        to_c, _ = slopes(lambda c, b: xp.linalg.cho_solve((c, lower), b), c[0], b)
        assert_array_equal(np.triu(to_c, 1) if lower else np.tril(to_c, -1), np.zeros((3, 3)))

    def test_the_gradient_through_both_is_that_of_solving(self, slope):
        half, b, g = matrix(3, seed=3).real, np.arange(3.0), np.asarray([1.0, -1.0, 2.0])
        a = half @ half.T
        to_a = slope(lambda a: xp.linalg.cho_solve(xp.linalg.cho_factor(a), b), a, g=g)
        full = -np.outer(np.linalg.solve(a, g), np.linalg.solve(a, b))
        assert_allclose(to_a, np.triu(full + full.T) - np.diag(np.diag(full)))

    def test_an_array_for_the_flag_is_refused(self):
        with pytest.raises(OperandError, match="a factor and whether it is the lower one"):
            xp.linalg.cho_solve((np.eye(2), np.eye(2)), np.ones(2))
