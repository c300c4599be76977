"""The exponential and the square root of matrices, against SciPy and their closed forms."""

import numpy as np
import pytest
import scipy.linalg
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from tests.ops_basic.random_arrays import complex_normal


def near_identity(shape, seed=0):
    return np.eye(shape[-1]) + 0.2 * complex_normal(shape, seed)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4), (1, 1), (0, 0), (0, 2, 2)], ids=str)
def test_values_are_scipys_and_the_root_squares_back(shape):
    assert_allclose(xp.linalg.expm(complex_normal(shape)), scipy.linalg.expm(complex_normal(shape)))
    root = xp.linalg.sqrtm(near_identity(shape))
    assert_allclose(root @ root, near_identity(shape), atol=1e-12)


def test_the_rule_of_the_exponential_is_frechets_derivative(slope):
    a, g = complex_normal((3, 3)), complex_normal((3, 3), 1)
    assert_allclose(slope(xp.linalg.expm, a, g=g), scipy.linalg.expm_frechet(a.T, g, compute_expm=False))


def test_the_derivative_of_the_exponential_along_the_matrix_is_their_product():
    a = complex_normal((3, 3))
    scaled = mt.grad(lambda t: xp.real(xp.sum(xp.linalg.expm(t * a))))
    assert_allclose(scaled(1.0), np.sum(a @ scipy.linalg.expm(a)).real)
    assert_allclose(mt.grad(scaled)(1.0), np.sum(a @ a @ scipy.linalg.expm(a)).real)


@pytest.mark.parametrize("size", [1e-200, 1e-8, 1e8, 1e200])
def test_a_cotangent_of_any_size_costs_no_digits(size, slope):
    a, g = complex_normal((3, 3)), complex_normal((3, 3), 1)
    assert_allclose(slope(xp.linalg.expm, a, g=size * g) / size, slope(xp.linalg.expm, a, g=g), rtol=1e-12)
    assert_array_equal(slope(xp.linalg.expm, a, g=0 * g), np.zeros((3, 3)))


def test_at_zero_the_exponential_is_the_identity_and_so_is_its_rule(slope):
    g = complex_normal((2, 2))
    assert_array_equal(xp.linalg.expm(np.zeros((2, 2))), np.eye(2))
    assert_allclose(slope(xp.linalg.expm, np.zeros((2, 2), dtype=complex), g=g), g)


def test_the_root_of_what_has_no_full_set_of_eigenvectors(slope):
    a = np.asarray([[4.0, 1.0], [0.0, 4.0]])
    assert_allclose(xp.linalg.sqrtm(a), [[2, 0.25], [0, 2]])
    assert_allclose(
        slope(xp.linalg.sqrtm, a, g=np.asarray([[0.0, 1.0], [0.0, 0.0]])), [[-1 / 64, 1 / 4], [1 / 512, -1 / 64]]
    )


def test_the_root_undoes_squaring_to_second_order():
    a, u = near_identity((3, 3)), complex_normal((3, 3), 1)
    roundtrip = mt.grad(lambda a: xp.real(xp.sum(xp.linalg.sqrtm(a @ a) ** 2)))
    assert_allclose(roundtrip(a), 2 * a, atol=1e-12)
    assert_allclose(mt.jvp(roundtrip, (a,), (u,))[1], 2 * u, atol=1e-11)


@pytest.mark.parametrize(
    ("library", "f"),
    [(name, xp.linalg.expm) for name in ("torch", "jax.numpy", "array_api_strict")]
    + [(name, xp.linalg.sqrtm) for name in ("torch", "array_api_strict")],
)
def test_other_libraries_agree_each_by_its_own_algorithm(library, f, compiled):
    make = pytest.importorskip(library).asarray
    a = near_identity((2, 3, 3)).astype("complex64")
    by_a = mt.value_and_grad(lambda a: xp.sum(xp.real(f(a) ** 2)))
    for found, wanted in zip(compiled(library, by_a)(make(a)), by_a(a), strict=True):
        assert_allclose(np.asarray(found), wanted, rtol=1e-3, atol=1e-4)


def test_the_algorithms_of_the_standards_functions_alone_are_exact_for_any_size():
    strict = pytest.importorskip("array_api_strict")
    a = np.stack([complex_normal((4, 4)), 1e-5 * complex_normal((4, 4)), 15 * complex_normal((4, 4))])
    assert_allclose(np.asarray(xp.linalg.expm(strict.asarray(a))), scipy.linalg.expm(a), rtol=1e-10)
    half = complex_normal((4, 4)) / 1e4
    for a in (half @ half.conj().T + 1e-12 * np.eye(4), 1e8 * near_identity((4, 4)), near_identity((0, 0))):
        assert_allclose(np.asarray(xp.linalg.sqrtm(strict.asarray(a))), scipy.linalg.sqrtm(a), rtol=1e-7)


@pytest.mark.parametrize("f", [xp.linalg.expm, xp.linalg.sqrtm], ids=["expm", "sqrtm"])
@pytest.mark.parametrize("shape", [(), (2,), (2, 3), (0, 2)], ids=str)
def test_what_holds_no_square_matrices_is_refused(f, shape):
    with pytest.raises(OperandError, match="two axes must be of one length"):
        f(mt.Var(np.ones(shape)))


def test_the_exponential_is_known_by_torchs_name_too():
    assert xp.linalg.matrix_exp is xp.linalg.expm
