"""The search for a counterexample, and shrinking."""

import numpy as np
import pytest

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.gradcheck import check_op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.checking.check_op import check
from mutorch_core.gradcheck.profiles import PROFILES
from tests.core.gradcheck.wrong_ops import WRONG, found_wrong


def test_the_counterexample_is_small_and_simple():
    for what in ("square: sign", "square: only where negative", "swapped operands", "a parameter ignored"):
        case = found_wrong(what)[1].failure.case
        for value in case.operands.values():
            assert value.size <= 4
            assert np.array_equal(value, np.round(value))


def test_a_failure_of_few_draws_is_shrunk_too():
    @op("test::square")
    def square(x: Array, /, *, xp: Namespace = injected) -> Array:
        return x * x

    @square.vjp("x")
    def _(g, x, xp):
        return 2 * g * xp.where(xp.abs(x) > 3.9, 3.9, x)

    case = {found.name: found for found in check_op(square, "ci").properties}["value"].failure.case
    assert case.operands["x"].size == 1 or case.operands["x"].shape == (2,)
    assert np.count_nonzero(case.operands["x"]) == 1


@pytest.mark.parametrize(
    "what", ["square: factor", "swapped operands", "a parameter ignored", "both win a tie", "changes g"]
)
def test_a_counterexample_fails_again_when_it_is_replayed(what):
    make, name, failure = WRONG[what]
    _, found = found_wrong(what)
    op = make()
    again = {r.name: r for r in check(op, PROFILES["quick"], case=read_case(op, found.case)).properties}[name]
    assert type(again.failure) is failure
    assert again.case == found.case
