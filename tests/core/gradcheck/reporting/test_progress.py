"""The progress of a run, and problems of pytest itself."""

from types import SimpleNamespace

from mutorch_core.gradcheck.reporting.progress import ProgressPlugin
from mutorch_core.gradcheck.reporting.run_record import Run
from mutorch_core.gradcheck.reporting.terminal import console_for


class Stream:
    def __init__(self, terminal):
        self.terminal, self.text = terminal, ""

    def isatty(self):
        return self.terminal

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def plugin(terminal=False):
    stream = Stream(terminal)
    return ProgressPlugin(console_for(stream), Run("quick", {"a::b": ("value", "kinks")})), stream


def report(failed=False, **fields):
    return SimpleNamespace(failed=failed, nodeid="mutorch::a::b::value", longreprtext="gw0 crashed", **fields)


PROVEN = {
    "op": "a::b",
    "property": {"name": "value", "verdict": "proven", "examples": 1, "seconds": 0.0, "message": "", "case": None},
    "location": "ops.py:1",
}


def test_nothing_is_shown_in_a_pipe():
    progress, stream = plugin()
    with progress.start():
        progress.pytest_runtest_logreport(report(mutorch=PROVEN))
    assert stream.text == ""
    assert [result.name for result in progress.run.op_results] == ["a::b"]


def test_a_terminal_has_a_bar_with_one_step_per_property(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    progress, _ = plugin(terminal=True)
    with progress.start():
        progress.pytest_runtest_logreport(report(mutorch=PROVEN))
        (task,) = progress.progress.tasks
        assert (task.completed, task.total, task.fields["op"]) == (1, 2, "a::b")


def test_a_failed_report_without_a_result_is_a_problem():
    progress, _ = plugin()
    progress.pytest_runtest_logreport(report(failed=True))
    assert progress.run.problems == ["mutorch::a::b::value: gw0 crashed"]


def test_what_stops_pytest_is_a_problem_and_an_interrupt_is_noted():
    progress, _ = plugin()
    progress.pytest_internalerror("INTERNAL")
    progress.pytest_collectreport(report(failed=True))
    progress.pytest_collectreport(report())
    assert progress.run.problems == ["INTERNAL", "gw0 crashed"]
    assert not progress.interrupted
    progress.pytest_keyboard_interrupt()
    assert progress.interrupted
