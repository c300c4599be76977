"""A profile of backward passes: one row per op, with its cotangent's statistics, time and memory.

with mt.profile_backward() as summary:
    loss(w).backprop()
print(summary)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from time import perf_counter
from typing import Any, NamedTuple

from mutorch_core.engine.hooks import rule_name
from mutorch_core.engine.watching import NodeWatcher, WatchedRule, cotangent_values, statistics_of
from mutorch_core.errors import MissingFramework
from mutorch_core.graph.node import Node

__all__ = ["ProfileRow", "profile_backward"]


class ProfileRow(NamedTuple):
    """One op of a backward pass: statistics of the cotangent of its result, and what its rule took."""

    op: str
    place: str
    """File and line of the op's call; empty if it ran outside of the context."""
    result: str
    """Shape and dtype of the cotangent: `float64[3,4]`."""
    minimum: float
    maximum: float
    norm: float
    nan: float
    """The share of entries that are nan."""
    zero: float
    """The share of entries that are zero."""
    seconds: float
    """The time that the rule took; a checkpoint's includes the ops of its second run, which have their own rows."""
    kept: int
    """The bytes of the arrays that the node kept for its rule, each array counted at its first node."""


class profile_backward(NodeWatcher):  # noqa: N801 - used as `with mt.profile_backward() as summary:`
    """In this context, add a row to `rows` for each op that a backward pass visits, in the order of the pass.

    `print(summary)` shows the table, `rows` has it as `ProfileRow`s, `plot()` draws the norms along the pass. An op
    with several outputs has one row for each output that received a cotangent. Lines of calls are known if the forward
    ran in the context too. It is local to the thread or task. All passes in the context are added, of transforms too.
    The arrays that nodes keep stay alive until the end of the context, since each is counted once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ProfileRow] = []
        self._counted: dict[int, Any] = {}

    def pull(self, rule: WatchedRule, g: Any, node: Node, run: Any) -> Sequence[Any]:
        """Pull back, and add the rows of this op."""
        found = [each for each in map(statistics_of, cotangent_values(g)) if each is not None]
        kept = sum(self.new_bytes(node.saved))
        start = perf_counter()
        cotangents: Sequence[Any] = run()
        seconds = perf_counter() - start
        for each in found:
            numbers = each.minimum, each.maximum, each.norm, each.nan, each.zero
            self.rows.append(ProfileRow(rule_name(rule), rule.place or "", each.shown, *numbers, seconds, kept))
            seconds, kept = 0.0, 0
        return cotangents

    def new_bytes(self, saved: Iterable[Any]) -> Iterable[int]:
        """Yield the size of each saved array that no earlier node of the pass kept."""
        for value in saved:
            size: Any = getattr(value, "nbytes", None)
            if isinstance(size, int) and id(value) not in self._counted:
                self._counted[id(value)] = value
                yield size

    def __exit__(self, *exception: Any) -> None:
        super().__exit__(*exception)
        self._counted.clear()

    def __str__(self) -> str:
        """Return the table, with a line of totals."""
        head = ("op", "cotangent", "min", "max", "norm", "nan", "zero", "ms", "kept", "called at")
        lines = [head, *(format_row(row) for row in self.rows)]
        seconds, kept = sum(row.seconds for row in self.rows), sum(row.kept for row in self.rows)
        lines.append((f"{len(self.rows)} rows", "", "", "", "", "", "", f"{seconds * 1e3:.3f}", format_bytes(kept), ""))
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if index in (0, 1, len(head) - 1) else cell.rjust(width)
                for index, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )

    def plot(self, axes: Any = None) -> Any:
        """Draw the norm of each cotangent in the order of the pass, and return matplotlib's axes.

        `axes` are those to draw on; without them a new figure is made. Raises MissingFramework without matplotlib.
        """
        if axes is None:
            axes = new_axes()
        axes.plot(range(len(self.rows)), [row.norm for row in self.rows], marker="o")
        axes.set_yscale("log")
        axes.set_ylabel("norm of the cotangent")
        axes.set_xticks(range(len(self.rows)), [row.op for row in self.rows], rotation=90)
        return axes


def new_axes() -> Any:
    """Return the axes of a new figure of matplotlib. Raises MissingFramework if it is not installed."""
    try:
        pyplot: Any = import_module("matplotlib.pyplot")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("matplotlib"):
            raise
        text = "plot() needs matplotlib, which is not installed: pip install matplotlib; `rows` has the numbers"
        raise MissingFramework(text, name="matplotlib") from error
    return pyplot.subplots(layout="constrained")[1]


def format_row(row: ProfileRow) -> tuple[str, ...]:
    """Format the cells of one row."""
    numbers = (f"{number:.3g}" for number in (row.minimum, row.maximum, row.norm))
    shares = (f"{share:.0%}" if share else "" for share in (row.nan, row.zero))
    return (row.op, row.result, *numbers, *shares, f"{row.seconds * 1e3:.3f}", format_bytes(row.kept), row.place)


def format_bytes(size: int) -> str:
    """Format a number of bytes: `24 B`, `1.5 kB`, `2.0 MB`."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"
