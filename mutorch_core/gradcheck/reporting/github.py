"""GitHub's view of a run: annotations beside the rules at fault, and the step's summary.

Annotations are lines on stdout that begin with `::error`. The summary is appended to the file GITHUB_STEP_SUMMARY.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from mutorch_core.gradcheck.reporting.run_record import Run
from mutorch_core.gradcheck.reporting.terminal import MARKS, messages, result_cells, summary
from mutorch_core.gradcheck.verdicts import OpResult, PropertyResult, Verdict

__all__ = ["append_step_summary", "step_summary", "workflow_commands"]

LEVELS = {Verdict.WRONG: "error", Verdict.UNDECIDED: "warning"}

MAX_SUMMARY_BYTES = 900_000
"""The largest summary in bytes; GitHub accepts at most a mebibyte."""


# -------------------------------------------------------------------------------------------------- annotations


def workflow_commands(run: Run) -> Iterator[str]:
    """Yield a line for each failure, each undecided property, and each problem beside the ops.

    The first line of each op comes before the second of any, since GitHub shows ten per step.
    """
    root = repository()
    ranked = [(rank, line) for result in run.op_results for rank, line in enumerate(op_annotations(result, root))]
    yield from (line for _, line in sorted(ranked, key=lambda item: item[0]))
    yield from (annotation("error", problem, title="mutorch gradcheck") for problem in run.problems)


def op_annotations(op_result: OpResult, root: Path) -> Iterator[str]:
    """Yield the annotations of one op: each failure, and each reason for an undecided property."""
    messages: set[str] = set()
    for result in sorted(op_result.properties, key=lambda result: result.verdict is not Verdict.WRONG):
        if result.verdict in LEVELS and result.message not in messages:
            messages.add(result.message)
            title = f"{op_result.name}: {result.name} is {result.verdict.value}"
            yield annotation(LEVELS[result.verdict], result.message, **location_in(root, result), title=title)


def annotation(level: str, message: str, **properties: str) -> str:
    """Return one annotation: `::error file=acme_ops.py,line=14,title=…::…`."""
    fields = ",".join(f"{name}={escape(value, ':', ',')}" for name, value in properties.items())
    return f"::{level} {fields}::{escape(message)}"


def escape(text: str, *further: str) -> str:
    """Escape percent signs, line ends and some further characters as %XX, as GitHub's commands require."""
    for character in ("%", "\r", "\n", *further):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def repository() -> Path:
    """Return the folder for annotations: GITHUB_WORKSPACE, the nearest one with `.git`, or the current one."""
    if named := os.environ.get("GITHUB_WORKSPACE"):
        return Path(named).resolve()
    current = Path.cwd().resolve()
    return next((folder for folder in (current, *current.parents) if (folder / ".git").exists()), current)


def location_in(root: Path, result: PropertyResult) -> dict[str, str]:
    """Return file and line below a repository; for an installed copy, those of its source file.

    Return nothing if the repository has no such file.
    """
    text, _, line = result.location.rpartition(":")
    path = Path(text).resolve()
    within = [path.relative_to(root)] if path.is_relative_to(root) else []
    for folder in map(Path, sys.path):
        if folder.is_absolute() and path.is_relative_to(folder.resolve()):
            inside = path.relative_to(folder.resolve())
            within = [*(Path(start, inside) for start in ("", "src") if (root / start / inside).is_file()), *within]
    return {"file": within[0].as_posix(), "line": line} if within else {}


# ------------------------------------------------------------------------------------------------------ summary


def append_step_summary(run: Run, seconds: float) -> None:
    """Append the summary to the file GITHUB_STEP_SUMMARY, if that is set."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(step_summary(run, seconds))


def step_summary(run: Run, seconds: float) -> str:
    """Return the summary as Markdown: totals, failures as code blocks, and a table with failed ops first."""
    results = sorted(run.op_results, key=lambda result: list(Verdict).index(result.verdict), reverse=True)
    head = f"## mutorch gradcheck\n\n{summary(run.op_results, seconds)}\n\n"
    problems = "".join(f"- {escape_markdown(problem)}\n" for problem in run.problems)
    table = "\n".join(["| | op | plugin | proven | examples | seconds |", "|-|-|-|-|-|-|", *map(table_row, results)])
    body = f"<details><summary>all ops</summary>\n\n{table}\n\n</details>\n\n"
    blocks = [code_block(message) for result in results for message in messages(result)]
    return head + problems + fit_blocks(blocks, MAX_SUMMARY_BYTES - len((head + problems + body).encode())) + body


def table_row(result: OpResult) -> str:
    """Return an op's row."""
    return f"| {MARKS[result.verdict]} | {' | '.join(map(escape_markdown, result_cells(result)))} |"


def escape_markdown(text: str) -> str:
    """Return text on one line with Markdown's characters escaped."""
    return re.sub(r"([\\`*_<>|\[\]])", r"\\\1", " ".join(text.split()))


def code_block(text: str) -> str:
    """Return text as a code block, with a fence longer than any in the text."""
    fence = "`" * max(3, *(1 + len(ticks) for ticks in re.findall("`+", text)), 0)
    return f"{fence}text\n{text}\n{fence}\n\n"


def fit_blocks(blocks: Sequence[str], most: int) -> str:
    """Return as many blocks as fit, and a note on the number of others."""
    ends = list(accumulate(len(block.encode()) for block in blocks))
    count = sum(end <= most for end in ends)
    more = f"… and {len(blocks) - count} more: see the log, or `--json`.\n\n" if count < len(blocks) else ""
    return "".join(blocks[:count]) + more
