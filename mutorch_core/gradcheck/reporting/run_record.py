"""The record of a run: planned checks, results, problems, the exit code, and the JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest

from mutorch_core.gradcheck.verdicts import PROVEN, UNUSABLE, WRONG, OpResult, PropertyResult, Verdict, worst

__all__ = ["Recorder", "Run"]


@attrs.define
class Run:
    """The results of a run so far.

    `planned` maps ops to the names of their properties, if known. `problems` holds a line for each problem beside the
    ops. `incomplete` is True if not everything was checked.
    """

    profile: str
    planned: Mapping[str, Sequence[str]] = attrs.field(factory=dict[str, Sequence[str]])
    problems: list[str] = attrs.field(factory=list[str])
    incomplete: bool = False
    results: dict[str, OpResult] = attrs.field(init=False, factory=dict[str, OpResult])

    def add(self, op: str, result: PropertyResult) -> None:
        """Add the result of one property."""
        self.results.setdefault(op, OpResult(op, op.partition("::")[0])).properties.append(result)

    @property
    def op_results(self) -> list[OpResult]:
        """The ops with at least one checked property, in the planned order."""
        return [self.results[name] for name in dict.fromkeys([*self.planned, *self.results]) if name in self.results]

    def close(self, interrupted: bool) -> None:
        """Mark unchecked properties as undecided, so that their op does not count as proven."""
        untouched = [name for name in self.planned if name not in self.results]
        for op in self.op_results:
            checked = {result.name for result in op.properties}
            missing = [name for name in self.planned.get(op.name, ()) if name not in checked]
            message = "it was not looked at: the run was interrupted" if interrupted else "it was not looked at"
            op.properties += [PropertyResult(name, Verdict.UNDECIDED, message=message) for name in missing]
        self.incomplete = interrupted or bool(untouched)
        if self.incomplete:
            why = "interrupted" if interrupted else "the run ended early"
            self.problems.append(f"{why}: {len(untouched)} of {len(self.planned)} ops were not looked at")

    @property
    def exit_code(self) -> int:
        """The exit code; a wrong op outweighs one that could not be decided."""
        verdict = worst(result.verdict for result in self.op_results)
        if verdict is Verdict.WRONG:
            return WRONG
        return PROVEN if verdict is Verdict.PROVEN and not self.problems and not self.incomplete else UNUSABLE

    def document(self) -> dict[str, Any]:
        """Return the report as `--json` writes it."""
        import mutorch_core as mt

        ops = [result.document() for result in self.op_results]
        return {"mutorch": mt.__version__, "profile": self.profile, "exit_code": self.exit_code, "ops": ops}


class Recorder:
    """A pytest plugin that records the items' results in a run, including those of worker processes."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record the result in a report."""
        brought = getattr(report, "mutorch", None)
        if brought is not None:
            document: dict[str, Any] = dict(brought["property"])
            document["verdict"] = Verdict(document["verdict"])
            self.run.add(brought["op"], PropertyResult(**document, location=brought["location"]))
            self.on_property_done(brought["op"])

    def on_property_done(self, op: str) -> None:
        """React to a checked property of an op; nothing by default."""
