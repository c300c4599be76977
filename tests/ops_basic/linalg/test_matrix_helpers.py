"""Adjoints, Hermitian parts, diagonals and thresholds of matrices."""

import array_api_compat.numpy as xp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mutorch_ops_basic.linalg import matrix_helpers as helpers

RNG = np.random.default_rng(4)
Z = RNG.normal(size=(2, 3, 3)) + 1j * RNG.normal(size=(2, 3, 3))


def test_the_adjoint_is_the_conjugate_transpose():
    assert_array_equal(helpers.adjoint(Z, xp), Z.conj().swapaxes(-1, -2))
    assert_array_equal(helpers.adjoint(Z.real, xp), Z.real.swapaxes(-1, -2))


def test_a_matrix_is_the_sum_of_its_parts():
    hermitian, antihermitian = helpers.hermitian(Z, xp), helpers.antihermitian(Z, xp)
    assert_allclose(hermitian + antihermitian, Z, rtol=1e-15)
    assert_array_equal(hermitian, helpers.adjoint(hermitian, xp))
    assert_array_equal(antihermitian, -helpers.adjoint(antihermitian, xp))


def test_the_hermitian_part_of_the_largest_numbers_does_not_overflow():
    x = np.full((2, 2), np.finfo(np.float64).max)
    assert_array_equal(helpers.hermitian(x, xp), x)


def test_the_identity_has_the_dtype_of_its_model():
    made = helpers.identity(3, np.ones(1, np.float32), xp)
    assert_array_equal(made, np.eye(3, dtype=np.float32))
    assert made.dtype == np.float32


@pytest.mark.parametrize("offset", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("shape", [(3, 3), (3, 4), (4, 3)])
def test_entries_on_a_diagonal_are_what_numpys_diagonal_reads(shape, offset):
    length = np.diagonal(np.zeros(shape), offset).size
    entries = RNG.normal(size=(2, length))
    made = helpers.place_on_diagonal(entries, shape, offset, xp)
    assert made.shape == (2, *shape)
    assert_array_equal(np.diagonal(made, offset, -2, -1), entries)
    assert np.count_nonzero(made) == entries.size


def test_a_number_per_matrix_multiplies_its_entries():
    assert_array_equal(helpers.expand_per_matrix(np.array([2.0, 3.0]), xp) * Z, np.stack([2 * Z[0], 3 * Z[1]]))


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 2, 3)])
def test_what_is_not_square_is_refused_with_its_shape(shape):
    helpers.require_square(Z)
    with pytest.raises(ValueError, match=rf"x has the shape \({', '.join(map(str, shape))},?\)"):
        helpers.require_square(np.ones(shape))


def test_rounding_grows_with_the_largest_value_and_the_longest_side():
    sizes = np.array([[1.0, -8.0], [0.5, 0.25]])
    assert_array_equal(
        helpers.rounding_bound(sizes, (2, 5), xp), 20 * np.finfo(np.float64).eps * np.array([[8.0], [0.5]])
    )
    assert helpers.rounding_bound(np.ones((3, 0)), (0, 4), xp).shape == (3, 1)


def test_the_reciprocal_is_zero_within_the_slack():
    assert_array_equal(helpers.safe_reciprocal(np.array([4.0, 1e-9, -1e-9, 0.0, -0.5]), 1e-8, xp), [0.25, 0, 0, 0, -2])
