"""The property `precision`."""

import numpy as np
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.failures import LosesPrecision
from mutorch_core.gradcheck.properties.derivatives.precision import PRECISION
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest


def at(operation, text):
    return OpUnderTest(read_case(operation, text))


def square_with(rule):
    @op("test::square")
    def square(x: Array, /) -> Array:
        return x * x

    square.vjp("x")(rule)
    return square


def product_with(first, second):
    @op("test::product")
    def product(x1: Array, x2: Array, /) -> Array:
        return x1 * x2

    product.vjp("x1")(first)
    product.vjp("x2")(second)
    return product


VECTOR = "x=float64[3]:[0.5,-1,2];g=float64[3]:[1,0.5,-2]"
PAIR = "x1=float64[3]:[0.5,-1,2];x2=float64[3]:[3,0.25,-1];g=float64[3]:[1,0.5,-2]"


def test_a_rule_that_keeps_its_digits_passes():
    assert PRECISION.check(at(square_with(lambda g, x: 2 * g * x), VECTOR)) is True


def test_digits_lost_to_a_large_term_are_found():
    with pytest.raises(LosesPrecision, match="cotangent of x is another one in single precision"):
        PRECISION.check(at(square_with(lambda g, x: 2 * g * ((x + 1e7) - 1e7)), VECTOR))


def test_a_forward_that_refuses_single_precision_is_left_out():
    @op("test::double_only")
    def double_only(x: Array, /) -> Array:
        if x.dtype != np.float64:
            raise TypeError("float64, please")
        return x * x

    double_only.vjp("x")(lambda g, x: 2 * g * x)
    assert PRECISION.check(at(double_only, VECTOR)) is None
