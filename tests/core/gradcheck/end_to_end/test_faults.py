"""Every planted mistake is found, by the property that looks for it, with its own exception, and told apart."""

import numpy as np
import pytest

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.gradcheck import assert_op_is_right, check_op, failures
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.checking.check_op import check
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.verdicts import Verdict
from tests.core.gradcheck.right_ops import RIGHT
from tests.core.gradcheck.wrong_ops import WRONG


def found_wrong(what, profile="quick"):
    make, name, _ = WRONG[what]
    results = {found.name: found for found in check_op(make(), profile).properties}
    return results, results[name]


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
    assert np.abs(case.operands["x"]).min(initial=0) == 0 or case.operands["x"].size == 1


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


@pytest.mark.parametrize(
    ("what", "guess"),
    [
        ("square: sign", "right but for its sign"),
        ("square: zero", "it is zero"),
        ("square: conjugated", "the complex conjugate"),
        ("square: only where negative", "wrong just where x is negative"),
        ("square: only beyond 3", "off by the factor 2"),
        ("swapped operands", "x1 and x2 have each other's cotangents"),
        ("right only for symmetric matrices", "right but for a transposition"),
        ("a parameter ignored", "the same as with the default beta: is the parameter ignored?"),
        ("a flag misread", "the same as with the default cubed"),
        ("square: a constant detached", "it is zero: is something detached"),
    ],
)
def test_the_diagnosis_names_the_mistake(what, guess):
    rows = dict(found_wrong(what)[1].failure.rows)
    assert guess in rows["diagnosis"]


def test_the_block_says_where_what_and_how_to_see_it_again():
    _, found = found_wrong("a parameter ignored")
    text = str(found.failure)
    assert text == found.message
    assert text.startswith("✗ test::softplus    cotangent of x is wrong    [parameters]    wrong_ops.py:")
    assert "    softplus(x=float64[2] [0.0, 1.0], beta=2.0),  g=[1.0, 1.0]\n" in text
    assert "\n      rule says   [0.5, 0.7310585786]\n" in text
    assert "\n      it is       [0.5 ± " in text or "\n      it is       [0.5, 0.880797078]" in text
    assert f"replay        mutorch gradcheck test::softplus --case '{found.case}'" in text
    assert "import numpy as np, mutorch_core as mt" in text


def test_asserting_raises_the_failure_itself():
    with pytest.raises(failures.CotangentIsWrong, match="right but for its sign"):
        assert_op_is_right(WRONG["square: sign"][0](), "quick")
    with pytest.raises(AssertionError):
        assert_op_is_right(WRONG["square: sign"][0](), "quick")
    assert_op_is_right("basic::add", "quick")
