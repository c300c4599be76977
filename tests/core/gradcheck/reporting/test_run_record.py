"""The record of a run: interrupted and incomplete runs."""

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
