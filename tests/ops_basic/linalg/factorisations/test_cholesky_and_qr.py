"""Cholesky's factor, and orthonormal times triangular ones."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

RNG = np.random.default_rng(8)
SHAPES = [(3, 3), (4, 2), (2, 4), (5, 1), (1, 3), (2, 4, 2)]


def drawn(shape, complex=False):
    return RNG.normal(size=shape) + (1j * RNG.normal(size=shape) if complex else 0)


def moved(f, x, u, step=1e-4):
    """The change of f along u, by differences."""
    near, far = ((f(x + h * u) - f(x - h * u)) / (2 * h) for h in (step, 2 * step))
    return (4 * near - far) / 3


class TestCholesky:
    """Of the Hermitian part."""

    @pytest.mark.parametrize("upper", [False, True])
    @pytest.mark.parametrize("complex", [False, True])
    def test_it_is_numpys(self, upper, complex):
        root = drawn((2, 3, 3), complex)
        x = root @ np.swapaxes(root.conj(), -1, -2)
        assert_allclose(xp.linalg.cholesky(x, upper=upper), np.linalg.cholesky(x, upper=upper))

    def test_its_slope_is_symmetric_and_that_of_both_triangles(self, slope):
        x = np.array([[4.0, 2.0], [2.0, 3.0]])
        found = slope(lambda x: xp.linalg.cholesky(x)[1, 0], x)
        assert_allclose(found, [[-0.125, 0.25], [0.25, 0]])  # x₂₁ / √x₁₁
        lopsided = x + np.array([[0, 1], [-1, 0]])
        assert_array_equal(xp.linalg.cholesky(lopsided), xp.linalg.cholesky(x))
        assert_array_equal(slope(lambda x: xp.linalg.cholesky(x)[1, 0], lopsided), found)

    def test_it_gives_the_determinant_its_slope(self):
        root = drawn((3, 3))
        x = root @ root.T + np.eye(3)

        def logdet(x):
            return 2 * xp.sum(xp.log(xp.linalg.diagonal(xp.linalg.cholesky(x))))

        inverse, u = np.linalg.inv(x), root + root.T
        assert_allclose(mt.grad(logdet)(x), inverse)
        assert_allclose(mt.jvp(mt.grad(logdet), (x,), (u,))[1], -inverse @ u @ inverse)

    def test_a_matrix_that_is_not_positive_definite_is_refused(self):
        with pytest.raises(
            OperandError, match=r"basic::linalg.cholesky\(x=float64\[2,2\]\): LinAlgError: .*positive definite"
        ):
            xp.linalg.cholesky(mt.Var(-np.eye(2)))


class TestQR:
    """Orthonormal times triangular."""

    @pytest.mark.parametrize("mode", ["reduced", "complete"])
    @pytest.mark.parametrize("complex", [False, True])
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_the_factors_are_numpys_and_make_up_the_matrix_and_its_changes(self, shape, complex, mode, slopes):
        x, u = drawn(shape, complex), drawn(shape, complex)
        q, r = xp.linalg.qr(x, mode=mode)
        for found, wanted in zip((q, r), np.linalg.qr(x, mode=mode), strict=True):
            assert_array_equal(found, wanted)
        gq, gr = drawn(q.shape, complex), drawn(r.shape, complex)
        (found,) = slopes(lambda x: tuple(xp.linalg.qr(x, mode=mode)), x, g=(gq, gr))
        change = [moved(lambda x, i=i: np.linalg.qr(x, mode=mode)[i], x, u) for i in (0, 1)]
        wanted = np.sum(gq * change[0]).real + np.sum(gr * change[1]).real
        assert_allclose(np.sum(found * u).real, wanted, rtol=1e-7, atol=1e-8)

    def test_further_columns_have_derivatives_where_no_reflection_was_needed(self, slope):
        """The complement of the first two unit vectors, as they lean towards the third and fourth."""
        g = np.zeros((4, 4))
        g[0, 2] = 1
        expected = np.zeros((4, 2))
        expected[2, 0] = -1
        assert_allclose(slope(lambda x: xp.linalg.qr(x, mode="complete").Q, np.eye(4, 2), g=g), expected)

    def test_a_column_that_depends_on_others_leaves_what_it_does_not_touch_alone(self, slope):
        x = np.array([[1.0, 2.0], [0.0, 0.0]])
        assert_allclose(slope(lambda x: xp.linalg.qr(x).R, x, g=np.array([[1.0, 2.0], [0, 3.0]])), [[1, 2], [-6, 3]])
        assert np.isfinite(slope(lambda x: xp.linalg.qr(x).Q, np.zeros((3, 2)))).all()

    def test_columns_of_any_size_have_slopes(self, slope):
        x = drawn((3, 3))
        scales = np.array([1.0, 1e-20, 1e15])
        g = drawn((3, 3))
        by_x, by_scaled = (slope(lambda x: xp.linalg.qr(x).Q, each, g=g) for each in (x, x * scales))
        # no last column moves a square Q: its slopes are rounding alone
        assert_allclose(by_scaled * scales, by_x, atol=1e-14)

    def test_another_mode_is_refused(self):
        with pytest.raises(OperandError, match=r"basic::linalg.qr.*raw-ish"):
            xp.linalg.qr(mt.Var(np.eye(2)), mode="raw-ish")
