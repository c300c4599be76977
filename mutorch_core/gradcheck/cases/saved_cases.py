"""Counterexamples saved as text: one file per op, one case per line. Later runs check them first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mutorch_core.gradcheck.cases.case import Case, read_case
from mutorch_core.gradcheck.failures import CaseError

__all__ = ["read_saved_cases", "save_case"]


def file_of(folder: str, op: Any) -> Path:
    """Return the path of an op's file."""
    return Path(folder, f"{op.namespace}.{op.short_name}.cases")


def read_saved_cases(folder: str, op: Any) -> list[Case]:
    """Return the saved cases that still fit the op, the latest first."""
    path = file_of(folder, op)
    cases: list[Case] = []
    for line in reversed(path.read_text(encoding="utf-8").splitlines() if path.is_file() else []):
        try:
            cases.append(read_case(op, line))
        except CaseError:  # saved before the op's signature changed
            continue
    return cases


def save_case(folder: str, case: Case) -> None:
    """Append a case to its op's file unless it is there already."""
    path = file_of(folder, case.op)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if case.text not in lines:
        path.write_text("\n".join([*lines, case.text]) + "\n", encoding="utf-8")
