"""Linear algebra: triangles that are read, real eigenvalues, and what is refused."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

M = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 5.0]])


@pytest.mark.parametrize("triangle", ["L", "U"])
def test_eigenvalues_of_a_hermitian_matrix_read_one_triangle(triangle):
    other = np.triu(np.ones((3, 3)), 1) if triangle == "L" else np.tril(np.ones((3, 3)), -1)
    x = mt.Var(M + 9 * other)
    values = np.linalg.eigvalsh(x, triangle)
    np.testing.assert_allclose(values.value, np.linalg.eigvalsh(M))
    np.sum(values**2).backprop()
    np.testing.assert_array_equal(x.grad * other, 0.0)


def test_real_eigenvalues_are_real_numbers():
    values, vectors = np.linalg.eig(mt.Var(M))
    assert values.dtype == vectors.dtype == np.float64
    turning = mt.Var(np.array([[0.0, 1.0], [-1.0, 0.0]]))
    assert np.linalg.eigvals(turning).dtype == np.linalg.eig(turning)[0].dtype == np.complex128


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda m: np.linalg.qr(m, "raw"), r"np\.linalg\.qr\(mode='raw'\) is not supported"),
        (lambda m: np.linalg.svd(m, hermitian=True), r"np\.linalg\.svd\(hermitian=True\) is not supported"),
        (lambda m: np.linalg.pinv(m, hermitian=True), r"np\.linalg\.pinv\(hermitian=True\) is not supported"),
        (lambda m: np.einsum("ij,ij", m, m, order="F"), r"np\.einsum\(order='F'\) is not supported"),
        (lambda m: np.linalg.inv(m * 0.0), "Singular matrix"),
    ],
)
def test_what_has_no_counterpart_is_refused(call, text):
    with pytest.raises(errors.OperandError, match=text):
        call(mt.Var(M))


def test_a_singular_matrix_is_numpys_error_too():
    with pytest.raises(ValueError, match="Singular"):
        np.linalg.solve(mt.Var(M * 0.0), np.ones(3))


def test_the_ellipsis_of_einsum_may_be_in_lists():
    found = np.einsum(mt.Var(M), [..., 0], np.ones(3), [0], [...])
    np.testing.assert_allclose(found.value, M.sum(axis=1))


def test_least_squares_gives_residuals_rank_and_singular_values():
    tall, b = np.vstack([M, M[:1] + 1.0]), np.arange(4.0)
    for one, other in zip(np.linalg.lstsq(mt.Var(tall), b), np.linalg.lstsq(tall, b), strict=True):
        np.testing.assert_allclose(getattr(one, "value", one), other)
