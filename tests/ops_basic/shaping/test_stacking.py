"""Arrays put together: the values are NumPy's, and each part of a cotangent finds its way back."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError


@pytest.mark.parametrize(
    ("f", "shapes"),
    [
        (lambda xp, a, b: xp.append(a, b), [(2, 3), (2,)]),
        (lambda xp, a, b: xp.append(a, b, axis=-1), [(2, 3), (2, 1)]),
        (lambda xp, a: xp.atleast_1d(a), [()]),
        (lambda xp, a: xp.atleast_2d(a), [()]),
        (lambda xp, a: xp.atleast_2d(a), [(3,)]),
        (lambda xp, a: xp.atleast_3d(a), [()]),
        (lambda xp, a: xp.atleast_3d(a), [(3,)]),
        (lambda xp, a: xp.atleast_3d(a), [(2, 3)]),
        (lambda xp, a: xp.atleast_3d(a), [(2, 1, 2, 2)]),
        (lambda xp, *a: xp.hstack(a), [(), (2,)]),
        (lambda xp, *a: xp.hstack(a), [(2, 1), (2, 2)]),
        (lambda xp, *a: xp.hstack(a), [(2, 1, 2), (2, 3, 2)]),
        (lambda xp, *a: xp.vstack(a), [(3,), (2, 3)]),
        (lambda xp, *a: xp.vstack(a), [(), ()]),
        (lambda xp, *a: xp.dstack(a), [(2,), (1, 2), (1, 2, 3)]),
        (lambda xp, *a: xp.column_stack(a), [(2,), (2, 0), (2, 2)]),
        (lambda xp, *a: xp.column_stack(a), [(), (1, 2)]),
        (lambda xp, a, b, c, d: xp.block([[a, b], [c, d]]), [(2, 2), (2, 1), (1, 2), (1, 1)]),
        (lambda xp, a, b, c: xp.block([[a, b], [c]]), [(), (), (2,)]),
        (lambda xp, a, b: xp.block([a, b]), [(2, 1), (2, 2)]),
        (lambda xp, a, b: xp.block([[[a]], [[b]]]), [(1, 2), (1, 2)]),
    ],
)
def test_entries_are_put_where_numpy_puts_them_and_cotangents_go_back(f, shapes, moves):
    moves(lambda *a: f(xp, *a), lambda *a: f(np, *a), *shapes)


def test_lists_of_numbers_and_variables_make_an_array(moves):
    moves(lambda a, b: xp.array_from_list([[a, b], [b, b]]), lambda a, b: np.array([[a, b], [b, b]]), (), ())
    moves(lambda a, b: xp.array_from_list([a, b]), lambda a, b: np.stack([a, b]), (2,), (2,))
    x = mt.Var(3.0)
    made = xp.array_from_list([[1, x], [x * x, 0.5]], dtype=np.float32)
    assert made.dtype == np.float32
    assert_array_equal(made.value, [[1, 3], [9, 0.5]])
    xp.sum(made).backprop()
    assert x.grad == 7


def test_numbers_among_arrays_of_another_library_become_its_own():
    torch = pytest.importorskip("torch")
    x, n = mt.Var(torch.asarray(2.0, dtype=torch.float64)), mt.Var(3.0)
    made = xp.array_from_list([[x * x, n], [1.0, x]])
    assert type(made.value) is torch.Tensor
    xp.sum(made * made).backprop()
    assert_array_equal(x.grad, 4 * 8 + 4)
    assert n.grad == 6


def test_several_arrays_come_back_as_a_tuple():
    one, two = xp.atleast_2d(mt.Var(1.0), np.ones(2))
    assert (one.shape, two.shape) == ((1, 1), (1, 2))


def test_an_array_with_axes_enough_is_not_handed_back_itself():
    x = mt.Var(np.ones(2))
    y = xp.atleast_1d(x)
    y[0] = 5.0
    assert_array_equal(x.value, 1)


def test_a_variable_may_stand_beside_itself():
    x = mt.Var(np.ones(2))
    xp.sum(xp.vstack([x, x]) * np.array([[1.0, 2.0], [3.0, 4.0]])).backprop()
    assert_array_equal(x.grad, [4, 6])


def test_the_other_name_is_the_same_op():
    assert xp.row_stack is xp.vstack


@pytest.mark.parametrize("blocks", [[], [[1.0], 2.0], [[1.0], []]], ids=str)
def test_blocks_nested_unequally_are_refused(blocks):
    with pytest.raises(OperandError, match=r"basic::block.*must not be empty, and all equally deep"):
        xp.block(blocks)


def test_what_does_not_fit_is_refused_with_its_shapes():
    with pytest.raises(OperandError, match=r"basic::concat\(arrays=\[float64\[2,3\], float64\[3,3\]\]\)"):
        xp.hstack([mt.Var(np.ones((2, 3))), np.ones((3, 3))])
    with pytest.raises(OperandError, match=r"basic::stack\(arrays=\[float64\[2\], float64\[3\]\]\)"):
        xp.array_from_list([mt.Var(np.ones(2)), np.ones(3)])
