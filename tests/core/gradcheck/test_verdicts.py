"""Verdicts, and the results of properties and ops."""

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
