"""The property `extremes`: for large and tiny operands a finite cotangent must also be the right one."""

import math

import pytest

from mutorch_core import Array, Namespace, injected, op, ops
from mutorch_core.domain import Interval
from mutorch_core.gradcheck import check_op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.failures import CotangentIsWrong
from mutorch_core.gradcheck.properties.derivatives.extremes import EXTREMES
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest
from mutorch_core.gradcheck.verdicts import Verdict


def softplus(domain, rule):
    @op("test::softplus", domain=domain)
    def softplus(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.logaddexp(x, 0 * x)

    softplus.vjp("x")(rule)
    return softplus


def square(domain, rule):
    @op("test::square", domain=domain)
    def square(x: Array, /) -> Array:
        return x * x

    square.vjp("x")(rule)
    return square


def by_a_quotient(g, x, xp):
    return g * xp.exp(x) / (1 + xp.exp(x))


def by_one_power(g, x, xp):
    return g / (1 + xp.exp(-x))


def beyond(bound):
    def rule(g, x, xp):
        return g * xp.where(x > bound, 3 * x, 2 * x)

    return rule


THOUSAND = {"x": Interval(-1000, 1000)}

WRONG = {
    "overflows inside its domain": (softplus(THOUSAND, by_a_quotient), "is not finite, though the true one is"),
    "overflows far out": (softplus({}, by_a_quotient), "is not finite, though the true one is"),
    "is wrong near the end of its domain": (square(THOUSAND, beyond(500)), "cotangent of x is wrong"),
    "is wrong far out": (square({}, beyond(1e6)), "cotangent of x is wrong"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_rule_is_wrong_that(what):
    odd, said = WRONG[what]
    found = {result.name: result for result in check_op(odd, "ci").properties}
    assert found["extremes"].verdict is Verdict.WRONG
    assert said in found["extremes"].message


@pytest.mark.parametrize("domain", [{}, THOUSAND])
@pytest.mark.parametrize(("make", "rule"), [(softplus, by_one_power), (square, beyond(math.inf))])
def test_a_rule_that_holds_everywhere_is_proven(make, rule, domain):
    assert check_op(make(domain, rule), "quick").verdict is Verdict.PROVEN


def test_entries_that_are_lost_beside_others_are_not_compared():
    case = "x=float64[2]:[100,-100];target=float64[2]:[100,1e-30];g=float64[]:1"
    assert EXTREMES.check(OpUnderTest(read_case(ops["nn::cross_entropy"], case)))


def narrow_step(factor):
    @op("test::step")
    def step(x: Array, width: Array, /, *, xp: Namespace = injected) -> Array:
        return 1 + width * xp.atan(x / width**2)

    @step.vjp("x")
    def _(g, x, width):
        return factor * g / (width + x * x / width**3)

    @step.vjp("width")
    def _(g, x, width, xp):
        return g * (xp.atan(x / width**2) - 2 * x * width**2 / (width**4 + x * x))

    return step


@pytest.mark.parametrize("tiny", ["1e-10", "1e-20"])  # the whole step can be seen, or is lost beside 1
def test_what_is_narrower_than_any_step_is_no_mistake(tiny):
    case = f"x=float64[1]:[0];width=float64[1]:[{tiny}];g=float64[1]:[1]"
    EXTREMES.check(OpUnderTest(read_case(narrow_step(1), case)))


def test_a_wrong_slope_of_something_narrow_is_found():
    case = "x=float64[1]:[0];width=float64[1]:[1e-10];g=float64[1]:[1]"
    with pytest.raises(CotangentIsWrong):
        EXTREMES.check(OpUnderTest(read_case(narrow_step(3), case)))
