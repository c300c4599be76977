"""Which ops to check: by name or namespace, less what is excluded, a share of them for one machine."""

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
"""Ops that are not installed, by name: those of `--import`."""


def all_ops() -> dict[str, Any]:
    """Every registered op by its full name, loading all plugins; and those that were imported."""
    import mutorch_core as mt

    return dict(mt.ops) | FOREIGN_OPS


def select(names: Sequence[str], namespaces: Sequence[str] = (), excluded: Sequence[str] = ()) -> list[Any]:
    """The ops that names (`basic::add`, an alias, or a namespace) select; all where there are none.

    Raises SelectionError for a name that matches nothing, and where nothing is left.
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
    """The full names that one name stands for."""
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
    """The ops whose forwards are written in files below a folder: those of the repository that tests run in."""
    return [
        op for op in all_ops().values() if folder in Path(op.declaration.place.rpartition(":")[0]).resolve().parents
    ]


def take_shard(ops: Sequence[Any], text: str | None) -> list[Any]:
    """The first of four shares for `1/4`. Raises SelectionError for what is no share, or an empty one."""
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
    """Every plugin's record by its namespace."""
    import mutorch_core as mt

    return {record.namespace: record for record in mt.plugins.records()}


def plugin_problems(excluded: Iterable[str] = ()) -> list[str]:
    """What is wrong with plugins, one line each; those that were excluded or disabled by intent are left out."""
    return [
        f"plugin {record.namespace!r} of {record.distribution} {record.version} is {record.status}: {record.reason}"
        for record in plugin_records().values()
        if record.status not in ("ok", "disabled") and record.namespace not in set(excluded)
    ]


def require_distribution(requirement: str) -> None:
    """Raise SelectionError where a distribution is not installed in a version that `requirement` allows."""
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
