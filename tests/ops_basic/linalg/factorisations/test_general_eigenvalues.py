"""Eigenvalues and eigenvectors of general matrices: their gauge, repeated and missing ones, and closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4), (1, 1), (0, 0), (0, 2, 2)], ids=str)
def test_eigenvectors_are_complex_have_length_one_and_a_positive_entry(shape):
    x = normal(shape)
    values, vectors = xp.linalg.eig(x)
    assert values.dtype == vectors.dtype == np.complex128
    assert_allclose(x @ vectors, vectors * values[..., None, :], atol=1e-10)
    assert_allclose(np.linalg.norm(vectors, axis=-2), np.ones(shape[:-1]))
    large = np.abs(vectors) >= np.abs(vectors).max(axis=-2, keepdims=True, initial=0) / 2
    first = large & (np.cumsum(large, axis=-2) == 1)
    assert_allclose(vectors[first].imag, 0, atol=1e-15)
    assert np.all(vectors[first].real > 0)
    assert_array_equal(xp.linalg.eigvals(x), values)


def test_a_single_matrix_has_single_dtypes():
    values, vectors = xp.linalg.eig(np.eye(2, dtype=np.float32))
    assert values.dtype == vectors.dtype == np.complex64


@pytest.mark.parametrize("power", [1, 2, 3])
def test_sums_of_powers_of_eigenvalues_are_traces(power, slope):
    x = normal((3, 3))
    to_x = slope(lambda x: xp.real(xp.sum(xp.linalg.eigvals(x) ** power)), x, g=np.asarray(1.0))
    assert_allclose(to_x, power * np.linalg.matrix_power(x.T, power - 1), atol=1e-12)


def test_the_second_derivative_of_a_sum_of_cubes_is_that_of_the_trace():
    x, u = normal((3, 3)), normal((3, 3), 1)
    by_x = mt.grad(lambda x: xp.real(xp.sum(xp.linalg.eigvals(x) ** 3)))
    assert_allclose(mt.jvp(by_x, (x,), (u,))[1], 3 * (x @ u + u @ x).T, atol=1e-10)


@pytest.mark.parametrize("x", [np.eye(3), np.diag([1.0, 1.0, 2.0]), np.zeros((2, 2))], ids=["one", "double", "zero"])
def test_repeated_eigenvalues_with_all_their_vectors_have_finite_gradients(x, slope):
    to_x = slope(lambda x: xp.real(xp.sum(xp.linalg.eigvals(x) ** 2)), x, g=np.asarray(1.0))
    assert_allclose(to_x, 2 * x.T)
    _, pullback = mt.vjp(lambda x: xp.linalg.eig(x).eigenvectors, x)
    assert np.isfinite(pullback(np.ones(x.shape, dtype=complex))[0]).all()


def test_functions_of_the_whole_decomposition_do_not_see_the_gauge(slope):
    x, g = normal((3, 3)), normal((3, 3), 1)

    def cube(x):
        values, vectors = xp.linalg.eig(x)
        return xp.linalg.lu_solve(xp.linalg.lu_factor(vectors.mT), (vectors * values**3).mT).mT

    assert_allclose(cube(mt.Var(x)).value, x @ x @ x, atol=1e-12)
    t = x.T
    assert_allclose(slope(cube, x, g=g.astype(complex)), g @ t @ t + t @ g @ t + t @ t @ g, atol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_without_a_full_set_of_eigenvectors_the_gradient_is_no_number_to_rely_on(dtype, slope):
    g = np.asarray([1.0, 2.0])
    for x in ([[0.0, 1.0], [0.0, 0.0]], [[1.0, 0.0], [1.0, 1.0]]):
        to_x = slope(
            xp.linalg.eigvals, np.asarray(x, dtype=dtype), g=g.astype("complex64" if dtype == "float32" else complex)
        )
        assert not np.all(np.abs(to_x) < 1e5)


def test_a_vector_keeps_its_length_and_its_positive_entry():
    x = normal((3, 3)) + 1j * normal((3, 3), 1)
    (_, vectors), (_, change) = mt.jvp(lambda x: tuple(xp.linalg.eig(x)), (x,), (normal((3, 3), 2) + 0j,))
    first = np.argmax(np.abs(vectors) >= np.abs(vectors).max(axis=0) / 2, axis=0)
    assert_allclose(np.sum(np.conj(vectors) * change, axis=0).real, 0, atol=1e-12)
    assert_allclose(change[first, range(3)].imag, 0, atol=1e-12)


@pytest.mark.parametrize("library", ["torch", "jax.numpy"])
def test_eigenvalues_on_other_libraries(library, compiled):
    make = pytest.importorskip(library).asarray
    x = (normal((3, 3)) + np.diag([0.0, 5.0, 10.0])).astype("float32")

    def loss(x):
        values, vectors = xp.linalg.eig(x)
        return xp.sum(xp.abs(values)) + xp.sum(xp.real(vectors) ** 3)

    assert_allclose(np.asarray(compiled(library, mt.grad(loss))(make(x))), mt.grad(loss)(x), atol=1e-3)


def test_matrices_that_are_not_square_are_refused():
    with pytest.raises(OperandError, match=r"basic::linalg.eig\(x=float64\[2,3\]\)"):
        xp.linalg.eigvals(mt.Var(np.ones((2, 3))))
