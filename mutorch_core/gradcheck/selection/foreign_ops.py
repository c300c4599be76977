"""Foreign ops of `--import MODULE:NAME`: an op, or another framework's function, that is not installed."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from mutorch_core.errors import MutorchError
from mutorch_core.gradcheck.failures import SelectionError
from mutorch_core.gradcheck.selection.installed_ops import FOREIGN_OPS

__all__ = ["import_all", "import_op", "import_text"]

IMPORT_TEXTS: dict[str, str] = {}
"""The `--import` text of each imported op, by its name."""


def import_all(texts: Sequence[str]) -> list[str]:
    """Import several ops, and return the names by which they can be selected."""
    return [import_op(text).name for text in texts]


def import_op(text: str) -> Any:
    """Import `mypkg.ops:MyFunction`: an op as it is, anything else as an op named `import::MyFunction`.

    Raises SelectionError if it does not exist or can't be checked.
    """
    from mutorch_core.interop.framework_detection import wrapped

    for name, known in IMPORT_TEXTS.items():
        if known == text:
            return FOREIGN_OPS[name]
    value = look_up(text)
    try:
        op = wrapped(value, f"import::{text.partition(':')[2]}")
    except (MutorchError, ImportError) as error:
        raise SelectionError(f"--import {text}: {error}") from error
    if op.name in IMPORT_TEXTS:
        raise SelectionError(f"--import {text}: {IMPORT_TEXTS[op.name]} is {op.name} too: check one after the other")
    FOREIGN_OPS[op.name] = op
    IMPORT_TEXTS[op.name] = text
    return op


def look_up(text: str) -> Any:
    """Import a module, also from the current folder, and return its attribute. Raises SelectionError."""
    module, _, path = text.partition(":")
    if not (module and path):
        raise SelectionError(f"--import {text}: write MODULE:NAME, as mypkg.ops:MyFunction")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        value: Any = import_module(module)
    except Exception as error:  # a foreign module may raise anything
        raise SelectionError(f"--import {text}: {module} can't be imported: {type(error).__name__}: {error}") from error
    for name in path.split("."):
        if not hasattr(value, name):
            near = difflib.get_close_matches(name, dir(value), n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise SelectionError(f"--import {text}: {module} has no {path!r}{hint}")
        value = getattr(value, name)
    return value


def import_text(op: Any) -> str | None:
    """Return the `--import` text of an op, or None if it is installed."""
    return IMPORT_TEXTS.get(op.name) if FOREIGN_OPS.get(op.name) is op else None
