"""Which op packages are installed, as their metadata tell; nothing is imported.

Entry points of group `mutorch.ops`, whose key is the namespace, name packages of ops; those of
`mutorch.provides` say which of them offers the operators of `Var` and its array namespace. What is wrong with
one package is kept in its record and harms nobody else.

    MUTORCH_PLUGINS=basic,nn           only these
    MUTORCH_DISABLE=acme,basic::max    not these: a namespace, or a single op
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import attrs

from mutorch_core.errors import Broken, Conflict, Disabled, Incompatible, PluginError
from mutorch_core.plugins.metadata import Entry, Source, entries
from mutorch_core.version import __version__

if TYPE_CHECKING:
    from mutorch_core.declaration.op import Op

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
    source: Source | None
    status: Status = "ok"
    reason: str = ""
    ops: dict[str, Op[Any, Any]] = attrs.field(factory=dict[str, Any])
    loaded: bool = False
    error: BaseException | None = None
    seconds: float = 0.0

    @property
    def distribution(self) -> str:
        """Whose it is; the core's own ops have no entry point."""
        return self.source.name if self.source is not None else "mutorch"

    @property
    def version(self) -> str:
        """The distribution's version."""
        return self.source.version if self.source is not None else __version__

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

    def judge(self) -> None:
        """Note it where the metadata say that this plugin is for another Mutorch. They are read here."""
        if self.source is None:
            return
        try:
            needed = self.source.unmet()
        except ValueError as error:
            self.fail("broken", f"its metadata has a requirement that can't be read: {error}", error)
        else:
            if needed:
                self.fail("incompatible", f"it needs {needed}, and this is mutorch {__version__}")


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
    found: dict[str, Record] = {}
    for entry in sorted(entries(OPS_GROUP), key=lambda e: (e.name, e.module)):
        old = found.get(entry.name)
        if old is None:
            found[entry.name] = recorded(entry)
        elif old.status != "disabled" and (old.module, old.source) != (entry.module, entry.source):
            new = Record(entry.name, entry.module, entry.source)
            old.fail(
                "conflict",
                f"namespace {entry.name!r} is claimed by {old.distribution} {old.version} ({old.module}) and by "
                f"{new.distribution} {new.version} ({new.module}): uninstall one, or switch the namespace off "
                f"with MUTORCH_DISABLE={entry.name}",
            )
    return found


def recorded(entry: Entry) -> Record:
    """A plugin's record, judged by its name and the switches."""
    new = Record(entry.name, entry.module, entry.source)
    if not entry.name.isidentifier() or entry.name == CORE:
        new.fail("broken", f"{entry.name!r} can't be a namespace")
    elif not entry.module:
        new.fail("broken", f"its entry point {entry.name!r} of group {OPS_GROUP} names no module")
    elif entry.name in blocked():
        new.fail("disabled", f"by MUTORCH_DISABLE={entry.name}")
    elif (permitted := allowed()) is not None and entry.name not in permitted:
        new.fail("disabled", f"by MUTORCH_PLUGINS={','.join(sorted(permitted))}")
    return new


@cache
def provided() -> dict[str, str]:
    """Which module offers what, read off the metadata. Raises Conflict where two offer one thing.

    A plugin that is switched off has no say where another one offers the same.
    """
    off = {record.module for record in known().values() if record.status == "disabled"}
    found: dict[str, Entry] = {}
    for entry in sorted(entries(PROVIDES_GROUP), key=lambda e: e.module in off):
        other = found.setdefault(entry.name, entry)
        if other.module != entry.module and entry.module not in off:
            both = " and ".join(f"{each.source.name} {each.source.version}" for each in (other, entry))
            switches = " or ".join(f"MUTORCH_DISABLE={namespace_of(each)}" for each in (other, entry))
            raise Conflict(
                f"{both} both provide {entry.name!r}: uninstall one of them, or switch one off with {switches}"
            )
    return {name: entry.module for name, entry in found.items()}


def namespace_of(entry: Entry) -> str:
    """The namespace of the module that an entry point names; the module where it has none."""
    return next((record.namespace for record in known().values() if record.module == entry.module), entry.module)
