"""Selection of installed ops by name or namespace, less excluded ones, and a shard of them for one machine."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mutorch_core.gradcheck.failures import SelectionError

__all__ = [
    "FOREIGN_OPS",
    "all_ops",
    "plugin_problems",
    "require_distribution",
    "select",
    "select_in_folder",
    "take_shard",
]


FOREIGN_OPS: dict[str, Any] = {}
"""The ops of `--import` by name."""


def all_ops() -> dict[str, Any]:
    """Load all plugins, and return every registered or imported op by its full name."""
    import mutorch_core as mt

    return dict(mt.ops) | FOREIGN_OPS


def select(names: Sequence[str], namespaces: Sequence[str] = (), excluded: Sequence[str] = ()) -> list[Any]:
    """Return the ops for some names (`basic::add`, an alias, or a namespace); all if there are none.

    Raises SelectionError for a name without match, and for an empty selection.
    """
    ops = all_ops()
    selected: set[str] = set() if names or namespaces else set(ops)
    for name in names:
        selected |= matching_names(ops, name)
    for namespace in namespaces:
        selected |= matching_names(ops, namespace, namespaces_only=True)
    for name in excluded:
        selected -= matching_names(ops, name)
    if not selected:
        raise SelectionError("nothing to check: no op is left of the selection")
    return [op for name, op in ops.items() if name in selected]


def matching_names(ops: dict[str, Any], name: str, namespaces_only: bool = False) -> set[str]:
    """Return the full names for a name, an alias or a namespace. Raises SelectionError."""
    known = {op.namespace for op in ops.values()} | set(plugin_records())
    if name in known:
        return {full for full, op in ops.items() if op.namespace == name}
    if not namespaces_only:
        if name in ops:
            return {name}
        aliased = {full for full, op in ops.items() if name in {f"{op.namespace}::{alias}" for alias in op.aliases}}
        if aliased:
            return aliased
    names = sorted(known) if namespaces_only else [*ops, *known]
    near = difflib.get_close_matches(name, names, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise SelectionError(f"no op and no namespace is called {name!r}{hint}")


def select_in_folder(folder: Path) -> list[Any]:
    """Return the ops whose forwards are defined below a folder, such as the repository under test."""
    return [
        op for op in all_ops().values() if folder in Path(op.declaration.place.rpartition(":")[0]).resolve().parents
    ]


def take_shard(ops: Sequence[Any], text: str | None) -> list[Any]:
    """Return the first quarter of the ops for `1/4`. Raises SelectionError for bad syntax or an empty shard."""
    if text is None:
        return list(ops)
    part, slash, whole = text.partition("/")
    if not slash or not part.isdecimal() or not whole.isdecimal() or not 1 <= int(part) <= int(whole):
        raise SelectionError(f"--shard {text!r}: write K/N with 1 ≤ K ≤ N, as 1/4")
    taken = list(ops)[int(part) - 1 :: int(whole)]
    if not taken:
        raise SelectionError(f"--shard {text}: nothing to check, there are only {len(ops)} ops")
    return taken


def plugin_records() -> dict[str, Any]:
    """Return every plugin's record by its namespace."""
    import mutorch_core as mt

    return {record.namespace: record for record in mt.plugins.records()}


def plugin_problems(excluded: Iterable[str] = ()) -> list[str]:
    """Return a line for each broken plugin that is neither excluded nor disabled."""
    return [
        f"plugin {record.namespace!r} of {record.distribution} {record.version} is {record.status}: {record.reason}"
        for record in plugin_records().values()
        if record.unusable and record.namespace not in set(excluded)
    ]


def require_distribution(requirement: str) -> None:
    """Raise SelectionError unless a distribution is installed in a version that `requirement` allows."""
    from importlib.metadata import PackageNotFoundError, version

    from packaging.requirements import InvalidRequirement, Requirement

    try:
        specification = Requirement(requirement)
    except InvalidRequirement as error:
        raise SelectionError(f"--require {requirement!r} is no requirement: {error}") from error
    try:
        installed = version(specification.name)
    except PackageNotFoundError as error:
        raise SelectionError(f"--require {requirement}: {specification.name} is not installed") from error
    if not specification.specifier.contains(installed, prereleases=True):
        raise SelectionError(f"--require {requirement}: {specification.name} {installed} is installed")
