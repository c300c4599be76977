"""The solver against a dense one."""

import mutorch_ops_tridiagonal as tridiagonal
import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

RNG = np.random.default_rng(0)
LOWER, DIAGONAL, UPPER = RNG.normal(size=4), 5 + RNG.normal(size=5), RNG.normal(size=4)


def dense(lower, diagonal, upper, b):
    matrix = xp.make_diagonal(diagonal) + xp.make_diagonal(lower, offset=-1) + xp.make_diagonal(upper, offset=1)
    return xp.linalg.solve(matrix, b)


@pytest.mark.parametrize("sides", [(5,), (5, 3)])
def test_value_and_gradients_are_those_of_the_dense_solver(sides):
    b = RNG.normal(size=sides)
    operands, everything = (LOWER, DIAGONAL, UPPER, b), (0, 1, 2, 3)
    assert_allclose(tridiagonal.solve(*operands), dense(*operands), rtol=1e-12)
    ours, theirs = (
        mt.grad(lambda *o, f=f: xp.sum(xp.sin(f(*o))), argnums=everything)(*operands)
        for f in (tridiagonal.solve, dense)
    )
    for own, reference in zip(ours, theirs, strict=True):
        assert_allclose(own, reference, rtol=1e-11, atol=1e-14)


def test_a_singular_matrix_is_an_error():
    with pytest.raises(OperandError, match=r"tridiagonal::solve.*singular"):
        tridiagonal.solve(np.ones(1), np.ones(2), np.ones(1), np.ones(2))
