"""Every planted mistake is found by the property that looks for it, with its own exception."""

import pytest

from mutorch_core.gradcheck import assert_op_is_right, check_op, failures
from mutorch_core.gradcheck.verdicts import Verdict
from tests.core.gradcheck.right_ops import RIGHT
from tests.core.gradcheck.wrong_ops import WRONG, found_wrong


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_rule_is_found_by_the_property_that_looks_for_it(what):
    _, found = found_wrong(what)
    assert found.verdict is Verdict.WRONG
    assert type(found.failure) is WRONG[what][2]


@pytest.mark.parametrize("what", RIGHT)
def test_a_right_rule_is_proven(what):
    result = check_op(RIGHT[what](), "quick")
    assert [found.message for found in result.properties if found.verdict in (Verdict.WRONG, Verdict.UNDECIDED)] == []
    assert result.verdict is Verdict.PROVEN


@pytest.mark.parametrize("what", RIGHT)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_right_rule_is_right_on_other_draws_too(what, seed):
    assert_op_is_right(RIGHT[what](), "quick", seed=seed)


ALONE = {
    "a constant detached": {"second_order"},
    "a hidden output's cotangent ignored": {"second_order"},
    "twice at the kink": {"kinks"},
    "another cotangent when alone": {"masks"},
    "nothing to an array that came twice": {"repeat"},
    "changes the result": {"pure"},
}


@pytest.mark.parametrize("what", ALONE)
def test_a_mistake_of_one_kind_is_found_by_one_property_alone(what):
    name = f"square: {what}" if f"square: {what}" in WRONG else what
    results, _ = found_wrong(name)
    assert {found.name for found in results.values() if found.verdict is Verdict.WRONG} == ALONE[what]


def test_asserting_raises_the_failure_itself():
    with pytest.raises(failures.CotangentIsWrong, match="right but for its sign"):
        assert_op_is_right(WRONG["square: sign"][0](), "quick")
    with pytest.raises(AssertionError):
        assert_op_is_right(WRONG["square: sign"][0](), "quick")
    assert_op_is_right("basic::add", "quick")
