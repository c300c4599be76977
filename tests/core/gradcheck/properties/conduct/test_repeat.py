"""The property `repeat`."""

import pytest

from mutorch_core import Array, op
from mutorch_core.domain import Interval
from mutorch_core.gradcheck.failures import RepeatIsWrong
from mutorch_core.gradcheck.properties.conduct.repeat import REPEAT
from tests.core.gradcheck.properties.shared_ops import PAIR, at, product_with


def test_the_sum_of_both_cotangents_passes():
    assert REPEAT.check(at(product_with(lambda g, x2: g * x2, lambda g, x1: g * x1), PAIR)) is True


def test_a_rule_that_recognises_a_repeated_array_is_found():
    @op("test::product")
    def product(x1: Array, x2: Array, /) -> Array:
        return x1 * x2

    product.vjp("x1")(lambda g, x2: g * x2)
    product.vjp("x2")(lambda g, x1, x2: g * x1 * (0 if x1 is x2 else 1))
    with pytest.raises(RepeatIsWrong, match="one array as x1 and x2 does not get the sum"):
        REPEAT.check(at(product, PAIR))


@pytest.mark.parametrize("second", ["float64[]:3", "complex128[3]:[3j,1,1]"])
def test_slots_of_different_shape_or_dtype_take_no_array_in_common(second):
    operation = product_with(lambda g, x2: g * x2, lambda g, x1: g * x1)
    assert REPEAT.check(at(operation, f"x1=float64[3]:[1,2,3];x2={second}")) is None


def test_an_array_outside_of_the_other_domain_is_not_repeated():
    @op("test::power", domain={"x2": Interval(0, 1)})
    def power(x1: Array, x2: Array, /) -> Array:
        return x1 * x2

    power.vjp("x1")(lambda g, x2: g * x2)
    power.vjp("x2")(lambda g, x1: g * x1)
    assert REPEAT.check(at(power, "x1=float64[1]:[2];x2=float64[1]:[0.5];g=float64[1]:[1]")) is None
