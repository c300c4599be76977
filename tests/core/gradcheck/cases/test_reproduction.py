"""Cases as Python."""

import pytest

import mutorch_core as mt
from mutorch_core.gradcheck.cases.reproduction import as_python
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import PROFILES


@pytest.mark.parametrize("name", ["basic::add", "basic::sum", "basic::where", "basic::concat", "basic::unique_all"])
def test_a_case_as_python_prints_what_the_rule_says(name, capsys):
    pool = CasePool(mt.ops[name], PROFILES["quick"])
    subject = pool.regime("smooth")[1]
    exec("\n".join(as_python(subject.case)), {})
    printed = capsys.readouterr().out.strip()
    assert printed == str(tuple(subject.result))
