"""The property `second_order`."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.failures import RuleRaises, SecondOrderIsWrong
from mutorch_core.gradcheck.properties.derivatives.second_order import SECOND_ORDER
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


def test_a_differentiable_rule_passes():
    assert SECOND_ORDER.check(at(square_with(lambda g, x: 2 * g * x), VECTOR)) is True


def test_a_detached_operand_is_found():
    with pytest.raises(SecondOrderIsWrong):
        SECOND_ORDER.check(at(square_with(lambda g, x: 2 * g * mt.stop_gradient(x)), VECTOR))


def test_a_detached_cotangent_is_found():
    with pytest.raises(SecondOrderIsWrong):
        SECOND_ORDER.check(at(square_with(lambda g, x: 2 * mt.stop_gradient(g) * x), VECTOR))


def test_a_rule_that_raises_for_tracked_operands_says_so():
    def rule(g, x):
        return 2 * g * (x if isinstance(x, np.ndarray) else x.no_such_attribute)

    with pytest.raises(RuleRaises, match="differentiating its rule raises AttributeError"):
        SECOND_ORDER.check(at(square_with(rule), VECTOR))


def test_no_entries_have_no_second_order():
    assert SECOND_ORDER.check(at(square_with(lambda g, x: 2 * g * x), "x=float64[0]:[];g=float64[0]:[]")) is None
