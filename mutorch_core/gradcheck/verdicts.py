"""The results of a check as data: by property, by op, and the command's exit codes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import attrs

from mutorch_core.gradcheck.failures import Failure

__all__ = ["PROVEN", "UNUSABLE", "WRONG", "OpResult", "PropertyResult", "Verdict", "worst"]

PROVEN, WRONG, UNUSABLE = 0, 1, 2
"""The exit codes: all proven; some op is wrong; a usage error, a broken plugin, an interrupted run, or an undecided
property.
"""


class Verdict(StrEnum):
    """The verdicts from good to bad. An op's verdict is that of its worst property."""

    SKIPPED = "skipped"
    PROVEN = "proven"
    UNDECIDED = "undecided"
    WRONG = "wrong"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; skipped if there are none."""
    return max(verdicts, key=list(Verdict).index, default=Verdict.SKIPPED)


@attrs.define
class PropertyResult:
    """The result of one property of one op.

    `examples` counts the decided cases. `message` is the failure's report or advice. `case` is the counterexample in
    the notation of `--case`. `location` is the file and line of the rule at fault, or of the op.
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
        """Return the result as `--json` writes it."""
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
    """The results of one op."""

    name: str
    plugin: str
    properties: list[PropertyResult] = attrs.field(factory=list[PropertyResult])

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the properties."""
        return worst(item.verdict for item in self.properties)

    @property
    def examples(self) -> int:
        """The number of decided cases over all properties."""
        return sum(item.examples for item in self.properties)

    @property
    def seconds(self) -> float:
        """The time of all properties."""
        return sum(item.seconds for item in self.properties)

    def document(self) -> dict[str, Any]:
        """Return the result as `--json` writes it."""
        return {
            "name": self.name,
            "plugin": self.plugin,
            "verdict": self.verdict.value,
            "properties": [item.document() for item in self.properties],
        }
