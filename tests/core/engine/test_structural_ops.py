"""The structural ops `sum_to`, `broadcast_to`, `cast` and `accumulate`."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors
from mutorch_core.engine.structural_ops import accumulate, broadcast_to, cast, is_broadcast, sum_to


@pytest.mark.parametrize(
    ("shape", "own", "fits"),
    [((), (2, 3), True), ((3,), (2, 3), True), ((2, 1), (2, 3), True), ((2,), (2, 3), False), ((2, 3), (3,), False),
     ((1, 1), (2, 3), True), ((0,), (2, 0), True), ((1,), (0,), True)],
)  # fmt: skip
def test_is_broadcast_follows_the_broadcasting_rules(shape, own, fits):
    assert is_broadcast(shape, own) is fits
    if fits:
        np.broadcast_to(np.zeros(shape), own)


@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (2, 1), (1, 1), (2, 3), (1, 2, 3)[1:]])
def test_sum_to_undoes_broadcast_to(shape):
    x = np.arange(6.0).reshape(2, 3)
    total = sum_to(x, shape)
    assert total.shape == shape
    repeats = 6 // max(1, int(np.prod(shape)))
    np.testing.assert_array_equal(sum_to(broadcast_to(np.ones(shape), (2, 3)), shape), np.full(shape, repeats))
    assert total.sum() == x.sum()


def test_sum_to_refuses_a_shape_that_does_not_broadcast():
    with pytest.raises(errors.OperandError, match=r"core::sum_to.*\(2,\) does not broadcast to \(2, 3\)"):
        sum_to(np.ones((2, 3)), (2,))


def test_structural_ops_can_be_differentiated_twice():
    x = np.array([1.0, 2.0])
    assert mt.grad(lambda v: sum_to(v * v * v, ()))(x).tolist() == [3.0, 12.0]
    hessian = mt.hessian(lambda v: sum_to(broadcast_to(v * v, (3, 2)), ()))(x)
    np.testing.assert_array_equal(hessian, np.diag([6.0, 6.0]))
    assert mt.grad(lambda v: accumulate(v, v))(2.0) == 2.0


def test_cast_takes_the_real_part_and_casts_back():
    z = mt.Var(np.array([1 + 2j]))
    result = cast(z, np.float32)
    assert result.dtype == np.float32
    result.backprop(np.ones(1, dtype=np.float32))
    assert z.grad.dtype == np.complex128
    np.testing.assert_array_equal(z.grad, [1.0])


def test_cast_to_a_python_number_and_back():
    x = mt.Var(np.array(2.5))
    number = cast(x, float)
    assert number.value == 2.5
    assert type(number.value) is float
    number.backprop()
    np.testing.assert_array_equal(x.grad, 1.0)
