"""Arrays taken apart: the parts are NumPy's, and a part that nobody uses gets no cotangent."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError


def flat(joined, parts):
    """All parts in one row."""
    return joined.concat([joined.reshape(part, (-1,)) for part in parts])


@pytest.mark.parametrize(
    ("f", "shape"),
    [
        (lambda xp, x: xp.array_split(x, 3), (8,)),
        (lambda xp, x: xp.array_split(x, 5, axis=-1), (2, 3)),
        (lambda xp, x: xp.array_split(x, [1, 4, 4], axis=1), (2, 5)),
        (lambda xp, x: xp.array_split(x, [3, 1]), (4, 2)),
        (lambda xp, x: xp.array_split(x, np.array([-2]), axis=0), (4, 2)),
        (lambda xp, x: xp.split(x, 2, axis=-2), (4, 2)),
        (lambda xp, x: xp.split(x, [1, 9]), (4, 2)),
        (lambda xp, x: xp.hsplit(x, 2), (4,)),
        (lambda xp, x: xp.hsplit(x, [1]), (2, 3)),
        (lambda xp, x: xp.vsplit(x, 2), (2, 3)),
        (lambda xp, x: xp.dsplit(x, [1]), (2, 1, 3)),
    ],
)
def test_parts_are_numpys_and_cotangents_go_back(f, shape, moves):
    x = np.ones(shape)
    assert [part.shape for part in f(xp, mt.Var(x))] == [part.shape for part in f(np, x)]
    moves(lambda x: flat(xp, f(xp, x)), lambda x: flat(np, f(np, x)), shape)


def test_a_part_that_nobody_uses_gets_none():
    x = mt.Var(np.arange(6.0))
    xp.sum(xp.split(x, 3)[1] ** 2).backprop()
    assert_array_equal(x.grad, [0, 0, 4, 6, 0, 0])


@pytest.mark.parametrize(("axis", "start", "length"), [(0, 1, 2), (-1, -3, 2), (1, 4, 0)])
def test_narrowing_takes_so_many_from_there_on(axis, start, length, moves):
    def taken(x):
        first = start % x.shape[axis] if start < 0 else start
        return np.take(x, range(first, first + length), axis=axis)

    moves(lambda x: xp.narrow(x, axis, start, length), taken, (3, 4))


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda x: xp.split(x, 3), r"basic::split\(x=float64\[2,3\]\).*axis 0 of length 2 can't .* into 3 equal parts"),
        (lambda x: xp.array_split(x, 0), r"basic::array_split.*can't be split into 0 parts"),
        (lambda x: xp.array_split(x, 2, axis=5), r"basic::array_split.*axis 5 is out of bounds"),
        (lambda x: xp.dsplit(x, 2), r"basic::dsplit.*x has 2 axes and needs 3 at least"),
        (lambda x: xp.hsplit(xp.sum(x), 1), r"basic::hsplit.*x has 0 axes and needs 1 at least"),
        (lambda x: xp.narrow(x, 1, 2, 2), r"basic::narrow.*axis 1 has 3 entries: there are no 2 from 2 on"),
        (lambda x: xp.narrow(x, 1, -4, 1), r"basic::narrow.*there are no 1 from -4 on"),
    ],
)
def test_what_can_not_be_taken_apart_is_refused(f, said):
    with pytest.raises(OperandError, match=said):
        f(mt.Var(np.ones((2, 3))))
