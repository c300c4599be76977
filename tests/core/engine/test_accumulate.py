"""The structural ops, and the fitting of cotangents."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, errors, op
from mutorch_core.engine.structural_ops import accumulate, broadcast_to, cast, is_broadcast, sum_to


@pytest.mark.parametrize(
    ("shape", "own", "fits"),
    [((), (2, 3), True), ((3,), (2, 3), True), ((2, 1), (2, 3), True), ((2,), (2, 3), False), ((2, 3), (3,), False),
     ((1, 1), (2, 3), True), ((0,), (2, 0), True), ((1,), (0,), True)],
)  # fmt: skip
def test_what_broadcasts_to_what(shape, own, fits):
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


def test_sum_to_refuses_what_was_not_broadcast():
    with pytest.raises(errors.OperandError, match=r"core::sum_to.*\(2,\) does not broadcast to \(2, 3\)"):
        sum_to(np.ones((2, 3)), (2,))


def test_the_structural_ops_have_gradients_of_every_order():
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


def test_a_recorded_sweep_fits_by_structural_ops():
    a, b = mt.Var(np.ones((3, 1), dtype=np.float32)), mt.Var(np.arange(4.0))
    (a * b * a).backprop(np.ones((3, 4)), create_graph=True)
    assert a.grad.dtype == np.float32
    assert a.grad.shape == (3, 1)
    first = a.grad
    a.clear_grad()
    first.backprop(np.ones((3, 1)))
    np.testing.assert_array_equal(a.grad, np.full((3, 1), 12.0))


@pytest.mark.parametrize(
    ("f", "at", "cotangent", "expected"),
    [
        (xp.real, 0.4 + 0.1j, 1.0, 1 + 0j),
        (xp.imag, 0.4 + 0.1j, 1.0, -1j),
        (xp.real, 0.4 + 0.1j, 1 + 2j, 1 + 0j),
        (lambda x: x * (2 + 1j), 3.0, 1.0, 2.0),
        (lambda z: z * 2.0, 3 + 1j, 1.0, 2 + 0j),
        (lambda x: x * 2.0, 3.0, 1 + 2j, 2.0),
        (lambda z: z * np.ones(2), 3 + 1j, np.ones(2), 2 + 0j),
    ],
)
def test_the_cotangent_of_a_python_number_is_complex_exactly_if_the_number_is(f, at, cotangent, expected):
    gradient = mt.vjp(f, at)[1](cotangent)[0]
    assert gradient == expected
    assert type(gradient) is type(at)


@pytest.mark.parametrize(
    ("f", "primal", "tangent", "expected"),
    [
        (xp.real, 0.4 + 0.1j, 1 + 2j, 1.0),
        (xp.imag, 0.4 + 0.1j, 1 + 2j, 2.0),
        (xp.conj, 0.4 + 0.1j, 1 + 2j, 1 - 2j),
        (lambda x: x * (2 + 1j), 0.4, 1.0, 2 + 1j),
        (lambda z: xp.real(z) * z, 0.5 + 1j, 1 + 2j, (0.5 + 1j) + 0.5 * (1 + 2j)),
    ],
)
def test_the_derivative_along_a_complex_python_number_is_as_along_an_array(f, primal, tangent, expected):
    derivative = mt.jvp(f, (primal,), (tangent,))[1]
    assert derivative == expected
    assert type(derivative) is type(expected)
    np.testing.assert_array_equal(mt.jvp(f, (np.asarray(primal),), (np.asarray(tangent),))[1], expected)


def test_the_cotangent_of_a_number_is_a_number_also_if_an_array_is_given():
    given = []

    @op("toy::same")
    def same(x: Array, /) -> Array:
        return x

    @same.vjp("x")
    def _(g):
        given.append(g)
        return g

    assert mt.vjp(same, 2.0)[1](np.asarray(3.0)) == (3.0,)
    assert mt.vjp(same, 2)[1](np.asarray(3.0)) == (3.0,)
    assert [type(g) for g in given] == [float, float]


def test_the_cotangent_of_an_integer_number_is_not_cut_to_an_integer():
    assert mt.grad(lambda x: xp.sum(1 / xp.reshape(x, (1,))))(2) == -0.25
    assert mt.vjp(lambda x: xp.reshape(x, (1,)), 2)[1](np.array([0.25])) == (0.25,)
    assert mt.grad(lambda x: xp.sum(mt.grad(lambda y: xp.sum(1 / xp.reshape(y, (1,))))(x)))(2) == 0.25
