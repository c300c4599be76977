"""The checker's reports of wrong rules, as a page.

    python -m tests.core.gradcheck.gallery.page > docs/gallery.md

Each file beside this one is an exhibit: an op with one mistake, which its docstring names.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

from mutorch_core import Op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.checking.check_op import check_property
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.properties import properties_of
from mutorch_core.gradcheck.verdicts import PropertyResult

__all__ = ["EXHIBITS", "failure", "page", "source"]

EXHIBITS = {
    "sign": "value",
    "forgotten_parameter": "parameters",
    "missing_sum": "value",
    "axis_by_length": "value",
    "kink": "kinks",
    "tie": "kinks",
    "conjugate": "value",
    "detached": "second_order",
    "changes_its_cotangent": "pure",
    "precision": "value",
    "overflow": "extremes",
}
"""The files, and for each op the property whose failure is shown."""

PROFILE = attrs.evolve(PROFILES["ci"], shrink_seconds=300.0, limit=None)
"""The default profile with more time for shrinking, so that the page is the same on a slow machine."""

OPENING = """\
# A gallery of failures

Rules as people write them wrong, and what `mutorch gradcheck` prints of each: one failing property of
each, and nothing shortened. This page is generated:

    python -m tests.core.gradcheck.gallery.page > docs/gallery.md

Each block says which property failed and where the rule is written; the smallest case that was found; what the rule
says and what finite differences say; a guess at why; and two ways to see it again.
"""


def operation(name: str) -> Any:
    """Return the op of an exhibit."""
    module = import_module(f"{__package__}.{name}")
    return next(value for value in vars(module).values() if isinstance(value, Op))


def source(name: str) -> str:
    """Return the code of an exhibit."""
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8").rstrip()


def failure(name: str, case: str | None = None) -> PropertyResult:
    """Return the checker's failure for an exhibit, on its own draws or on one case."""
    op = operation(name)
    pool = CasePool(op, PROFILE, None if case is None else read_case(op, case))
    return check_property(pool, next(found for found in properties_of(op) if found.name == EXHIBITS[name]))


def page() -> Iterator[str]:
    """Yield the parts of docs/gallery.md."""
    yield OPENING
    for name in EXHIBITS:
        title = source(name).partition('"""')[2].partition('"""')[0].rstrip(".")
        yield f"## {title}\n\n```python\n{source(name)}\n```\n\n```text\n{failure(name).message}\n```\n"


if __name__ == "__main__":
    print("\n".join(page()), end="")
