"""`--import MODULE:NAME`: an op, or another framework's function, to be checked without being installed."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from mutorch_core.errors import MutorchError
from mutorch_core.gradcheck.failures import SelectionError
from mutorch_core.gradcheck.selection.installed_ops import imported

__all__ = ["how_to_import", "import_all", "import_op"]

TEXTS: dict[str, str] = {}
"""How each imported op was asked for, by its name."""


def import_all(texts: Sequence[str]) -> list[str]:
    """Import several, and return the names by which they can be selected."""
    return [import_op(text).name for text in texts]


def import_op(text: str) -> Any:
    """The op that `mypkg.ops:MyFunction` names: one as it is, anything else under the name `import::MyFunction`.

    Raises SelectionError where there is no such thing, or it is nothing that could be checked.
    """
    from mutorch_core.interop.wrapping import wrapped

    for name, known in TEXTS.items():
        if known == text:
            return imported[name]
    value = looked_up(text)
    try:
        op = wrapped(value, f"import::{text.partition(':')[2]}")
    except (MutorchError, ImportError) as error:
        raise SelectionError(f"--import {text}: {error}") from error
    if op.name in TEXTS:
        raise SelectionError(f"--import {text}: {TEXTS[op.name]} is {op.name} too: check one after the other")
    imported[op.name] = op
    TEXTS[op.name] = text
    return op


def looked_up(text: str) -> Any:
    """What a module has by a name; the folder that one is in may hold the module. Raises SelectionError."""
    module, _, path = text.partition(":")
    if not (module and path):
        raise SelectionError(f"--import {text}: write MODULE:NAME, as mypkg.ops:MyFunction")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        value: Any = import_module(module)
    except Exception as error:  # whatever a stranger's module raises
        raise SelectionError(f"--import {text}: {module} can't be imported: {type(error).__name__}: {error}") from error
    for name in path.split("."):
        if not hasattr(value, name):
            near = difflib.get_close_matches(name, dir(value), n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise SelectionError(f"--import {text}: {module} has no {path!r}{hint}")
        value = getattr(value, name)
    return value


def how_to_import(op: Any) -> str | None:
    """How an op was asked for, None where it is installed."""
    return TEXTS.get(op.name) if imported.get(op.name) is op else None
