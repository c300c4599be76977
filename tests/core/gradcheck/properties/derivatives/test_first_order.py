"""The properties `value`, `broadcast` and `parameters`."""

import numpy as np
import pytest

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.gradcheck.failures import BroadcastIsWrong, CotangentIsWrong, ParameterIsWrong
from mutorch_core.gradcheck.properties.derivatives.first_order import BROADCAST, PARAMETERS, VALUE, format_entries
from tests.core.gradcheck.properties.shared_ops import PAIR, VECTOR, at, product_with, square_with


def test_a_right_rule_passes():
    assert VALUE.check(at(square_with(lambda g, x: 2 * g * x), VECTOR)) is True


@pytest.mark.parametrize("relative", [1e-8, 1e-3, 1.0])
def test_a_small_relative_error_is_found_and_shown(relative):
    with pytest.raises(CotangentIsWrong, match="cotangent of x is wrong") as caught:
        VALUE.check(at(square_with(lambda g, x: 2 * (1 + relative) * g * x), VECTOR))
    rows = dict(caught.value.rows)
    assert rows["it is"].startswith("[1")
    assert caught.value.operand == "x"
    np.testing.assert_allclose(caught.value.evidence.truth[0], [1, -1, -8], rtol=1e-9)


def test_in_many_entries_a_wrong_one_is_shown_along_a_direction():
    entries = ",".join(str(i / 8) for i in range(1, 101))
    ones = ",".join("1" for _ in range(100))
    with pytest.raises(CotangentIsWrong, match="at least one of 100 entries"):
        VALUE.check(
            at(square_with(lambda g, x: 2 * g * x + (x == 1)), f"x=float64[100]:[{entries}];g=float64[100]:[{ones}]")
        )


def test_nothing_is_said_of_an_infinite_result():
    @op("test::infinite")
    def infinite(x: Array, /) -> Array:
        return x * np.inf

    infinite.vjp("x")(lambda g: g)
    assert VALUE.check(at(infinite, "x=float64[1]:[1];g=float64[1]:[1]")) is None


def test_broadcast_looks_only_at_special_shapes():
    wrong = product_with(lambda g, x2: g * x2, lambda g, x1: 2 * g * x1)
    assert BROADCAST.check(at(wrong, PAIR)) is None
    with pytest.raises(BroadcastIsWrong):
        BROADCAST.check(at(wrong, "x1=float64[2]:[1,2];x2=float64[]:3;g=float64[2]:[1,1]"))


def test_parameters_looks_only_at_given_parameters():
    @op("test::scaled")
    def scaled(x: Array, /, *, factor: float = 1.0) -> Array:
        return factor * x

    scaled.vjp("x")(lambda g: g)
    assert PARAMETERS.check(at(scaled, VECTOR)) is None
    with pytest.raises(ParameterIsWrong):
        PARAMETERS.check(at(scaled, "x=float64[1]:[1];factor=2.0;g=float64[1]:[1]"))


def test_a_forward_for_real_numbers_is_not_held_to_complex_ones():
    @op("test::positive_part")
    def positive_part(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.where(x.real > 0, x * x.real, 0 * x)

    positive_part.vjp("x")(lambda g, x: g)
    assert VALUE.check(at(positive_part, "x=complex128[1]:[1+2j];g=complex128[1]:[1+1j]")) is None


def test_entries_are_shown_with_errors_that_matter():
    entries = format_entries(np.array([0.5, 2.0, 3.0]), np.array([1e-3, 1e-12, np.inf]))
    assert entries == "[0.5 ± 1e-03, 2, ?]"
