"""The command's face on a pytest run: it collects what was found, and shows how far the run is."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from mutorch_core.gradcheck.verdicts import OpResult, PropertyResult, Verdict

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Face"]


class Face:
    """A pytest plugin in the place of pytest's terminal: results by op, and a progress bar on a terminal."""

    def __init__(self, console: Console, order: list[str]) -> None:
        self.console = console
        self.results: dict[str, OpResult] = {name: OpResult(name, name.partition("::")[0]) for name in order}
        self.trouble: list[str] = []
        self.progress: Any = nullcontext()
        self.task: Any = None

    def start(self, items: int) -> Any:
        """The context in which the run shows its progress."""
        if self.console.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("checking {task.fields[op]}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self.progress = Progress(*columns, console=self.console, transient=True)
            self.task = self.progress.add_task("", total=items, op="")
        return self.progress

    @property
    def found(self) -> list[OpResult]:
        """The ops of which at least one property was looked at."""
        return [result for result in self.results.values() if result.properties]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a report brings; one without anything is a process that died."""
        brought = getattr(report, "mutorch", None)
        if brought is None:
            if report.failed:
                self.trouble.append(f"{report.nodeid}: {report.longreprtext}")
            return
        document: dict[str, Any] = dict(brought["property"])
        document["verdict"] = Verdict(document["verdict"])
        self.results[brought["op"]].properties.append(PropertyResult(**document))
        if self.task is not None:
            self.progress.update(self.task, advance=1, op=brought["op"])

    def pytest_internalerror(self, excrepr: Any) -> None:
        """Keep what stopped pytest itself."""
        self.trouble.append(str(excrepr))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what stopped the collection."""
        if report.failed:
            self.trouble.append(report.longreprtext)
