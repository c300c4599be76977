"""Which op packages are installed, as their metadata tell; nothing is imported.

Entry points of group `mutorch.ops`, whose key is the namespace, name packages of ops; those of
`mutorch.provides` say which of them offers the operators of `Var` and its array namespace. What is wrong with
one package is kept in its record and harms nobody else.

    MUTORCH_PLUGINS=basic,nn           only these
    MUTORCH_DISABLE=acme,basic::max    not these: a namespace, or a single op
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import attrs

from mutorch_core.errors import Broken, Conflict, Disabled, Incompatible, PluginError
from mutorch_core.version import __version__

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from mutorch_core.declare import Op

__all__ = ["CORE", "PROVIDES_GROUP", "Record", "allowed", "blocked", "known", "provided", "switched_off"]

OPS_GROUP = "mutorch.ops"
PROVIDES_GROUP = "mutorch.provides"
CORE = "core"

Status = Literal["ok", "broken", "disabled", "conflict", "incompatible"]
PROBLEMS: dict[str, type[PluginError]] = {
    "broken": Broken,
    "disabled": Disabled,
    "conflict": Conflict,
    "incompatible": Incompatible,
}


@attrs.define
class Record:
    """What is known of one op package. `ops` is filled, and `status` final, once it was loaded."""

    namespace: str
    module: str
    distribution: str
    version: str
    status: Status = "ok"
    reason: str = ""
    ops: dict[str, Op[Any, Any]] = attrs.field(factory=dict[str, Any])
    loaded: bool = False
    error: BaseException | None = None

    def check(self) -> None:
        """Raise what is wrong with this plugin, naming distribution and version."""
        if self.status != "ok":
            raise PROBLEMS[self.status](
                f"plugin {self.namespace!r} of {self.distribution} {self.version} is {self.status}: {self.reason}"
            ) from self.error

    def fail(self, status: Status, reason: str, error: BaseException | None = None) -> None:
        """Note what is wrong; nobody else is harmed."""
        self.status, self.reason, self.error = status, reason, error
        self.ops.clear()


def listed(variable: str) -> tuple[str, ...]:
    """The names in an environment variable, split at commas."""
    return tuple(name.strip() for name in os.environ.get(variable, "").split(",") if name.strip())


@cache
def blocked() -> frozenset[str]:
    """What MUTORCH_DISABLE names, the core's own ops excepted."""
    return frozenset(name for name in listed("MUTORCH_DISABLE") if name.partition("::")[0] != CORE)


@cache
def allowed() -> frozenset[str] | None:
    """The namespaces that MUTORCH_PLUGINS names, or None where it is not set."""
    return frozenset(listed("MUTORCH_PLUGINS")) if os.environ.get("MUTORCH_PLUGINS") is not None else None


def switched_off(name: str) -> str | None:
    """Which switch disables a namespace or an op, or None."""
    namespace = name.partition("::")[0]
    if namespace == CORE:
        return None
    for candidate in (namespace, name):
        if candidate in blocked():
            return f"MUTORCH_DISABLE={candidate}"
    permitted = allowed()
    if permitted is not None and namespace in known() and namespace not in permitted:
        return f"MUTORCH_PLUGINS={','.join(sorted(permitted))}"
    return None


@cache
def known() -> dict[str, Record]:
    """A record per namespace, read off the installed distributions' metadata; nothing is imported."""
    from importlib.metadata import entry_points

    found: dict[str, Record] = {}
    for entry in sorted(entry_points(group=OPS_GROUP), key=lambda e: (e.name, e.value)):
        new = Record(entry.name, entry.value.partition(":")[0], *distribution_of(entry))
        old = found.get(entry.name)
        if old is None:
            found[entry.name] = new
            inspect_entry(new, entry)
        elif (old.module, old.distribution) != (new.module, new.distribution):
            old.fail(
                "conflict",
                f"namespace {entry.name!r} is claimed by {old.distribution} {old.version} ({old.module}) and by "
                f"{new.distribution} {new.version} ({new.module}): uninstall one, or switch the namespace off "
                f"with MUTORCH_DISABLE={entry.name}",
            )
    return found


def inspect_entry(new: Record, entry: EntryPoint) -> None:
    """Judge a plugin by its name, the switches and its metadata, before it is imported."""
    if not entry.name.isidentifier() or entry.name == CORE:
        new.fail("broken", f"{entry.name!r} can't be a namespace")
    elif entry.name in blocked():
        new.fail("disabled", f"by MUTORCH_DISABLE={entry.name}")
    elif (permitted := allowed()) is not None and entry.name not in permitted:
        new.fail("disabled", f"by MUTORCH_PLUGINS={','.join(sorted(permitted))}")
    elif needed := unmet(entry):
        new.fail("incompatible", f"it needs {needed}, and this is mutorch {__version__}")


def distribution_of(entry: EntryPoint) -> tuple[str, str]:
    """Name and version of the distribution that an entry point belongs to."""
    return (entry.dist.name, entry.dist.version) if entry.dist is not None else ("unknown", "unknown")


def unmet(entry: EntryPoint) -> str | None:
    """What a plugin's distribution requires of Mutorch, where this is not it."""
    for requirement in (entry.dist.requires if entry.dist is not None else None) or ():
        match = re.match(r"\s*mutorch\s*(\[[^]]*\])?\s*\(?([^;)]*)\)?\s*(;.*)?$", requirement, re.IGNORECASE)
        if match and match[2].strip() and "extra" not in (match[3] or ""):
            from packaging.specifiers import SpecifierSet

            if not SpecifierSet(match[2].strip()).contains(__version__, prereleases=True):
                return requirement.strip()
    return None


@cache
def provided() -> dict[str, str]:
    """Which module offers what, read off the metadata. Raises Conflict where two offer one thing."""
    from importlib.metadata import entry_points

    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=PROVIDES_GROUP):
        other = found.setdefault(entry.name, entry)
        if other.value != entry.value:
            raise Conflict(
                f"{' '.join(distribution_of(other))} and {' '.join(distribution_of(entry))} both provide "
                f"{entry.name!r}: uninstall one of them"
            )
    return {name: entry.value for name, entry in found.items()}
