"""LU decompositions: against SciPy, their rules against the product rule for P L U."""

import numpy as np
import pytest
import scipy.linalg
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from tests.ops_basic.random_arrays import complex_normal

SHAPES = [(3, 3), (4, 2), (2, 4), (1, 1), (0, 0), (2, 3, 3), (2, 1, 4, 2)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_factors_multiply_to_the_matrix_and_are_scipys(shape):
    a = complex_normal(shape)
    P, L, U = xp.linalg.lu(a)
    assert_allclose(P @ L @ U, a, atol=1e-12)
    for found, wanted in zip((P, L, U), scipy.linalg.lu(a), strict=True):
        assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)], ids=str)
def test_the_packed_factors_and_the_exchanges_are_scipys(shape):
    a = complex_normal(shape)
    lu, piv = xp.linalg.lu_factor(a)
    wanted, exchanges = scipy.linalg.lu_factor(a)
    assert_allclose(lu, wanted)
    assert_array_equal(piv, exchanges)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_change_of_the_factors_makes_the_change_of_the_matrix(shape):
    a, change = complex_normal(shape), complex_normal(shape, 1)
    (P, L, U), (_, dL, dU) = mt.jvp(lambda a: tuple(xp.linalg.lu(a)), (a,), (change,))
    assert_allclose(P @ (dL @ U + L @ dU), change, atol=1e-10)
    assert_array_equal(np.triu(dL), np.zeros_like(dL))
    assert_array_equal(np.tril(dU, -1), np.zeros_like(dU))


def test_a_last_pivot_of_zero_is_not_divided_by(slope):
    a = np.asarray([[2.0, 1.0], [4.0, 2.0]])
    to_a = slope(lambda a: xp.linalg.lu(a).U[1, 1], a, g=np.asarray(1.0))
    # U11 = a01 - a00 / a10 · a11, with the second row first
    assert_allclose(to_a, [[-0.5, 1.0], [0.25, -0.5]])


def test_what_a_pivot_of_zero_would_divide_is_left_out(slope):
    to_a = slope(lambda a: xp.linalg.lu_factor(a).lu, np.zeros((2, 2)), g=np.arange(1.0, 5.0).reshape(2, 2))
    assert_array_equal(to_a, [[1, 2], [0, 4]])


def test_the_permutation_and_the_exchanges_carry_no_gradient():
    a = mt.Var(complex_normal((3, 3)))
    assert xp.linalg.lu(a).P.node is None
    assert xp.linalg.lu_factor(a).piv.node is None


@pytest.mark.parametrize("trans", [0, 1, 2, "N", "T", "C"])
@pytest.mark.parametrize("right", [(3,), (3, 2)], ids=str)
def test_a_system_is_solved_by_its_factors_and_differentiated_through_them(right, trans, slopes):
    a, b, g = complex_normal((3, 3)), complex_normal(right, 1), complex_normal(right, 2)
    m = a if trans in (0, "N") else a.T if trans in (1, "T") else a.conj().T
    x = np.linalg.solve(m, b)
    factors = scipy.linalg.lu_factor(a)
    assert_allclose(xp.linalg.lu_solve(factors, b, trans=trans), x)
    to_a, to_b = slopes(lambda a, b: xp.linalg.lu_solve(xp.linalg.lu_factor(a), b, trans=trans), a, b, g=g)
    back = np.linalg.solve(m.T, g)
    assert_allclose(to_b, back)
    to_m = -np.outer(back, x) if x.ndim == 1 else -back @ x.T
    assert_allclose(to_a, to_m if trans in (0, "N") else to_m.T if trans in (1, "T") else to_m.conj().T)


def test_stacks_of_factors_meet_one_right_hand_side(slopes):
    a, b = complex_normal((2, 1, 3, 3)), complex_normal((4, 3, 2), 1)
    assert_allclose(xp.linalg.lu_solve(xp.linalg.lu_factor(a), b), np.linalg.solve(a, b))
    one = complex_normal((3,), 2)
    found = xp.linalg.lu_solve(xp.linalg.lu_factor(a), one)
    assert_allclose(found, np.linalg.solve(a, one[:, None])[..., 0])
    to_a, to_b = slopes(lambda a, b: xp.linalg.lu_solve(xp.linalg.lu_factor(a), b), a, one)
    assert_allclose(np.sum(to_a * a), -np.sum(to_b * one))


@pytest.mark.parametrize(
    ("library", "shape"), [("torch", (4, 2)), ("torch", (2, 2, 3)), ("jax.numpy", (3, 2))], ids=str
)
def test_factors_and_gradients_on_other_libraries(library, shape, compiled):
    make = pytest.importorskip(library).asarray
    a = complex_normal(shape).real.astype("float32")

    def loss(a):
        _, L, U = xp.linalg.lu(a)
        return xp.sum(L**2) + xp.sum(U**3)

    assert_array_equal(np.asarray(xp.linalg.lu_factor(make(a)).piv), xp.linalg.lu_factor(a).piv)
    found, wanted = np.asarray(compiled(library, mt.grad(loss))(make(a))), mt.grad(loss)(a)
    assert_allclose(found, wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "array_api_strict"])
def test_exchanges_one_after_the_other_are_an_order_of_rows(library):
    make = pytest.importorskip(library).asarray
    found = xp.linalg.pivots_to_permutation(make(np.asarray([[2, 2, 3], [0, 1, 2]])), 4)
    assert_array_equal(np.asarray(found), [[2, 0, 3, 1], [0, 1, 2, 3]])
    with pytest.raises(OperandError, match=r"piv is \(3,\); it has to say what 2 rows at most"):
        xp.linalg.pivots_to_permutation(make(np.asarray([0, 1, 2])), 2)


def test_a_library_without_a_decomposition_is_named():
    strict = pytest.importorskip("array_api_strict")
    with pytest.raises(OperandError, match=r"basic::linalg.lu_factor has no forward for array_api_strict"):
        xp.linalg.lu_factor(strict.eye(2))
