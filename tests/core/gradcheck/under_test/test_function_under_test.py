"""A user's function as a function of floating arrays, and its pullback as another."""

import numpy as np
import pytest

import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.failures import NotPure
from mutorch_core.gradcheck.under_test.function_under_test import (
    convert_like,
    first_level,
    format_on_one_line,
    rounded_double,
)


def loss(params, x, n):
    return xp.sum(params["w"] * x) * n


def test_the_arrays_are_the_floating_leaves_with_their_paths():
    level = first_level(loss, ({"w": np.array([1.0, 2.0])}, np.float32(3), 2))
    assert level.paths == ("params['w']", "x")
    assert [np.asarray(array).dtype for array in level.arrays] == [np.float64, np.float64]
    assert level.order == 1
    assert level.derivative == "the gradient"
    assert [float(value) for value in level.values(level.arrays)] == [18.0]
    assert np.asarray(level.cotangents[0]) == 1.0


def test_the_pullback_is_a_function_of_arrays_and_cotangents():
    level = first_level(lambda x: x * x, (np.array([1.0]),))
    second = level.pull_back_level()
    assert second.order == 2
    assert second.derivative == "the derivative of order 2"
    assert second.paths == ("x", "the result's cotangent")
    (cotangent,) = second.values([np.array([3.0]), np.array([5.0])])
    assert cotangent.tolist() == [30.0]
    assert second.pull_back_level().paths[2:] == ("the cotangent of order 2",)


def test_arguments_without_names_are_counted():
    def many(*values):
        return sum(values, 0.0)

    assert first_level(many, (1.0, 2.0)).paths == ("values[0]", "values[1]")


def test_points_have_thirty_bits():
    assert rounded_double(1 / 3) != 1 / 3
    assert rounded_double(1 / 3) == pytest.approx(1 / 3, rel=2.0**-30)
    assert (rounded_double(1 / 3) * 2.0**31).is_integer()
    assert np.asarray(rounded_double(np.float32(0.1))).dtype == np.float64
    assert rounded_double(0.1 + 0.2j).imag == pytest.approx(0.2, rel=2.0**-29)


def test_a_number_stays_a_number_and_an_array_an_array():
    assert type(convert_like(np.float64(2.0), 1.0)) is float
    assert type(convert_like(np.ones(2), np.zeros(2))) is np.ndarray


@pytest.mark.parametrize(
    ("function", "arguments", "error"),
    [
        (lambda n: n * 1.0, (3,), OperandError),
        (lambda x: "text", (1.0,), OperandError),
        (lambda x: x * np.random.default_rng().random(), (1.0,), NotPure),
    ],
)
def test_a_function_without_a_gradient_is_refused(function, arguments, error):
    with pytest.raises(error):
        first_level(function, arguments)


def test_only_few_entries_are_shown():
    assert format_on_one_line(np.array([1.0, 2.0])).endswith(" [1.0, 2.0]")
    assert "0.0" not in format_on_one_line(np.zeros(17))
