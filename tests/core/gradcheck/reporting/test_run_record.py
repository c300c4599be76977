"""The record of a run: interrupted and incomplete runs."""

import pytest

from mutorch_core.gradcheck.reporting.run_record import Run
from mutorch_core.gradcheck.verdicts import PropertyResult, Verdict


def test_an_op_that_was_looked_at_in_part_is_not_proven():
    run = Run("ci", {"a::b": ("value", "kinks"), "a::c": ("value",)})
    run.add("a::b", PropertyResult("value", Verdict.PROVEN, 3))
    run.close(interrupted=True)
    (result,) = run.op_results
    assert result.verdict is Verdict.UNDECIDED
    assert result.properties[1].message == "it was not looked at: the run was interrupted"
    assert run.problems == ["interrupted: 1 of 2 ops were not looked at"]
    assert run.exit_code == 2


def test_a_run_that_ends_before_its_last_op_has_not_proven_all():
    run = Run("ci", {"a::b": ("value",), "a::c": ("value",)})
    run.add("a::b", PropertyResult("value", Verdict.PROVEN, 3))
    run.close(interrupted=False)
    assert run.exit_code == 2
    assert run.problems == ["the run ended early: 1 of 2 ops were not looked at"]


@pytest.mark.parametrize(
    ("verdicts", "problems", "code"),
    [
        ((Verdict.PROVEN,), [], 0),
        ((Verdict.PROVEN, Verdict.SKIPPED), [], 0),
        ((Verdict.PROVEN, Verdict.UNDECIDED), [], 2),
        ((Verdict.UNDECIDED, Verdict.WRONG), [], 1),
        ((Verdict.PROVEN,), ["plugin 'x' is broken"], 2),
        ((Verdict.WRONG,), ["plugin 'x' is broken"], 1),
        ((), [], 2),
    ],
)
def test_the_exit_code_is_that_of_the_worst_verdict(verdicts, problems, code):
    run = Run("ci", problems=list(problems))
    for index, verdict in enumerate(verdicts):
        run.add("a::b", PropertyResult(f"property {index}", verdict))
    run.close(interrupted=False)
    assert run.exit_code == code


def test_ops_are_in_the_planned_order_and_others_come_after():
    run = Run("ci", {"a::x": ("value",), "a::y": ("value",)})
    for name in ("a::z", "a::y", "a::x"):
        run.add(name, PropertyResult("value", Verdict.PROVEN))
    assert [result.name for result in run.op_results] == ["a::x", "a::y", "a::z"]
    assert [entry["name"] for entry in run.document()["ops"]] == ["a::x", "a::y", "a::z"]
