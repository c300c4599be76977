"""Norms, at zeros and ties above all."""

from math import inf

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

RNG = np.random.default_rng(7)
ORDERS = [2, 1, 0, 3, 2.5, 1.5, 0.5, -1, -2.5, inf, -inf]
MATRIX_ORDERS = ["fro", "nuc", 1, -1, 2, -2, inf, -inf]


def norm(ord, **options):
    return lambda x: xp.linalg.vector_norm(x, ord=ord, **options)


def matrix_norm(ord, **options):
    return lambda x: xp.linalg.matrix_norm(x, ord=ord, **options)


class TestVectors:
    """Norms of entries."""

    @pytest.mark.parametrize("ord", ORDERS)
    @pytest.mark.parametrize("complex", [False, True])
    def test_it_is_homogeneous(self, ord, complex, slope):
        """So Euler's theorem says ⟨slope, x⟩, and ⟨bend, x⟩ is 0."""
        x = RNG.normal(size=(2, 3)) + (1j * RNG.normal(size=(2, 3)) if complex else 0)
        for axis, keepdims in ((None, False), (1, True), ((1, 0), False), (-2, False)):
            f = norm(ord, axis=axis, keepdims=keepdims)
            assert_allclose(f(x), np.linalg.vector_norm(x, ord=ord, axis=axis, keepdims=keepdims))
            found = np.sum((slope(f, x) * x).real)
            assert_allclose(found, 0 if ord == 0 else np.sum(f(x)))
        bend = mt.jvp(mt.grad(norm(ord)), (x,), (x,))[1]
        assert_allclose(bend, np.zeros_like(x), atol=1e-12)

    @pytest.mark.parametrize("ord", ORDERS)
    def test_it_has_slope_and_bend_0_at_the_zero_vector(self, ord, slope):
        with np.errstate(divide="ignore"):
            assert_array_equal(slope(norm(ord), np.zeros(3)), np.zeros(3))
            assert_array_equal(mt.hessian(norm(ord))(np.zeros(3)), np.zeros((3, 3)))

    @pytest.mark.parametrize(
        ("ord", "x", "expected"),
        [
            (1, [0.0, 1.0, -2.0], [0, 1, -1]),
            (1.5, [0.0, 1.0], [0, 1]),
            (0.5, [0.0, 1.0], [0, 1]),
            (3, [0.0, -1.0], [0, -1]),
            (-1, [0.0, 1.0], [0, 0]),
            (inf, [1.0, -1.0], [0.5, -0.5]),
            (inf, [1.0, -3.0, 3.0, 3.0], [0, -1 / 3, 1 / 3, 1 / 3]),
            (-inf, [1.0, -1.0, 2.0], [0.5, -0.5, 0]),
            (-inf, [0.0, 1.0], [0, 0]),
            (2, [1e200, 0.0], [1, 0]),
        ],
    )
    def test_zeros_get_0_and_equal_extremes_share(self, ord, x, expected, slope):
        with np.errstate(divide="ignore", over="ignore"):
            found = slope(norm(ord), np.array(x) if ord != 2 else np.array(x) * 1e-100)
        assert_allclose(found, expected)

    def test_a_zero_entry_of_a_euclidean_norm_bends_it(self):
        assert_allclose(mt.hessian(norm(2))(np.array([0.0, 2.0])), [[0.5, 0], [0, 0]])
        assert_array_equal(mt.hessian(norm(3))(np.array([0.0, 2.0])), np.zeros((2, 2)))

    def test_high_powers_do_not_overflow(self, slope):
        x = np.array([3e3, 4e3])
        assert_allclose(slope(norm(80), x), [(x[0] / x[1]) ** 79, 1], rtol=1e-6)

    def test_single_precision_stays(self, slope):
        for ord in ORDERS:
            assert slope(norm(ord), np.array([1.0, 2.0], dtype=np.float32)).dtype == np.float32


class TestMatrices:
    """Norms of matrices."""

    @pytest.mark.parametrize("ord", MATRIX_ORDERS)
    def test_it_is_numpys_and_homogeneous(self, ord, slope):
        for shape in ((3, 2), (2, 2, 3)):
            x = RNG.normal(size=shape) + 1j * RNG.normal(size=shape)
            assert_allclose(matrix_norm(ord)(x), np.linalg.matrix_norm(x, ord=ord))
            assert_allclose(matrix_norm(ord, keepdims=True)(x), np.linalg.matrix_norm(x, ord=ord, keepdims=True))
            assert_allclose(np.sum((slope(matrix_norm(ord), x) * x).real), np.sum(matrix_norm(ord)(x)))

    @pytest.mark.parametrize("ord", MATRIX_ORDERS)
    def test_its_slope_is_0_at_the_zero_matrix(self, ord, slope):
        assert_array_equal(slope(matrix_norm(ord), np.zeros((2, 3))), np.zeros((2, 3)))

    @pytest.mark.parametrize(
        ("ord", "x", "expected"),
        [
            (2, np.eye(2), np.eye(2) / 2),
            (-2, np.eye(2), np.eye(2) / 2),
            (2, np.diag([2.0, 2.0, 1.0]), np.diag([0.5, 0.5, 0.0])),
            (-2, np.diag([1.0, 0.0]), np.zeros((2, 2))),
            ("nuc", np.diag([3.0, 0.0]), np.diag([1.0, 0.0])),
            ("nuc", np.ones((2, 2)), np.full((2, 2), 0.5)),
            (1, np.array([[1.0, -1.0], [1.0, 1.0]]), np.array([[0.5, -0.5], [0.5, 0.5]])),
            (-inf, np.array([[1.0, 2.0], [2.0, -1.0]]), np.array([[0.5, 0.5], [0.5, -0.5]])),
        ],
    )
    def test_equal_extremes_share_and_zeros_get_0(self, ord, x, expected, slope):
        assert_allclose(slope(matrix_norm(ord), x), expected, atol=1e-15)

    def test_extremes_that_rounding_parts_share(self, slope):
        q, _ = np.linalg.qr(RNG.normal(size=(3, 3)))
        x = q @ np.diag([2.0, 2.0, 1.0]) @ q.T
        assert_allclose(slope(matrix_norm(2), x), (np.eye(3) - np.outer(q[:, 2], q[:, 2])) / 2, atol=1e-14)

    def test_the_nuclear_norm_bends_rightly_where_singular_values_are_equal(self):
        """Along u, the polar factor of 1 turns by u's antisymmetric part."""
        u = RNG.normal(size=(3, 3))
        assert_allclose(mt.jvp(mt.grad(matrix_norm("nuc")), (np.eye(3),), (u,))[1], (u - u.T) / 2, atol=1e-14)

    def test_another_order_is_refused(self):
        with pytest.raises(
            OperandError, match="ord is 3; a matrix has the norms 'fro', 'nuc', 1, -1, 2, -2, inf and -inf"
        ):
            xp.linalg.matrix_norm(mt.Var(np.eye(2)), ord=3)
