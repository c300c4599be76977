"""The report on the terminal: failures, the table of results, the slowest ops."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutorch_core.declaration.signatures import source_location
from mutorch_core.gradcheck.cases import Case, as_python
from mutorch_core.gradcheck.failures import Failure
from mutorch_core.gradcheck.selection.foreign_ops import import_text
from mutorch_core.gradcheck.value_types import is_array, is_several
from mutorch_core.gradcheck.verdicts import OpResult, PropertyResult, Verdict

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console_for", "failure_block", "fault_location", "print_results", "result_cells", "summary"]

SLOWEST_SHOWN = 5
MAX_NAMES = 4
MAX_SHOWN = 64
MAX_LINE = 2000
PIPE_WIDTH = 160
COLOURS = {Verdict.PROVEN: "green", Verdict.WRONG: "bold red", Verdict.UNDECIDED: "yellow", Verdict.SKIPPED: "dim"}
MARKS = {Verdict.PROVEN: "✓", Verdict.WRONG: "✗", Verdict.UNDECIDED: "?", Verdict.SKIPPED: "-"}


# ------------------------------------------------------------------------------------------------------ failure


def selection_text(op: Any) -> str:
    """Return the command's argument that selects an op: its name, or its `--import` option."""
    text = import_text(op)
    return op.name if text is None else f"--import {text}"


def failure_block(op: Any, name: str, failure: Failure) -> str:
    """Return the report of a failure: location, values, diagnosis, and commands to reproduce it."""
    path, _, line = fault_location(op, failure).rpartition(":")
    lines = [f"✗ {op.name}    {failure.summary}    [{name}]    {Path(path).name}:{line}"]
    case = failure.case
    if case is not None:
        lines.append(f"    {call_text(case)}")
    shown = [row for row in failure.rows if row[0] != "diagnosis"]
    lines += [f"      {label:<11} {text}" for label, text in shown]
    lines += [f"    {label:<13} {text}" for label, text in failure.rows if label == "diagnosis"]
    if case is not None:
        backend = f" --backend {failure.backend}" if failure.backend else ""
        lines.append(
            f"    {'replay':<13} mutorch gradcheck {selection_text(op)}{backend} --case {shlex.quote(case.text)}"
        )
        lines += python_lines(case, failure.backend)
    return "\n".join(lines)


def python_lines(case: Case, backend: str | None) -> list[str]:
    """Return the report's lines of Python; none for a case that is too large to read."""
    first, *rest = as_python(case, backend)
    if max(map(len, rest)) > MAX_LINE:
        return []
    return [f"    {'as Python':<13} {first}", *(f"    {'':<13} {line}" for line in rest)]


def fault_location(op: Any, failure: Failure) -> str:
    """Return file and line of the rule at fault, or of the op: `/home/me/acme_ops.py:14`."""
    rule = op.rules.get(failure.operand) if failure.operand else None
    return op.declaration.place if rule is None else source_location(rule.function)


def call_text(case: Case) -> str:
    """Return a case as a call: `softplus(x=float64[2] [0.0, 1.0], beta=2.0),  g=[1.0, 0.0]`."""
    arguments = [f"{name}={value_text(value)}" for name, value in {**case.operands, **case.parameters}.items()]
    g = case.cotangents[0] if len(case.cotangents) == 1 else case.cotangents
    return f"{case.op.short_name}({', '.join(arguments)}),  g={value_text(g, brief=True)}"


def value_text(value: Any, brief: bool = False) -> str:
    """Return a value for reading: arrays with dtype, shape and entries."""
    if is_array(value):
        entries = repr(value.tolist()) if value.size <= MAX_SHOWN else "[…]"
        return entries if brief else f"{value.dtype.name}[{','.join(map(str, value.shape))}] {entries}"
    if is_several(value):
        texts = ", ".join(value_text(item, brief) for item in value)
        return f"({texts})" if isinstance(value, tuple) else f"[{texts}]"
    return repr(value)


# ------------------------------------------------------------------------------------------------------ results


def console_for(stream: Any) -> Console:
    """Return a Rich console: with colours on a terminal, plain and wide for a pipe or a file."""
    from rich.console import Console

    if stream.isatty():
        return Console(file=stream)
    return Console(file=stream, width=PIPE_WIDTH, no_color=True, force_terminal=False)


def print_results(console: Console, results: Sequence[OpResult], seconds: float) -> None:
    """Print the table of all ops, the slowest ones, every failure and all advice, and the totals."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    columns = ("", "op", "plugin", "proven", "examples", "seconds")
    table = Table(*columns, box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False)
    for result in results:
        table.add_row(Text(MARKS[result.verdict], COLOURS[result.verdict]), *map(Text, result_cells(result)))
    console.print(table)
    slowest = sorted(results, key=lambda result: -result.seconds)[:SLOWEST_SHOWN]
    console.print(Text("slowest: " + ", ".join(f"{result.name} {result.seconds:.2f} s" for result in slowest)))
    for result in results:
        for message in messages(result):
            console.print()
            console.print(Text(message), soft_wrap=True)
    console.print()
    console.print(Text(summary(results, seconds)))


def result_cells(result: OpResult) -> tuple[str, ...]:
    """Return an op's cells: the number of applicable properties that passed, and of those that did not."""
    applicable = [item for item in result.properties if item.verdict is not Verdict.SKIPPED]
    proven = sum(item.verdict is Verdict.PROVEN for item in applicable)
    bad = [
        (verdict, sum(item.verdict is verdict for item in applicable)) for verdict in (Verdict.WRONG, Verdict.UNDECIDED)
    ]
    share = ", ".join([f"{proven}/{len(applicable)}", *(f"{count} {verdict.value}" for verdict, count in bad if count)])
    return result.name, result.plugin, share, str(result.examples), f"{result.seconds:.2f}"


def messages(result: OpResult) -> Iterable[str]:
    """Yield the messages of an op's properties without repetition; of several failures only the first in full."""
    by_key: dict[str, list[PropertyResult]] = {}
    for item in result.properties:
        if item.verdict in (Verdict.WRONG, Verdict.UNDECIDED):
            by_key.setdefault(message_key(item), []).append(item)
        elif item.message:
            yield "\n".join(f"- {result.name}    {line}" for line in item.message.splitlines())
    full = True
    for item, *others in by_key.values():
        names = [other.name for other in others]
        also = f"    (and {', '.join(names) if len(names) < MAX_NAMES else f'{len(names)} more'})" if names else ""
        if item.verdict is Verdict.UNDECIDED:
            yield f"? {result.name}    {item.name} is undecided: {item.message}{also}"
            continue
        first, *rest = item.message.splitlines()
        yield "\n".join([first + also, *(line for line in rest if full or line.lstrip().startswith("replay"))])
        full = False


def message_key(item: PropertyResult) -> str:
    """Return the text by which repeated messages are recognised: all of it, or the summary of an exception."""
    first, *rows = item.message.splitlines() or [""]
    compares = item.verdict is Verdict.UNDECIDED or any(row.lstrip().startswith("it is ") for row in rows)
    return item.message if compares else first.partition("    [")[0]


def summary(results: Sequence[OpResult], seconds: float) -> str:
    """Return the totals: `138 ops: 130 proven, 6 wrong, 2 undecided, in 14.2 s`."""
    counts = {verdict: sum(result.verdict is verdict for result in results) for verdict in Verdict}
    order = (Verdict.PROVEN, Verdict.WRONG, Verdict.UNDECIDED, Verdict.SKIPPED)
    parts = [f"{counts[verdict]} {verdict.value}" for verdict in order if counts[verdict] or verdict is Verdict.PROVEN]
    return f"{len(results)} op{'s' * (len(results) != 1)}: {', '.join(parts)}, in {seconds:.1f} s"
