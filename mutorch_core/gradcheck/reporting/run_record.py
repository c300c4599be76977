"""A run as a whole: what was asked, what was found, the exit code, and the report as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest

from mutorch_core.gradcheck.verdicts import PROVEN, UNUSABLE, WRONG, OpResult, PropertyResult, Verdict, worst

__all__ = ["Recorder", "Run"]


@attrs.define
class Run:
    """What a run found so far.

    `asked` has the names of the properties to check of each op, where that is known; `trouble` is what went wrong
    beside the ops, a line each; `stopped` says that not everything was looked at.
    """

    profile: str
    planned: Mapping[str, Sequence[str]] = attrs.field(factory=dict[str, Sequence[str]])
    problems: list[str] = attrs.field(factory=list[str])
    incomplete: bool = False
    results: dict[str, OpResult] = attrs.field(init=False, factory=dict[str, OpResult])

    def add(self, op: str, result: PropertyResult) -> None:
        """Add what was found of one property."""
        self.results.setdefault(op, OpResult(op, op.partition("::")[0])).properties.append(result)

    @property
    def op_results(self) -> list[OpResult]:
        """The ops of which at least one property was looked at, in the order in which they were asked for."""
        return [self.results[name] for name in dict.fromkeys([*self.planned, *self.results]) if name in self.results]

    def close(self, interrupted: bool) -> None:
        """Say what was not looked at, so that no op passes as proven for the rest of it."""
        untouched = [name for name in self.planned if name not in self.results]
        for op in self.op_results:
            checked = {found.name for found in op.properties}
            missing = [name for name in self.planned.get(op.name, ()) if name not in checked]
            message = "it was not looked at: the run was interrupted" if interrupted else "it was not looked at"
            op.properties += [PropertyResult(name, Verdict.UNDECIDED, message=message) for name in missing]
        self.incomplete = interrupted or bool(untouched)
        if self.incomplete:
            why = "interrupted" if interrupted else "the run ended early"
            self.problems.append(f"{why}: {len(untouched)} of {len(self.planned)} ops were not looked at")

    @property
    def exit_code(self) -> int:
        """What is wrong outweighs what could not be found out."""
        verdict = worst(result.verdict for result in self.op_results)
        if verdict is Verdict.WRONG:
            return WRONG
        return PROVEN if verdict is Verdict.PROVEN and not self.problems and not self.incomplete else UNUSABLE

    def document(self) -> dict[str, Any]:
        """As `--json` has it."""
        import mutorch_core as mt

        ops = [result.document() for result in self.op_results]
        return {"mutorch": mt.__version__, "profile": self.profile, "exit_code": self.exit_code, "ops": ops}


class Recorder:
    """A pytest plugin that notes in a run what the items find, those of worker processes too."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a report brings."""
        brought = getattr(report, "mutorch", None)
        if brought is not None:
            document: dict[str, Any] = dict(brought["property"])
            document["verdict"] = Verdict(document["verdict"])
            self.run.add(brought["op"], PropertyResult(**document, location=brought["location"]))
            self.on_property_done(brought["op"])

    def on_property_done(self, op: str) -> None:
        """One property more of an op was looked at."""
