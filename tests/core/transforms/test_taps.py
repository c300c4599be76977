"""Taps: gradients of named intermediate values, beside that of the arguments."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import errors

W = np.array([0.5, 1.0])


def here():
    """The file and line of the caller, as a pattern."""
    return rf"test_taps\.py:{inspect.currentframe().f_back.f_lineno}"


def loss(w):
    h = mt.tap(xp.tanh(w), "h")
    return xp.sum(h * h) + 3.0 * xp.sum(h)


EXPECTED = 2 * np.tanh(W) + 3


def test_gradients_of_taps_stand_beside_the_gradient():
    gradient, taps = mt.grad(loss, taps=True)(W)
    np.testing.assert_allclose(gradient, mt.grad(loss)(W))
    assert list(taps) == ["h"]
    np.testing.assert_allclose(taps["h"], EXPECTED)
    value, (again, taps) = mt.value_and_grad(loss, taps=True)(W)
    np.testing.assert_allclose(value, loss(W))
    np.testing.assert_array_equal(again, gradient)
    np.testing.assert_allclose(taps["h"], EXPECTED)


def test_with_aux_and_several_arguments():
    def f(a, b):
        h = mt.tap(a * b, "h")
        return h * h, h

    (gradients, taps), aux = mt.grad(f, argnums=(0, 1), has_aux=True, taps=True)(2.0, 3.0)
    assert gradients == (36.0, 24.0)
    assert taps == {"h": 12.0}
    assert aux == 6.0
    (value, aux), (gradient, taps) = mt.value_and_grad(f, has_aux=True, taps=True)(2.0, 3.0)
    assert (value, aux, gradient, taps) == (36.0, 6.0, 36.0, {"h": 12.0})


def test_without_such_a_transform_a_tap_is_the_identity():
    x = mt.Var(W)
    assert mt.tap(x, "x") is x
    assert mt.tap(W, "x") is W
    assert mt.tap(3, "x") == 3
    np.testing.assert_allclose(loss(W), loss(x).value)
    np.testing.assert_allclose(mt.jacobian(loss)(W), mt.grad(loss)(W))


def test_arguments_outputs_of_several_and_values_without_a_cotangent():
    def f(a):
        mt.tap(a, "a")
        q, r = xp.linalg.qr(a)
        mt.tap(q, "q")
        mt.tap(r, "r")
        mt.tap(a * 2.0, "unused")
        return xp.sum(r * 5.0)

    a = np.array([[2.0, 1.0], [0.5, 3.0]])
    gradient, taps = mt.grad(f, taps=True)(a)
    np.testing.assert_array_equal(taps["a"], gradient)
    np.testing.assert_array_equal(taps["r"], np.full((2, 2), 5.0))
    np.testing.assert_array_equal(taps["q"], np.zeros((2, 2)))
    np.testing.assert_array_equal(taps["unused"], np.zeros((2, 2)))


@pytest.mark.parametrize("checkpoint", [False, True])
def test_taps_that_lead_to_no_argument(checkpoint):
    c = mt.Var(np.array([3.0, 4.0]))

    def inner():
        return mt.tap(c * 2.0, "h") * c

    def f(w):
        run = mt.checkpoint(inner) if checkpoint else inner
        return xp.sum(run()) + xp.sum(w)

    gradient, taps = mt.grad(f, taps=True)(W)
    np.testing.assert_array_equal(mt.stop_gradient(gradient).value if type(gradient) is mt.Var else gradient, [1, 1])
    np.testing.assert_array_equal(taps["h"].value, [3.0, 4.0])


def test_leaves_of_the_closure():
    c = mt.Var(np.array([3.0, 4.0]))
    _, taps = mt.grad(lambda w: xp.sum(w * mt.tap(c, "c")), taps=True)(W)
    np.testing.assert_array_equal(taps["c"].value, W)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_checkpoints_second_run_taps_no_second_value(depth):
    f = loss
    for _ in range(depth):
        f = mt.checkpoint(f)
    gradient, taps = mt.grad(f, taps=True)(W)
    np.testing.assert_allclose(gradient, mt.grad(loss)(W))
    np.testing.assert_allclose(taps["h"], EXPECTED)


@pytest.mark.parametrize("f", [loss, mt.checkpoint(loss)], ids=["plain", "checkpoint"])
def test_gradients_of_taps_are_differentiable(f):
    def penalty(w):
        _, taps = mt.grad(f, taps=True)(w)
        return xp.sum(taps["h"] ** 2)

    t = np.tanh(W)
    np.testing.assert_allclose(mt.grad(penalty)(W), 2 * EXPECTED * 2 * (1 - t**2))


@pytest.mark.parametrize("f", [loss, mt.checkpoint(loss)], ids=["plain", "checkpoint"])
def test_a_tap_inside_an_inner_transform_belongs_to_the_outer_pass(f):
    def outer(w):
        return xp.sum(mt.grad(f)(w)) + f_of_other(w)

    def f_of_other(w):
        return xp.sum(w)

    _, taps = mt.grad(outer, taps=True)(W)
    t = np.tanh(W)  # the inner gradient is (2t + 3)(1 - t²), as a function of t
    np.testing.assert_allclose(taps["h"], 2 * (1 - t**2) - 2 * t * (2 * t + 3))


def test_the_innermost_transform_with_taps_gets_them():
    inner = []

    def outer(w):
        gradient, taps = mt.grad(loss, taps=True)(w)
        inner.append(list(taps))
        return xp.sum(mt.tap(gradient, "g"))

    _, taps = mt.grad(outer, taps=True)(W)
    assert inner == [["h"]]
    assert list(taps) == ["g"]
    np.testing.assert_array_equal(taps["g"], [1.0, 1.0])


def test_taps_come_after_hooks_and_belong_to_the_caller():
    def f(w):
        h = mt.tap(w * 1.0, "h")
        h.register_hook(lambda g: g * 2.0)
        return xp.sum(h)

    gradient, taps = mt.grad(f, taps=True)(W)
    np.testing.assert_array_equal(taps["h"], [2.0, 2.0])
    taps["h"][:] = 0.0
    np.testing.assert_array_equal(gradient, [2.0, 2.0])


def test_calls_are_independent():
    both = mt.grad(loss, taps=True)
    both(W)
    np.testing.assert_allclose(both(2 * W)[1]["h"], 2 * np.tanh(2 * W) + 3)


@pytest.mark.parametrize("value", [2.0, W, mt.Var(W).detach()], ids=["number", "array", "constant"])
def test_an_untracked_value_names_the_tap(value):
    def f(w):
        mt.tap(value, "h")
        return xp.sum(w)

    line = inspect.getsourcelines(f)[1] + 1
    with pytest.raises(errors.NotTracked, match=rf"tap\('h'\) at .*test_taps\.py:{line}: .* is not tracked"):
        mt.grad(f, taps=True)(W)


@pytest.mark.parametrize("wrap", [lambda f: f, mt.checkpoint], ids=["plain", "checkpoint"])
def test_two_taps_of_one_name_name_both(wrap):
    @wrap
    def f(w):
        h = mt.tap(w * 2.0, "h")
        return xp.sum(mt.tap(h * 2.0, "h"))

    with pytest.raises(ValueError, match=r"tap\('h'\) at .*test_taps\.py:\d+: the tap at .*test_taps\.py:\d+ has this"):
        mt.grad(f, taps=True)(W)


def test_a_name_that_is_no_string():
    place = []

    def f(w):
        place.append(here())
        return xp.sum(mt.tap(w, 3))

    with pytest.raises(errors.OperandError, match=r"tap at .*test_taps\.py:\d+: the name is a int"):
        mt.grad(f, taps=True)(W)
