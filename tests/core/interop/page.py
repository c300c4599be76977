"""docs/exporters.md: every op and whether each framework differentiates it as its rules do.

python -m tests.core.interop.page > docs/exporters.md
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from mutorch_core.gradcheck.checking.check_op import quiet
from tests.core.interop.every_op import BY, FIRST, FRAMEWORKS, SECOND, difference, differentiable_ops, subject_of

OPENING = """\
# Ops in other frameworks

What `mt.interop.to_torch`, `to_jax` (as it is, and compiled by `jax.jit`) and `to_autograd` make of each op that has a
derivative: ✓ where the first derivative, and the derivative of that, are the rules', as the framework takes them; else
the reason. This page is generated:

    python -m tests.core.interop.page > docs/exporters.md

"""

REASONS: list[str] = []


def cell(op: Any, framework: str) -> str:
    """First and second order of an op in a framework: two marks, or a footnote each."""
    subject = subject_of(op)
    try:
        found = BY[framework](subject)
    except Exception as error:  # whatever it is, it is what stands in the table
        return f"– {footnote(str(error))}"
    differences = [difference(subject, order, found) for order in (FIRST, SECOND)]
    return " ".join("✓" if text is None else f"✗ {footnote(text)}" for text in differences)


def footnote(text: str) -> str:
    """The number of a reason, below the table."""
    line = text.splitlines()[0]
    if line not in REASONS:
        REASONS.append(line)
    return f"[{REASONS.index(line) + 1}]"


def page() -> Iterator[str]:
    """The lines."""
    yield from OPENING.splitlines()
    yield f"| op | {' | '.join(FRAMEWORKS)} |"
    yield "|---" + "|:-:" * len(FRAMEWORKS) + "|"
    for op in differentiable_ops():
        yield f"| `{op.name}` | {' | '.join(cell(op, framework) for framework in FRAMEWORKS)} |"
    for number, reason in enumerate(REASONS, 1):
        yield ""
        yield f"[{number}] {reason}"


def main() -> None:
    """Print the page."""
    if len(FRAMEWORKS) != len(BY):
        raise SystemExit(f"the page is about all of {', '.join(BY)}; installed: {', '.join(FRAMEWORKS)}")
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for line in page():
            print(line, flush=True)


if __name__ == "__main__":
    main()
