"""The page about exported ops: `python -m tests.pages exporters`.

It lists each op and whether each framework computes the same derivatives as the op's rules.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import mutorch_core as mt
from mutorch_core.gradcheck.checking.check_op import quiet
from tests.core.interop.every_op import BY, FIRST, FRAMEWORKS, SECOND, difference, differentiable_ops, subject_of
from tests.pages import in_processes

OPENING = """\
# Ops in other frameworks

This table lists every op that has a derivative, exported by `mt.interop.to_torch`, `to_jax` (as it is, and compiled by
`jax.jit`) and `to_autograd`. The first mark is for the first derivative, the second for the second: ✓ if the framework
computes the same as the op's rules, else a reference to the reason.

"""

Cell = list[tuple[str, str | None]]
"""Marks, each with the reason if it is not ✓."""


def row(name: str) -> list[Cell]:
    """Return the cells of an op, one for each framework."""
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [cell(mt.ops[name], framework) for framework in FRAMEWORKS]


def cell(op: Any, framework: str) -> Cell:
    """Return the marks of first and second order, or one mark if the op is not exported at all."""
    subject = subject_of(op)
    try:
        derivatives = BY[framework](subject)
    except Exception as error:  # the table shows any error as the reason
        return [("–", str(error).splitlines()[0])]
    differences = [difference(subject, order, derivatives) for order in (FIRST, SECOND)]
    return [("✓", None) if text is None else ("✗", text.splitlines()[0]) for text in differences]


def page(rows: Mapping[str, Sequence[Cell]]) -> Iterator[str]:
    """Yield the lines, from the cells of each op; reasons become footnotes."""
    reasons: list[str] = []

    def with_footnote(mark: str, reason: str | None) -> str:
        if reason is None:
            return mark
        if reason not in reasons:
            reasons.append(reason)
        return f"{mark} [{reasons.index(reason) + 1}]"

    yield from OPENING.splitlines()
    yield f"| op | {' | '.join(FRAMEWORKS)} |"
    yield "|---" + "|:-:" * len(FRAMEWORKS) + "|"
    for name, cells in rows.items():
        yield f"| `{name}` | {' | '.join(' '.join(with_footnote(*pair) for pair in cell) for cell in cells)} |"
    for number, reason in enumerate(reasons, 1):
        yield ""
        yield f"[{number}] {reason}"


def main() -> None:
    """Print the page."""
    names = [op.name for op in differentiable_ops()]
    for line in page(dict(zip(names, in_processes(row, names), strict=True))):
        print(line)


if __name__ == "__main__":
    main()
