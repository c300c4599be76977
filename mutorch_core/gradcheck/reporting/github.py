"""What GitHub shows of a run: annotations beside the rules at fault, and a summary of the step.

Annotations are lines on stdout that begin with `::error`, the summary is a file that GITHUB_STEP_SUMMARY names.
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
"""Bytes of a summary; GitHub takes none beyond a mebibyte."""


# -------------------------------------------------------------------------------------------------- annotations


def workflow_commands(run: Run) -> Iterator[str]:
    """A line for each failure, for what is undecided, and for each trouble beside the ops.

    The first of each op come first: GitHub shows ten of a step.
    """
    root = repository()
    ranked = [(rank, line) for result in run.op_results for rank, line in enumerate(op_annotations(result, root))]
    yield from (line for _, line in sorted(ranked, key=lambda item: item[0]))
    yield from (annotation("error", trouble, title="mutorch gradcheck") for trouble in run.problems)


def op_annotations(op_result: OpResult, root: Path) -> Iterator[str]:
    """The annotations of one op: each failure, and each reason for which something is undecided."""
    messages: set[str] = set()
    for result in sorted(op_result.properties, key=lambda result: result.verdict is not Verdict.WRONG):
        if result.verdict in LEVELS and result.message not in messages:
            messages.add(result.message)
            title = f"{op_result.name}: {result.name} is {result.verdict.value}"
            yield annotation(LEVELS[result.verdict], result.message, **location_in(root, result), title=title)


def annotation(level: str, message: str, **properties: str) -> str:
    """`::error file=acme_ops.py,line=14,title=…::…`."""
    fields = ",".join(f"{name}={escape(value, ':', ',')}" for name, value in properties.items())
    return f"::{level} {fields}::{escape(message)}"


def escape(text: str, *further: str) -> str:
    """Text as GitHub's commands take it: percent signs, ends of lines and some further characters as %XX."""
    for character in ("%", "\r", "\n", *further):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def repository() -> Path:
    """The folder that annotations speak of: GITHUB_WORKSPACE, or the nearest one that holds `.git`, or this one."""
    if named := os.environ.get("GITHUB_WORKSPACE"):
        return Path(named).resolve()
    current = Path.cwd().resolve()
    return next((folder for folder in (current, *current.parents) if (folder / ".git").exists()), current)


def location_in(root: Path, result: PropertyResult) -> dict[str, str]:
    """File and line below a repository; of an installed copy, those of the file that it was made from.

    Nothing where the repository has no such file.
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
    """Add the summary to the file that GITHUB_STEP_SUMMARY names, if it names one."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(step_summary(run, seconds))


def step_summary(run: Run, seconds: float) -> str:
    """Markdown: how it went, every failure as a block of code, and a table of all ops, those that failed first."""
    results = sorted(run.op_results, key=lambda result: list(Verdict).index(result.verdict), reverse=True)
    head = f"## mutorch gradcheck\n\n{summary(run.op_results, seconds)}\n\n"
    troubles = "".join(f"- {escape_markdown(trouble)}\n" for trouble in run.problems)
    table = "\n".join(["| | op | plugin | proven | examples | seconds |", "|-|-|-|-|-|-|", *map(table_row, results)])
    body = f"<details><summary>all ops</summary>\n\n{table}\n\n</details>\n\n"
    blocks = [code_block(message) for result in results for message in messages(result)]
    return head + troubles + fit_blocks(blocks, MAX_SUMMARY_BYTES - len((head + troubles + body).encode())) + body


def table_row(result: OpResult) -> str:
    """An op's row."""
    return f"| {MARKS[result.verdict]} | {' | '.join(map(escape_markdown, result_cells(result)))} |"


def escape_markdown(text: str) -> str:
    """Text that is no Markdown, on one line."""
    return re.sub(r"([\\`*_<>|\[\]])", r"\\\1", " ".join(text.split()))


def code_block(text: str) -> str:
    """A block of code, whatever is in it."""
    fence = "`" * max(3, *(1 + len(ticks) for ticks in re.findall("`+", text)), 0)
    return f"{fence}text\n{text}\n{fence}\n\n"


def fit_blocks(blocks: Sequence[str], most: int) -> str:
    """As many blocks as there is room for, and how many there are beyond."""
    ends = list(accumulate(len(block.encode()) for block in blocks))
    count = sum(end <= most for end in ends)
    more = f"… and {len(blocks) - count} more: see the log, or `--json`.\n\n" if count < len(blocks) else ""
    return "".join(blocks[:count]) + more
