"""The checker's page agrees with the checker."""

import json
import re

import jsonschema

from mutorch_core.gradcheck.cases.case_text import read_values
from mutorch_core.gradcheck.execution.command import gradcheck
from mutorch_core.gradcheck.properties import PROPERTIES
from tests.core.gradcheck.manual import PAGE, TABLES, renewed

TEXT = PAGE.read_text(encoding="utf-8")


def test_its_tables_are_those_of_today():
    assert renewed(TEXT) == TEXT
    assert re.findall(r"<!-- generated: (\w+) -->", TEXT) == list(TABLES)
    for parameter in gradcheck.params:
        assert all(f"`{option}" in TEXT for option in parameter.opts if option.startswith("--"))
    assert all(f"| `{found.name}` | `{found.failure.__name__}` |" in TEXT for found in PROPERTIES)


def test_every_option_that_it_uses_exists():
    known = {option for parameter in gradcheck.params for option in parameter.opts}
    used = [word for line in re.findall("mutorch gradcheck .*", TEXT) for word in re.findall(r"--\w+", line)]
    assert used
    assert set(used) <= known


def test_its_example_of_json_is_valid():
    example = re.search("```json\n(.*?)```", TEXT, re.DOTALL)
    assert example is not None
    schema = json.loads(PAGE.with_name("gradcheck.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(example[1]), schema)


def test_its_example_of_a_case_can_be_read():
    example = re.search("```\n(x=.*)\n```", TEXT)
    assert example is not None
    assert set(read_values(example[1])) == {"x", "beta", "g"}


def test_the_files_that_it_names_are_there():
    prose = re.sub("^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    for name in re.findall(r"\]\(([\w.]+)\)", prose):
        assert PAGE.with_name(name).is_file()
