"""The gallery of failures: `python -m tests.pages gallery`.

Each Python file beside this one is an exhibit: an op with one mistake, which its docstring names. The text file of the
same name is the output of the checker, which the tests compare; `python -m tests.core.gradcheck.gallery.page --renew`
writes these files.
"""

from __future__ import annotations

import sys
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

__all__ = ["EXHIBITS", "failure", "page", "renew", "shown", "source"]

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
"""The default profile with more time for shrinking, so that the output is the same on a slow machine."""

OPENING = """\
# A gallery of failures

These rules have mistakes that people make. Below each one is the unshortened output of `mutorch gradcheck` for one
property that fails.

Each block names the property and the line of the rule. Then it shows the smallest case that was found, the rule's
cotangent beside that of finite differences, a guess at the reason, and two ways to reproduce the failure.
"""


def operation(name: str) -> Any:
    """Return the op of an exhibit."""
    module = import_module(f"{__package__}.{name}")
    return next(value for value in vars(module).values() if isinstance(value, Op))


def source(name: str) -> str:
    """Return the code of an exhibit."""
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8").rstrip()


def output(name: str) -> Path:
    """Return the file with the checker's output on an exhibit."""
    return Path(__file__).with_name(f"{name}.txt")


def shown(name: str) -> str:
    """Return the checker's output on an exhibit, as the page shows it."""
    return output(name).read_text(encoding="utf-8").rstrip("\n")


def renew() -> None:
    """Run the checker and write its output on each exhibit."""
    for name in EXHIBITS:
        output(name).write_text(f"{failure(name).message}\n", encoding="utf-8")


def failure(name: str, case: str | None = None) -> PropertyResult:
    """Return the checker's failure for an exhibit, on its own draws or on one case."""
    op = operation(name)
    pool = CasePool(op, PROFILE, None if case is None else read_case(op, case))
    return check_property(pool, next(found for found in properties_of(op) if found.name == EXHIBITS[name]))


def page() -> Iterator[str]:
    """Yield the parts."""
    yield OPENING
    for name in EXHIBITS:
        title = source(name).partition('"""')[2].partition('"""')[0].rstrip(".")
        yield f"## {title}\n\n```python\n{source(name)}\n```\n\n```text\n{shown(name)}\n```\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--renew"]:
        renew()
    else:
        print("\n".join(page()), end="")
