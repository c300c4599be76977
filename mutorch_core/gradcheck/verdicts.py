"""What a check finds, as data: by property, by op, and as the command's exit code."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import attrs

from mutorch_core.gradcheck.failures import Failure

__all__ = ["PROVEN", "UNUSABLE", "WRONG", "OpResult", "PropertyResult", "Verdict", "worst"]

PROVEN, WRONG, UNUSABLE = 0, 1, 2
"""The exit codes: all proven; some op is wrong; a usage error, a broken plugin, an interrupted run, or something
undecided.
"""


class Verdict(StrEnum):
    """From good to bad; a whole is as bad as its worst part."""

    SKIPPED = "skipped"
    PROVEN = "proven"
    UNDECIDED = "undecided"
    WRONG = "wrong"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; skipped where there are none."""
    return max(verdicts, key=list(Verdict).index, default=Verdict.SKIPPED)


@attrs.define
class PropertyResult:
    """What was found about one property of one op.

    `examples` counts the draws that decided something, `message` is the failure block or the advice, `case` the
    counterexample in the notation of `--case`, `location` the file and line of the rule at fault, or of the op.
    """

    name: str
    verdict: Verdict
    examples: int = 0
    seconds: float = 0.0
    message: str = ""
    case: str | None = None
    location: str = ""
    failure: Failure | None = attrs.field(default=None, repr=False)

    def document(self) -> dict[str, Any]:
        """As `--json` has it."""
        return {
            "name": self.name,
            "verdict": self.verdict.value,
            "examples": self.examples,
            "seconds": round(self.seconds, 4),
            "message": self.message,
            "case": self.case,
        }


@attrs.define
class OpResult:
    """What was found about one op."""

    name: str
    plugin: str
    properties: list[PropertyResult] = attrs.field(factory=list[PropertyResult])

    @property
    def verdict(self) -> Verdict:
        """The worst of its properties'."""
        return worst(item.verdict for item in self.properties)

    @property
    def examples(self) -> int:
        """The draws that decided something, all properties together."""
        return sum(item.examples for item in self.properties)

    @property
    def seconds(self) -> float:
        """The time spent on it."""
        return sum(item.seconds for item in self.properties)

    def document(self) -> dict[str, Any]:
        """As `--json` has it."""
        return {
            "name": self.name,
            "plugin": self.plugin,
            "verdict": self.verdict.value,
            "properties": [item.document() for item in self.properties],
        }
