"""Products of reflections: what LAPACK makes of them, and derivatives of the product written out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import lapack

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from tests.ops_basic.random_arrays import complex_normal

SHAPES = [((3, 3), 3), ((5, 3), 3), ((5, 3), 2), ((4, 4), 1), ((3, 2), 0), ((2, 4, 2), 2), ((1, 1), 1), ((0, 0), 0)]


def one_by_one(x, tau):
    """The product, reflection by reflection."""
    m, n = x.shape[-2:]
    product = np.eye(m)
    for i in range(tau.shape[-1]):
        v = xp.tril(x, k=-1)[..., :, i : i + 1] + np.eye(m)[:, i : i + 1]
        product = product @ (np.eye(m) - tau[..., None, i : i + 1] * (v @ xp.conj(xp.matrix_transpose(v))))
    return product[..., :, :n]


@pytest.mark.parametrize(("shape", "count"), SHAPES, ids=str)
def test_all_at_once_is_one_by_one_in_value_and_gradient(shape, count, slopes):
    x, tau = complex_normal(shape), complex_normal((*shape[:-2], count), 1)
    wanted = one_by_one(x, tau) if count else np.eye(*shape)
    assert_allclose(xp.linalg.householder_product(x, tau), wanted, atol=1e-12)
    if count:
        g = complex_normal(shape, 2)
        for found, other in zip(
            slopes(xp.linalg.householder_product, x, tau, g=g), slopes(one_by_one, x, tau, g=g), strict=True
        ):
            assert_allclose(found, other, atol=1e-10)


def test_what_lapack_leaves_behind_is_its_orthonormal_factor():
    a = complex_normal((4, 3)).real
    packed, tau, _, _ = lapack.dgeqrf(a)
    assert_allclose(xp.linalg.householder_product(packed, tau), np.linalg.qr(a).Q, atol=1e-12)


def test_a_reflection_with_factor_zero_is_none_and_has_a_derivative(slopes):
    x, tau = np.asarray([[9.0, 9.0], [2.0, 9.0]]), np.zeros(2)
    assert_array_equal(xp.linalg.householder_product(x, tau), np.eye(2))
    to_x, to_tau = slopes(xp.linalg.householder_product, x, tau)
    assert_array_equal(to_x, np.zeros((2, 2)))
    assert_array_equal(to_tau, [-9, -1])  # -(1 + 2)² and -1


def test_other_libraries_agree():
    for library in ("torch", "array_api_strict"):
        make = pytest.importorskip(library).asarray
        x, tau = complex_normal((4, 3)), complex_normal((3,), 1)
        assert_allclose(np.asarray(xp.linalg.householder_product(make(x), make(tau))), one_by_one(x, tau), atol=1e-12)


@pytest.mark.parametrize(("shape", "count"), [((2, 3), 2), ((3, 2), 3)], ids=str)
def test_more_columns_than_rows_or_reflections_than_columns_are_refused(shape, count):
    with pytest.raises(OperandError, match=f"{count} reflections and {shape[0]} × {shape[1]} entries"):
        xp.linalg.householder_product(mt.Var(np.ones(shape)), np.ones(count))
