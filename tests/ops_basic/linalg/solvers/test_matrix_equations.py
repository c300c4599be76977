"""Sylvester's equation and banded systems, against the whole systems of equations that they are."""

import numpy as np
import pytest
import scipy.linalg
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from tests.ops_basic.random_arrays import complex_normal

LIBRARIES = ["torch", "jax.numpy", "array_api_strict"]


def coefficients(*stack):
    return (
        complex_normal((*stack, 3, 3)) + 6 * np.eye(3),
        complex_normal((2, 2), 1) + 4 * np.eye(2),
        complex_normal((3, 2), 2),
    )


@pytest.mark.parametrize("stack", [(), (4,), (0,)], ids=str)
def test_the_solution_solves_sylvesters_equation_and_its_rule_the_transposed_one(stack, slopes):
    a, b, q = coefficients(*stack)
    x = xp.linalg.solve_sylvester(a, b, q)
    assert_allclose(a @ x + x @ b, np.broadcast_to(q, x.shape), atol=1e-12)
    g = complex_normal(x.shape, 3)
    to_a, to_b, to_q = slopes(xp.linalg.solve_sylvester, a, b, q, g=g)
    back = xp.linalg.solve_sylvester(np.swapaxes(a, -1, -2), b.T, g)
    assert_allclose(to_a, -back @ np.swapaxes(x, -1, -2))
    assert_allclose(to_b, -np.einsum("zji,zjk->ik", x.reshape(-1, 3, 2), back.reshape(-1, 3, 2)))
    assert_allclose(to_q, back.reshape(-1, 3, 2).sum(axis=0))


def test_an_equation_without_unknowns_has_empty_gradients(slopes):
    found = slopes(xp.linalg.solve_sylvester, np.zeros((0, 0)), np.eye(2), np.zeros((0, 2)))
    assert [x.shape for x in found] == [(0, 0), (2, 2), (0, 2)]


@pytest.mark.parametrize(
    ("a", "b", "q", "said"),
    [
        ((2, 3), (2, 2), (2, 2), r"x has the shape \(2, 3\)"),
        ((2, 2), (3, 3), (2, 2), r"q is \(2, 2\); a and b need it to end with \(2, 3\)"),
    ],
)
def test_coefficients_that_do_not_fit_are_refused(a, b, q, said):
    with pytest.raises(OperandError, match=said):
        xp.linalg.solve_sylvester(mt.Var(np.ones(a)), np.ones(b), np.ones(q))


@pytest.mark.parametrize("library", LIBRARIES)
def test_sylvesters_equation_on_other_libraries(library, compiled):
    make = pytest.importorskip(library).asarray
    operands = [x.astype("complex64") for x in coefficients(2)]
    gradient = mt.grad(lambda *x: xp.sum(xp.real(xp.linalg.solve_sylvester(*x) ** 2)), argnums=(0, 1, 2))
    for found, wanted in zip(compiled(library, gradient)(*map(make, operands)), gradient(*operands), strict=True):
        assert_allclose(np.asarray(found), wanted, rtol=1e-3, atol=1e-5)


BANDS = [(1, 1), (0, 0), (2, 1), (0, 2), (1, 0), (4, 3)]


def banded(lower, upper):
    """Bands of a matrix of side 5, and the matrix."""
    ab = complex_normal((lower + upper + 1, 5))
    ab[upper] += 8
    a = np.zeros((5, 5), dtype=complex)
    for i in range(5):
        for j in range(5):
            if -lower <= j - i <= upper:
                a[i, j] = ab[upper + i - j, j]
    return ab, a


@pytest.mark.parametrize("right", [(5,), (5, 2)], ids=str)
@pytest.mark.parametrize("bands", BANDS, ids=str)
def test_a_banded_system_is_that_of_its_matrix(bands, right, slopes):
    upper, (ab, a) = bands[1], banded(*bands)
    b, g = complex_normal(right, 1), complex_normal(right, 2)
    x = np.linalg.solve(a, b)
    assert_allclose(xp.linalg.solve_banded(bands, ab, b), x)
    to_ab, to_b = slopes(lambda ab, b: xp.linalg.solve_banded(bands, ab, b), ab, b, g=g)
    back = np.linalg.solve(a.T, g)
    assert_allclose(to_b, back)
    to_a = -np.outer(back, x) if x.ndim == 1 else -back @ x.T
    wanted = np.zeros_like(ab)
    for i, j in zip(*np.nonzero(a), strict=True):
        wanted[upper + i - j, j] = to_a[i, j]
    assert_allclose(to_ab, wanted)


def test_what_lies_outside_of_the_matrix_may_be_anything(slopes):
    ab = np.asarray([[np.nan, 1.0, 1.0], [4.0, 4.0, 4.0], [1.0, 1.0, np.inf]])
    to_ab, _ = slopes(lambda ab, b: xp.linalg.solve_banded((1, 1), ab, b), ab, np.ones(3))
    assert_array_equal(to_ab[[0, 2], [0, 2]], [0, 0])
    assert np.isfinite(to_ab).all()


@pytest.mark.parametrize("library", LIBRARIES)
def test_banded_systems_on_other_libraries(library, compiled):
    make = pytest.importorskip(library).asarray
    ab, b = banded(2, 1)[0].real.astype("float32"), np.arange(5, dtype="float32")

    def loss(ab, b):
        return xp.sum(xp.linalg.solve_banded((2, 1), ab, b) ** 2)

    found = compiled(library, mt.grad(loss, argnums=(0, 1)))(make(ab), make(b))
    for one, other in zip(found, mt.grad(loss, argnums=(0, 1))(ab, b), strict=True):
        assert_allclose(np.asarray(one), other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("library", ["numpy", "array_api_strict"])
@pytest.mark.parametrize("shape", [(2, 3), (3,)], ids=str)
def test_bands_that_do_not_fit_are_refused(library, shape):
    make = pytest.importorskip(library).ones
    with pytest.raises(
        OperandError, match=r"basic::linalg.solve_banded\(ab=.*diagonals around the main one it needs 3 rows"
    ):
        xp.linalg.solve_banded((1, 1), make(shape), make((3,)))


def test_the_second_derivative_of_a_tridiagonal_system_is_that_of_its_matrix():
    ab, b, u = banded(1, 1)[0].real, np.arange(5.0), complex_normal((3, 5), 4).real
    matrix = np.asarray(np.zeros((5, 5)))
    rows, columns = np.nonzero(scipy.linalg.toeplitz([1, 1, 0, 0, 0]))

    def whole(ab):
        return xp.setitem(xp.asarray(matrix), (rows, columns), ab[1 + rows - columns, columns])

    banded_loss = mt.grad(lambda ab: xp.sum(xp.linalg.solve_banded((1, 1), ab, b) ** 3))
    whole_loss = mt.grad(lambda ab: xp.sum(xp.linalg.solve(whole(ab), b) ** 3))
    assert_allclose(mt.jvp(banded_loss, (ab,), (u,))[1], mt.jvp(whole_loss, (ab,), (u,))[1], atol=1e-12)
