"""Norms by NumPy's rules, and condition numbers."""

from math import inf

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from tests.ops_basic.random_arrays import complex_normal


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(
    ("shape", "ord", "axis"),
    [
        ((2, 3, 4), None, None),
        ((3,), None, None),
        ((3,), 1, None),
        ((3,), -inf, None),
        ((2, 3), "nuc", None),
        ((2, 3), 2, None),
        ((2, 3), inf, None),
        ((2, 3), 3, 1),
        ((2, 3, 4), None, 1),
        ((2, 3, 4), 0, -1),
        ((2, 3, 4), None, (0, 2)),
        ((2, 3, 4), 1, (2, 0)),
        ((2, 3, 4), 1, (0, 2)),
        ((2, 3, 4), "fro", (-1, -2)),
        ((2, 3, 4), -2, (0, 1)),
    ],
    ids=str,
)
def test_norms_are_numpys(shape, ord, axis, keepdims):
    x = complex_normal(shape)
    wanted = np.linalg.norm(x, ord, axis=axis, keepdims=keepdims)
    assert_allclose(xp.linalg.norm(x, ord, axis=axis, keepdims=keepdims), wanted)
    assert_allclose(xp.linalg.norm(mt.Var(x), ord, axis=axis, keepdims=keepdims).value, wanted)


def test_the_gradient_of_a_norm_is_a_direction_and_zero_at_zero(slope):
    x = complex_normal((2, 3, 4))
    assert_allclose(slope(xp.linalg.norm, x), np.conj(x) / np.linalg.norm(x))
    assert_array_equal(slope(xp.linalg.norm, np.zeros(3)), np.zeros(3))
    to_x = slope(lambda x: xp.linalg.norm(x, axis=(0, 2)), np.zeros((2, 3, 4)))
    assert_array_equal(to_x, np.zeros((2, 3, 4)))


@pytest.mark.parametrize(
    ("shape", "ord", "axis", "said"),
    [
        ((2, 3), "fro", 1, "ord='fro' is a norm of matrices, and this is one of vectors"),
        ((2, 3, 4), 1, None, "over one axis or two, and these are 3"),
        ((2, 3), 5, None, r"basic::linalg.matrix_norm.*ord is 5; a matrix has the norms"),
    ],
)
def test_what_is_no_norm_is_refused(shape, ord, axis, said):
    with pytest.raises(OperandError, match=said):
        xp.linalg.norm(mt.Var(np.ones(shape)), ord, axis=axis)


class TestCond:
    """Condition numbers."""

    @pytest.mark.parametrize("p", [None, 2, -2, 1, -1, inf, -inf, "fro", "nuc"])
    def test_they_are_numpys(self, p):
        x = complex_normal((2, 3, 3))
        assert_allclose(xp.linalg.cond(x, p=p), np.linalg.cond(x, p))
        assert_allclose(xp.linalg.cond(mt.Var(x), p=p).value, np.linalg.cond(x, p))

    def test_that_of_a_diagonal_has_a_closed_form(self, slope):
        x = np.diag([2.0, 8.0, 4.0])
        assert_allclose(slope(xp.linalg.cond, x, g=np.asarray(1.0)), np.diag([-2.0, 0.5, 0.0]), atol=1e-12)

    def test_matrices_need_not_be_square_for_the_usual_one(self, slope):
        x = complex_normal((4, 2))
        assert_allclose(xp.linalg.cond(x), np.linalg.cond(x))
        assert_allclose(np.sum(slope(xp.linalg.cond, x) * x), 0, atol=1e-10)  # scale changes nothing

    def test_a_singular_matrix_is_refused_where_it_is_inverted(self):
        with pytest.raises(OperandError, match=r"basic::linalg.inv\(x=float64\[2,2\]\).*[Ss]ingular"):
            xp.linalg.cond(mt.Var(np.ones((2, 2))), p=1)


@pytest.mark.parametrize("library", ["torch", "array_api_strict"])
def test_other_libraries_agree(library):
    make = pytest.importorskip(library).asarray
    x = complex_normal((2, 3, 3)).real

    def loss(x):
        return xp.sum(xp.linalg.norm(x, 1, axis=(0, 2)) + xp.linalg.norm(x)) + xp.sum(xp.linalg.cond(x, p="fro"))

    assert_allclose(np.asarray(mt.grad(loss)(make(x))), mt.grad(loss)(x), atol=1e-12)
