"""Functions of one matrix, applied to stacks of them."""

import array_api_compat.numpy as xp
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.linalg import expm

from mutorch_ops_basic.linalg.batching import broadcast_stacks, map_matrices, permute_rows

RNG = np.random.default_rng(2)


def test_a_function_of_a_matrix_is_applied_to_each_of_a_stack():
    x = RNG.normal(size=(2, 3, 4, 4))
    got = map_matrices(expm, x)
    for place in np.ndindex(2, 3):
        assert_array_equal(got[place], expm(x[place]))


def test_stacks_of_several_operands_broadcast():
    a, b = RNG.normal(size=(2, 1, 3, 3)), RNG.normal(size=(4, 3, 5))
    got = map_matrices(np.linalg.solve, a, b)
    assert got.shape == (2, 4, 3, 5)
    assert_array_equal(got[1, 2], np.linalg.solve(a[1, 0], b[2]))


def test_a_lone_matrix_is_handed_to_the_function_itself():
    x = RNG.normal(size=(3, 3))
    assert map_matrices(lambda each: each, x) is x


def test_an_empty_stack_gives_an_empty_result_and_no_call():
    def never(*_):
        raise AssertionError("there is no matrix to call it with")

    got = map_matrices(never, np.ones((0, 3, 3), np.float32), np.ones((3, 2), np.float32))
    assert (got.shape, got.dtype) == ((0, 3, 2), np.float32)


def test_stacks_that_do_not_broadcast_are_refused():
    with pytest.raises(ValueError, match="broadcast"):
        map_matrices(np.matmul, np.ones((2, 3, 3)), np.ones((4, 3, 3)))


def test_broadcast_stacks_have_one_dtype():
    a, b = broadcast_stacks(xp, np.ones((2, 1, 3, 3), np.float32), np.ones((4, 3, 5)))
    assert (a.shape, b.shape) == ((2, 4, 3, 3), (2, 4, 3, 5))
    assert a.dtype == b.dtype == np.float64


def test_rows_are_permuted_alike_in_all_matrices_or_in_each_by_its_own_order():
    x = RNG.normal(size=(2, 3, 4))
    assert_array_equal(permute_rows(x, np.array([2, 0, 1]), xp), x[:, [2, 0, 1]])
    orders = np.array([[2, 0, 1], [0, 2, 1]])
    assert_array_equal(permute_rows(x, orders, xp), np.stack([x[0, [2, 0, 1]], x[1, [0, 2, 1]]]))
    assert_array_equal(permute_rows(x[0], orders, xp), np.stack([x[0, [2, 0, 1]], x[0, [0, 2, 1]]]))
