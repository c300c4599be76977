"""The progress of a run, shown in place of pytest's terminal, and problems of pytest itself."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from mutorch_core.gradcheck.reporting.run_record import Recorder, Run

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["ProgressPlugin"]


class ProgressPlugin(Recorder):
    """A pytest plugin that shows a progress bar on a terminal."""

    def __init__(self, console: Console, run: Run) -> None:
        super().__init__(run)
        self.console = console
        self.interrupted = False
        self.progress: Any = nullcontext()
        self.task: Any = None

    def start(self) -> Any:
        """Return the context within which the bar is shown."""
        if self.console.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("checking {task.fields[op]}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self.progress = Progress(*columns, console=self.console, transient=True)
            self.task = self.progress.add_task("", total=sum(map(len, self.run.planned.values())), op="")
        return self.progress

    def on_property_done(self, op: str) -> None:
        """Advance the bar."""
        if self.task is not None:
            self.progress.update(self.task, advance=1, op=op)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record a report. A failed one without a result is from a process that died."""
        super().pytest_runtest_logreport(report)
        if report.failed and not hasattr(report, "mutorch"):
            self.run.problems.append(f"{report.nodeid}: {report.longreprtext}")

    def pytest_keyboard_interrupt(self) -> None:
        """Note that the user interrupted the run."""
        self.interrupted = True

    def pytest_internalerror(self, excrepr: Any) -> None:
        """Record an exception in pytest itself."""
        self.run.problems.append(str(excrepr))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Record an exception during collection."""
        if report.failed:
            self.run.problems.append(report.longreprtext)
