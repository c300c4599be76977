"""The exceptions of the checker."""

import importlib.util

import pytest

from mutorch_core.gradcheck import check_op, failures
from mutorch_core.gradcheck.failures import CotangentIsWrong


def test_a_missing_extra_is_named_with_what_installs_it(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "hypothesis" else real(name))
    with pytest.raises(failures.CheckerNotInstalled, match=r'needs hypothesis: pip install "mutorch\[gradcheck\]"'):
        check_op("basic::add")
    with pytest.raises(ImportError):
        check_op("basic::add")


def test_every_failure_is_an_assertion_and_a_mutorch_error():
    from mutorch_core.errors import MutorchError

    kinds = [
        value for value in vars(failures).values() if isinstance(value, type) and issubclass(value, failures.Failure)
    ]
    assert len(kinds) >= 12
    assert all(issubclass(kind, (MutorchError,)) and issubclass(kind, AssertionError) for kind in kinds)
    assert sorted(kind.__name__ for kind in kinds if kind in vars(failures).values()) == sorted(
        {kind.__name__ for kind in kinds}
    )
    drawn = failures.__doc__ or ""
    assert all(kind.__name__ in drawn for kind in kinds)


def test_a_failure_reads_as_its_summary_and_its_rows_until_a_report_is_made():
    failure = CotangentIsWrong("cotangent of x is wrong", ("rule says", "[1]"), ("it is", "[2]"), operand="x")
    assert str(failure) == "cotangent of x is wrong\n  rule says   [1]\n  it is       [2]"
    failure.block = "the report"
    assert str(failure) == "the report"
    assert (failure.operand, failure.case, failure.backend) == ("x", None, None)
