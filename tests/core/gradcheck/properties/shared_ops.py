"""Ops and cases that the tests of single properties share."""

from __future__ import annotations

from mutorch_core import Array, op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest

__all__ = ["PAIR", "VECTOR", "at", "product_with", "square_with"]

VECTOR = "x=float64[3]:[0.5,-1,2];g=float64[3]:[1,0.5,-2]"
PAIR = "x1=float64[3]:[0.5,-1,2];x2=float64[3]:[3,0.25,-1];g=float64[3]:[1,0.5,-2]"


def at(operation, text):
    """Return an op at one case."""
    return OpUnderTest(read_case(operation, text))


def square_with(rule):
    """Return x² with a rule."""

    @op("test::square")
    def square(x: Array, /) -> Array:
        return x * x

    square.vjp("x")(rule)
    return square


def product_with(first, second):
    """Return x₁ x₂ with a rule for each operand."""

    @op("test::product")
    def product(x1: Array, x2: Array, /) -> Array:
        return x1 * x2

    product.vjp("x1")(first)
    product.vjp("x2")(second)
    return product
