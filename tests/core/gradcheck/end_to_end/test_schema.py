"""The published schema of `--json` matches the reports."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest

from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.reporting.run_record import Run
from mutorch_core.gradcheck.verdicts import PropertyResult, Verdict

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "gradcheck.schema.json").read_text())


def errors(document):
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)]


def made():
    run = Run("ci")
    run.add("a::b", PropertyResult("value", Verdict.WRONG, 2, 0.5, "✗ no", "x=1"))
    run.add("a::b", PropertyResult("kinks", Verdict.SKIPPED))
    return run.document()


def test_the_schema_is_one_itself():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_a_run_of_all_verdicts_writes_is_valid(acme, gradchecked):
    done, found = gradchecked(acme, "acme", "--order", "1")
    assert done.returncode == 1
    assert {item["verdict"] for op in found["ops"] for item in op["properties"]} == set(Verdict)
    assert errors(found) == []


def test_what_an_interrupted_run_writes_is_valid():
    run = Run("ci", {"a::b": ("value", "kinks"), "a::c": ("value",)})
    run.add("a::b", PropertyResult("value", Verdict.PROVEN, 3))
    run.close(interrupted=True)
    assert errors(run.document()) == []
    assert errors(Run("ci").document()) == []


def test_the_schema_knows_every_verdict_profile_and_field():
    assert SCHEMA["$defs"]["verdict"]["enum"] == list(Verdict)
    assert SCHEMA["properties"]["profile"]["enum"] == list(PROFILES)
    found = made()
    assert SCHEMA["required"] == list(found)
    assert SCHEMA["$defs"]["op"]["required"] == list(found["ops"][0])
    assert SCHEMA["$defs"]["property"]["required"] == list(found["ops"][0]["properties"][0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: found.pop("profile"), "'profile' is a required property"),
        (lambda found: found.update(exit_code=3), "3 is not one of"),
        (lambda found: found.update(extra=1), "'extra' was unexpected"),
        (lambda found: found["ops"][0].update(verdict="fine"), "'fine' is not one of"),
        (lambda found: found["ops"][0]["properties"][0].update(message=""), "'' should be non-empty"),
        (lambda found: found["ops"][0]["properties"][1].update(case="x=1"), "'x=1' is not of type 'null'"),
    ],
)
def test_what_is_not_written_is_not_valid(change, said):
    assert errors(made()) == []
    found = copy.deepcopy(made())
    change(found)
    (message,) = errors(found)
    assert said in message
