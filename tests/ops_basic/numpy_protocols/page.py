"""The page of NumPy's functions: `python -m tests.pages numpy_functions`."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import mutorch_ops_basic.numpy_protocols  # noqa: F401 - fills the registry
from mutorch_ops_basic.numpy_protocols.functions.answers import EXCLUDED
from mutorch_ops_basic.numpy_protocols.registry import REFUSED, entries, public_functions
from mutorch_ops_basic.numpy_protocols.ufuncs import ufunc_kind

__all__ = ["kind_of", "page"]

HEAD = """\
# NumPy's functions

Each function of NumPy {version} that takes an array, with what it does when an argument is a `Var`. *Differentiated*
functions are part of the graph. *Answered* ones have no derivative; their result is computed from the value.

| function | with a `Var` |
|---|---|
"""


def kind_of(function: Any) -> str | None:
    """Return the kind of a function, or None if it dispatches to no protocol."""
    if isinstance(function, np.ufunc):
        return ufunc_kind(function)
    entry = entries.get(function)
    return None if entry is None else entry.kind


def page() -> str:
    """Return the page's text."""
    rows = []
    for name, function in public_functions():
        kind = kind_of(function)
        if kind is not None:
            advice = f": {entries[function].advice}" if kind == REFUSED and function in entries else ""
            rows.append(f"| `{name}` | {kind}{advice} |")
    parts = [f"- {reason}: {', '.join(f'`np.{name}`' for name in names)}" for reason, names in EXCLUDED.items()]
    left_out = "\n\nThese take no `Var` through NumPy's protocols:\n\n" + "\n".join(parts) + "\n"
    return HEAD.format(version=np.__version__) + "\n".join(rows) + left_out


if __name__ == "__main__":
    sys.stdout.write(page())
