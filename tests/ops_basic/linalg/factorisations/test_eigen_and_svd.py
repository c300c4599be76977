"""Eigenvalues, singular values and their vectors: where they are equal above all."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

RNG = np.random.default_rng(9)
KINDS = pytest.mark.parametrize("complex", [False, True], ids=["real", "complex"])


def drawn(shape, complex=False):
    return RNG.normal(size=shape) + (1j * RNG.normal(size=shape) if complex else 0)


def unitary(n, complex=False):
    return np.linalg.qr(drawn((n, n), complex))[0]


def symmetrised(x):
    return x + np.swapaxes(x.conj(), -1, -2)


def with_values(values, complex=False):
    """A Hermitian matrix with these eigenvalues."""
    v = unitary(len(values), complex)
    return (v * values) @ v.conj().T


def moved(f, x, u, order, step=1e-3):
    """The first or second derivative of f along u, by differences."""

    def quotient(h):
        ahead, behind = f(x + h * u), f(x - h * u)
        return (ahead - behind) / (2 * h) if order == 1 else (ahead - 2 * f(x) + behind) / h**2

    return (4 * quotient(step / 2) - quotient(step)) / 3


def expect_right_to_second_order(f, x, hermitian=False):
    """A real f of matrices, smooth at x, against differences along a random change."""
    u = drawn(x.shape, np.iscomplexobj(x))
    u = symmetrised(u) if hermitian else u
    slope, bend = mt.jvp(mt.grad(f), (x,), (u,))
    assert_allclose(np.sum(slope * u).real, moved(f, x, u, 1), rtol=1e-7, atol=1e-8)
    assert_allclose(np.sum(bend * u).real, moved(f, x, u, 2), rtol=1e-5, atol=1e-6)


def projector(vectors):
    return vectors @ xp.conj(xp.matrix_transpose(vectors))


def shadow(weights, p):
    """A function of a projector that is not linear in it."""
    return xp.real(xp.linalg.trace(weights @ p @ weights[::-1, ::-1] @ p))


class TestEigh:
    """Of the Hermitian part."""

    @KINDS
    def test_it_is_numpys_to_the_last_digit(self, complex):
        x = symmetrised(drawn((2, 4, 4), complex))
        for found, wanted in zip(xp.linalg.eigh(x), np.linalg.eigh(x), strict=True):
            assert_array_equal(found, wanted)
        assert_array_equal(xp.linalg.eigvalsh(x), np.linalg.eigvalsh(x))

    def test_both_triangles_count_and_the_slope_is_symmetric(self, slope):
        x = np.array([[1.0, 0.5], [0.5, 3.0]])
        lopsided = x + np.array([[0, 1], [-1, 0]])
        for f in (xp.linalg.eigvalsh, lambda x: xp.linalg.eigh(x).eigenvalues):
            assert_allclose(f(lopsided), np.linalg.eigvalsh(x))
            found = slope(f, lopsided, g=np.array([1.0, 0.0]))
            v = np.linalg.eigh(x)[1][:, 0]
            assert_allclose(found, np.outer(v, v))

    def test_vectors_turn_by_the_change_over_the_gap(self, slope):
        x, g = np.diag([1.0, 3.0]), np.array([[0.0, 0.0], [1.0, 0.0]])
        assert_allclose(slope(lambda x: xp.linalg.eigh(x).eigenvectors, x, g=g), [[0, -0.25], [-0.25, 0]])

    def test_the_first_entry_of_complex_vectors_stays_real(self, slope):
        x = symmetrised(drawn((3, 3), True))
        assert_allclose(slope(lambda x: xp.imag(xp.linalg.eigh(x).eigenvectors[0, :]), x), np.zeros((3, 3)), atol=1e-15)

    @KINDS
    @pytest.mark.parametrize("values", [[1, 1, 2, 2], [1, 1, 1, 3], [0, 0, 5, 6], [1, 2, 2, 2]], ids=str)
    def test_functions_of_spaces_are_right_to_second_order_where_eigenvalues_are_equal(self, values, complex):
        x, weights = with_values(values, complex), symmetrised(drawn((4, 4), complex))
        lowest = values.count(values[0])
        expect_right_to_second_order(
            lambda x: shadow(weights, projector(xp.linalg.eigh(x).eigenvectors[:, :lowest])), x, hermitian=True
        )
        expect_right_to_second_order(lambda x: xp.sum(xp.linalg.eigvalsh(x)[:lowest]), x, hermitian=True)

    @pytest.mark.parametrize("f", [xp.linalg.eigvalsh, lambda x: xp.linalg.eigh(x).eigenvalues])
    def test_equal_eigenvalues_have_slopes(self, f, slope):
        assert_allclose(slope(f, np.eye(3)), np.eye(3))
        assert_allclose(slope(lambda x: f(x) ** 3, np.diag([2.0, 2.0, 1.0])), np.diag([12.0, 12, 3]), atol=1e-14)

    def test_what_does_not_depend_on_the_basis_has_slope_0_at_the_identity(self, slope):
        weights = drawn((3, 3))
        found = slope(lambda x: xp.sum(weights * projector(xp.linalg.eigh(x).eigenvectors)), np.eye(3))
        assert_allclose(found, np.zeros((3, 3)), atol=1e-15)


class TestSvd:
    """Singular values and both sides' vectors."""

    @KINDS
    @pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 3, 2)], ids=str)
    def test_the_factors_are_numpys_and_make_up_the_matrix(self, shape, complex):
        x = drawn(shape, complex)
        for full in (False, True):
            u, s, vh = found = xp.linalg.svd(x, full_matrices=full)
            wanted = np.linalg.svd(x, full_matrices=full)
            k = s.shape[-1]
            assert [each.shape for each in found] == [each.shape for each in wanted]
            assert_allclose((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], x)
            for one, other in (
                (u[..., :k], wanted[0][..., :k]),
                (s, wanted[1]),
                (vh[..., :k, :], wanted[2][..., :k, :]),
            ):
                assert_allclose(one, other, atol=1e-15)
            for square in (u, np.swapaxes(vh, -1, -2)) if full else ():
                assert_allclose(
                    np.swapaxes(square.conj(), -1, -2) @ square,
                    np.eye(square.shape[-1]) + 0 * square[..., :1, :1],
                    atol=1e-14,
                )
        assert_array_equal(xp.linalg.svdvals(x), np.linalg.svdvals(x))

    @KINDS
    @pytest.mark.parametrize("shape", [(4, 4), (6, 4), (4, 6)], ids=str)
    def test_functions_of_spaces_are_right_to_second_order_where_singular_values_are_equal(self, shape, complex):
        m, n = shape
        x = (unitary(m, complex)[:, :4] * [2.0, 2, 1, 1]) @ unitary(n, complex)[:4]
        left, right, across = symmetrised(drawn((m, m), complex)), symmetrised(drawn((n, n), complex)), drawn((n, m))

        def polar(x):
            u, _, vh = xp.linalg.svd(x, full_matrices=False)
            factor = u @ vh
            return xp.real(xp.sum(xp.matrix_transpose(across) * factor * factor))

        expect_right_to_second_order(polar, x)
        expect_right_to_second_order(lambda x: shadow(left, projector(xp.linalg.svd(x).U[:, :2])), x)
        expect_right_to_second_order(lambda x: shadow(left, projector(xp.linalg.svd(x).U[:, 4:])), x)
        expect_right_to_second_order(
            lambda x: shadow(right, projector(xp.conj(xp.matrix_transpose(xp.linalg.svd(x).Vh[2:4, :])))), x
        )
        expect_right_to_second_order(lambda x: xp.sum(xp.linalg.svdvals(x)[:2]), x)

    def test_the_polar_factor_at_the_identity_turns_by_the_antisymmetric_part(self, slope):
        g = drawn((3, 3))

        def polar(x):
            u, _, vh = xp.linalg.svd(x)
            return u @ vh

        assert_allclose(slope(polar, np.eye(3), g=g), (g - g.T) / 2, atol=1e-15)

    def test_singular_values_that_are_0_take_nothing_along(self, slope):
        x = np.diag([2.0, 0.0, 0.0])
        found = slope(lambda x: shadow(np.eye(3), projector(xp.linalg.svd(x).U[:, :1])), x)
        assert_allclose(found, np.zeros((3, 3)), atol=1e-15)
        assert np.isfinite(slope(lambda x: xp.linalg.svd(x).U, x)).all()

    @pytest.mark.parametrize(
        ("x", "expected"),
        [(np.eye(2), np.eye(2)), (np.diag([3.0, 2.0]), np.eye(2)), (np.zeros((2, 3)), np.zeros((2, 3)))],
    )
    def test_svdvals_divides_by_nothing(self, x, expected, slope):
        assert_allclose(slope(xp.linalg.svdvals, x), expected, atol=1e-15)

    def test_the_phases_that_are_fixed_stay_fixed(self, slope):
        tall, wide = drawn((3, 2), True), drawn((2, 3), True)
        by_tall = slope(lambda x: xp.imag(xp.linalg.svd(x).Vh[:, 0]), tall)
        by_wide = slope(lambda x: xp.imag(xp.linalg.svd(x).U[0, :]), wide)
        assert_allclose(by_tall, np.zeros((3, 2)), atol=1e-14)
        assert_allclose(by_wide, np.zeros((2, 3)), atol=1e-14)
