"""The property `linear`."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.failures import NotLinear
from mutorch_core.gradcheck.properties.derivatives.linear import LINEAR
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


def test_a_linear_rule_passes():
    assert LINEAR.check(at(square_with(lambda g, x: 2 * g * x), VECTOR)) is True


@pytest.mark.parametrize(
    "rule",
    [
        lambda g, x: 2 * g * x + 1e-6,
        lambda g, x: 2 * abs(g) * x,
        lambda g, x: 2 * g * g * x,
        lambda g, x: 2 * x * (g.clip(-4, 4)),
    ],
)
def test_a_rule_that_is_not_linear_is_wrong(rule):
    with pytest.raises(NotLinear, match="not linear in its cotangent"):
        LINEAR.check(at(square_with(rule), VECTOR))


def test_the_rounding_of_terms_that_cancel_is_no_fault():
    softmax = mt.ops["nn::softmax"]
    assert LINEAR.check(at(softmax, "x=float64[3]:[0,30,-30];axis=0;g=float64[3]:[1,0.5,-2]")) is True


def test_a_cotangent_that_is_not_finite_is_not_decided():
    assert LINEAR.check(at(square_with(lambda g, x: g * np.inf), VECTOR)) is False
