"""Finite differences: right, with honest errors, also at kinks, cusps and jumps."""

import math

import numpy as np
import pytest

from mutorch_core.gradcheck.numerics.finite_differences import slopes

SMOOTH = {
    "exp": (np.exp, np.exp),
    "sin": (np.sin, np.cos),
    "fast sine": (lambda x: np.sin(40 * x), lambda x: 40 * np.cos(40 * x)),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2),
    "fifth power": (lambda x: x**5, lambda x: 5 * x**4),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "narrow bell": (lambda x: np.exp(-50 * x * x), lambda x: -100 * x * np.exp(-50 * x * x)),
    "logarithm": (np.log, lambda x: 1 / x),
    "root": (np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "constant": (lambda x: 0 * x + 3, lambda x: 0 * x),
    "large offset": (lambda x: 1e6 + np.sin(x), np.cos),
}


def along(function, x, step):
    with np.errstate(all="ignore"):
        return slopes(function, np.array([x]), np.array([[step]]))


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("x", [1 / 64, 0.25, 1.0, 2.71875, 3.140625])
def test_the_error_estimate_is_honest(name, x):
    function, derivative = SMOOTH[name]
    step = 2.0 ** math.floor(math.log2(max(0.1 * x, 2.0**-10)))
    found, true = along(function, x, step), derivative(np.array(x)) * step
    for side in ("left", "right", "central"):
        value, error = getattr(found, side)[0, 0], getattr(found, f"{side}_error")[0, 0]
        assert abs(value - true) <= 3 * error + 1e-10 * abs(true)


@pytest.mark.parametrize("name", ["exp", "sin", "tanh", "logarithm", "root"])
def test_the_error_of_a_smooth_function_is_small(name):
    function, derivative = SMOOTH[name]
    found = along(function, 1.0, 1 / 16)
    assert found.central_error[0, 0] < 1e-10 * abs(derivative(np.array(1.0)) / 16)
    assert found.converged.all()
    assert not found.kinked.any()


@pytest.mark.parametrize(
    ("function", "left", "right"),
    [(np.abs, -1.0, 1.0), (lambda x: np.maximum(x, 0), 0.0, 1.0), (lambda x: np.where(x < 0, x, 3 * x + x * x), 1, 3)],
)
def test_a_kink_has_two_slopes(function, left, right):
    found = along(function, 0.0, 1 / 16)
    assert found.kinked.all()
    assert found.converged.all()
    assert found.left[0, 0] * 16 == pytest.approx(left)
    assert found.right[0, 0] * 16 == pytest.approx(right)


@pytest.mark.parametrize("function", [np.sign, np.floor, lambda x: np.sqrt(np.abs(x)), np.cbrt, lambda x: 1 / x])
def test_a_jump_a_cusp_and_a_pole_settle_on_nothing(function):
    assert not along(function, 0.0, 1 / 16).converged.any()


def test_a_neighbour_that_is_refused_leaves_the_narrower_steps():
    def picky(x):
        if abs(x[0] - 1) > 0.01:
            raise ValueError("too far")
        return np.exp(x)

    found = along(picky, 1.0, 1 / 16)
    assert abs(found.central[0, 0] * 16 - math.e) < 1e-7
    assert abs(found.central[0, 0] * 16 - math.e) <= 3 * 16 * found.central_error[0, 0]


def test_steps_that_cross_a_kink_do_not_agree_by_chance():
    """Piecewise linear on a lattice, the wide steps all alike and wrong: only the narrow ones tell."""
    found = along(lambda x: np.where(np.abs(x - 1) < 1 / 64, x, 2 * x - 1), 1.0, 1 / 4)
    truth = 1 / 4
    assert abs(found.central[0, 0] - truth) <= 3 * found.central_error[0, 0]


def test_several_outputs_along_several_directions():
    point, directions = np.array([1.0, 2.0]), np.array([[1 / 16, 0], [0, 1 / 8], [1 / 16, 1 / 8]])
    found = slopes(lambda v: np.array([v[0] * v[1], v[0] + v[1], v[1] ** 2]), point, directions)
    jacobian = np.array([[2, 1], [1, 1], [0, 4]])
    np.testing.assert_allclose(found.central, directions @ jacobian.T, rtol=1e-12)


def test_no_outputs_and_no_directions():
    assert slopes(lambda v: np.zeros(0), np.ones(2), np.eye(2)).central.shape == (2, 0)
    assert slopes(lambda v: v, np.ones(0), np.zeros((0, 0))).central.shape == (0, 0)
