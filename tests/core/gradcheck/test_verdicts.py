"""Verdicts, and the results of properties and ops."""

import pytest

from mutorch_core.gradcheck.verdicts import OpResult, PropertyResult, Verdict, worst


def test_a_whole_is_as_bad_as_its_worst_part():
    assert worst([]) is Verdict.SKIPPED
    assert worst([Verdict.PROVEN, Verdict.SKIPPED]) is Verdict.PROVEN
    assert worst([Verdict.UNDECIDED, Verdict.PROVEN]) is Verdict.UNDECIDED
    assert worst([Verdict.UNDECIDED, Verdict.WRONG]) is Verdict.WRONG
    parts = [
        PropertyResult("value", Verdict.PROVEN, 3, 0.5),
        PropertyResult("kinks", Verdict.WRONG, 2, 0.25, "no", "x=1"),
    ]
    result = OpResult("a::b", "a", parts)
    assert (result.verdict, result.examples, result.seconds) == (Verdict.WRONG, 5, 0.75)
    assert result.document()["properties"][1] == {
        "name": "kinks",
        "verdict": "wrong",
        "examples": 2,
        "seconds": 0.25,
        "message": "no",
        "case": "x=1",
    }


@pytest.mark.parametrize("verdict", Verdict)
def test_a_property_is_written_without_its_failure_and_location(verdict):
    document = PropertyResult("value", verdict, 3, 0.123456, "said", "x=1", "ops.py:3").document()
    assert document == {
        "name": "value",
        "verdict": verdict.value,
        "examples": 3,
        "seconds": 0.1235,
        "message": "said",
        "case": "x=1",
    }
