"""The installed op packages, read from the metadata of distributions. Nothing of them is imported.

Entry points of group `mutorch.ops` name the packages; the key is the namespace. Those of group `mutorch.provides`
name the package that provides the operators of `Var`, its array namespace, and so on. A fault of one package is kept
in its record and does not affect the others. Each metadata file is read at most once, and only when it is needed.

    MUTORCH_PLUGINS=basic,nn           only these
    MUTORCH_DISABLE=acme,basic::max    not these: a namespace, or a single op
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property, wraps
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import attrs

from mutorch_core.errors import Broken, Conflict, Disabled, Incompatible, PluginError
from mutorch_core.version import __version__

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from mutorch_core.declaration.op import Op

__all__ = ["CORE", "PROVIDES_GROUP", "Record", "allowed", "blocked", "entry_points", "plugin_records",
           "providers", "record_of_module", "switched_off"]  # fmt: skip

OPS_GROUP = "mutorch.ops"
PROVIDES_GROUP = "mutorch.provides"
CORE = "core"

Result = TypeVar("Result")
Status = Literal["ok", "broken", "disabled", "conflict", "incompatible"]
PROBLEMS: dict[str, type[PluginError]] = {
    "broken": Broken,
    "disabled": Disabled,
    "conflict": Conflict,
    "incompatible": Incompatible,
}


def once(function: Callable[[], Result]) -> Callable[[], Result]:
    """Cache a function's result as `functools.cache` does, but let only one thread compute it."""
    lock, cached = RLock(), cache(function)

    @wraps(function)
    def locked() -> Result:
        with lock:
            return cached()

    return locked


class Fields(NamedTuple):
    """The metadata fields of a distribution; `problem` is what is wrong with them, or empty."""

    name: str
    version: str
    requires: tuple[str, ...]
    problem: str


class DistributionMetadata:
    """A distribution, whose metadata is read on first use."""

    def __init__(self, distribution: Distribution) -> None:
        self.distribution = distribution
        # A distribution that was not unpacked from a wheel may have no folder like `acme_ops-1.0.dist-info`.
        folder = str(getattr(getattr(distribution, "_path", None), "name", ""))
        match = re.fullmatch(r"(.+?)(?:-(\d[^-]*)(?:-py[\d.]+)?)?\.(?:dist|egg)-info", folder)
        self.name_hint, self.version_hint = (match[1], match[2] or "unknown") if match else ("", "unknown")

    @cached_property
    def fields(self) -> Fields:
        """Name, version and requirements; name and version come from the folder if the metadata lacks them."""
        name_hint, version_hint = self.name_hint or "unknown", self.version_hint
        try:
            metadata = self.distribution.metadata
            name, version = metadata["Name"], metadata["Version"]
            requires = tuple(metadata.get_all("Requires-Dist") or ())
        except Exception as error:  # no such file (a TypeError before Python 3.12), or no UTF-8
            return Fields(name_hint, version_hint, (), f"its metadata can't be read: {type(error).__name__}")
        lacking = [field for field, value in {"Name": name, "Version": version}.items() if not value]
        problem = f"its metadata has no {' and no '.join(lacking)}" if lacking else ""
        return Fields(name or name_hint, version or version_hint, requires, problem)

    def requirements(self) -> list[str]:
        """Return the requirements on Mutorch as they are written."""
        return [text.strip() for text in self.fields.requires if re.match(r"\s*mutorch(?![\w.-])", text, re.IGNORECASE)]

    def unmet_requirement(self) -> str | None:
        """Return the requirement that this Mutorch does not meet, or None. Raises ValueError for a malformed one."""
        for text in self.requirements():
            if re.fullmatch(r"mutorch\s*(\[[^]]*\])?\s*", text.partition(";")[0], re.IGNORECASE):
                continue  # without a version, so that `packaging` need not be imported
            from packaging.requirements import Requirement

            requirement = Requirement(text)
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if applies and not requirement.specifier.contains(__version__, prereleases=True):
                return text
        return None


@attrs.frozen
class EntryPoint:
    """An entry point `name = module` of a group, and its distribution."""

    group: str
    name: str
    module: str
    source: DistributionMetadata


def entry_points(group: str) -> list[EntryPoint]:
    """Return the entry points of a group in the order of their distributions on the path."""
    return [entry for entry in all_entry_points() if entry.group == group]


@once
def all_entry_points() -> tuple[EntryPoint, ...]:
    """Return the entry points of all groups that begin with `mutorch.`."""
    from importlib.metadata import distributions

    entries: list[EntryPoint] = []
    seen: set[str] = set()
    for distribution in distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
        except UnicodeDecodeError:  # the format is UTF-8, so such a file has no entry points
            continue
        if "[mutorch." not in text:
            continue
        source = DistributionMetadata(distribution)
        normalised = re.sub(r"[-_.]+", "_", source.name_hint or source.fields.name).lower()
        if normalised not in seen:  # if a distribution is there twice, Python imports the first
            seen.add(normalised)
            entries += (EntryPoint(group, name, module, source) for group, name, module in parse_entry_points(text))
    return tuple(entries)


def parse_entry_points(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield group, name and module of each line; the module is empty if the line is not `name = module`."""
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[] ")
        elif line and line[0] not in "#;" and group.startswith("mutorch."):
            name, _, value = line.partition("=")
            yield group, name.strip(), re.split(r"[:\[]", value)[0].strip()


def names_in_variable(variable: str) -> frozenset[str]:
    """Return the names in an environment variable, separated by commas."""
    return frozenset(filter(None, map(str.strip, os.environ.get(variable, "").split(","))))


@cache
def blocked() -> frozenset[str]:
    """Return the names in MUTORCH_DISABLE without the core's own ops."""
    return frozenset(name for name in names_in_variable("MUTORCH_DISABLE") if name.partition("::")[0] != CORE)


@cache
def allowed() -> frozenset[str] | None:
    """Return the namespaces in MUTORCH_PLUGINS, or None if it is not set."""
    return names_in_variable("MUTORCH_PLUGINS") if "MUTORCH_PLUGINS" in os.environ else None


def switched_off(name: str) -> str | None:
    """Return the switch that disables a namespace or an op, or None."""
    namespace = name.partition("::")[0]
    if namespace == CORE:
        return None
    for candidate in (namespace, name):
        if candidate in blocked():
            return f"MUTORCH_DISABLE={candidate}"
    permitted = allowed()
    if permitted is None or namespace in permitted or all(e.name != namespace for e in entry_points(OPS_GROUP)):
        return None
    return f"MUTORCH_PLUGINS={','.join(sorted(permitted))}"


@attrs.define
class Record:
    """The state of one op package. `ops` is filled and `status` is final after loading."""

    namespace: str
    module: str
    source: DistributionMetadata | None
    status: Status = "ok"
    reason: str = ""
    ops: dict[str, Op[Any, Any]] = attrs.field(factory=dict[str, Any])
    loaded: bool = False
    error: BaseException | None = None
    seconds: float = 0.0

    @property
    def distribution(self) -> str:
        """The distribution's name; the core's own ops have no entry point."""
        return self.source.fields.name if self.source is not None else "mutorch"

    @property
    def version(self) -> str:
        """The distribution's version."""
        return self.source.fields.version if self.source is not None else __version__

    @property
    def unusable(self) -> bool:
        """True for a plugin with a problem; a disabled one has none."""
        return self.status not in ("ok", "disabled")

    def check(self) -> None:
        """Raise the plugin's error with distribution and version, if it has one."""
        if self.status != "ok":
            raise PROBLEMS[self.status](
                f"plugin {self.namespace!r} of {self.distribution} {self.version} is {self.status}: {self.reason}"
            ) from self.error

    def fail(self, status: Status, reason: str, error: BaseException | None = None) -> None:
        """Set the status and its reason, and drop the ops."""
        self.status, self.reason, self.error = status, reason, error
        self.ops.clear()

    def check_requirements(self) -> None:
        """Fail the record if its metadata requires another version of Mutorch. Reads the metadata."""
        try:
            requirement = self.source.unmet_requirement() if self.source is not None else None
        except ValueError as error:
            self.fail("broken", f"its metadata has a requirement that can't be read: {error}", error)
        else:
            if requirement:
                self.fail("incompatible", f"it needs {requirement}, and this is mutorch {__version__}")


@once
def plugin_records() -> dict[str, Record]:
    """Return the record of each namespace. Two packages of one namespace are in conflict."""
    records: dict[str, Record] = {}
    for entry in sorted(entry_points(OPS_GROUP), key=lambda e: (e.name, e.module)):
        old = records.get(entry.name)
        if old is None:
            records[entry.name] = make_record(entry)
        elif old.status != "disabled" and (old.module, old.source) != (entry.module, entry.source):
            new = entry.source.fields
            old.fail(
                "conflict",
                f"namespace {entry.name!r} is claimed by {old.distribution} {old.version} ({old.module}) and by "
                f"{new.name} {new.version} ({entry.module}): uninstall one, or switch the namespace off "
                f"with MUTORCH_DISABLE={entry.name}",
            )
    return records


def make_record(entry: EntryPoint) -> Record:
    """Return the record of an entry point; its status follows from its name and the switches."""
    record = Record(entry.name, entry.module, entry.source)
    if not entry.name.isidentifier() or entry.name == CORE:
        record.fail("broken", f"{entry.name!r} can't be a namespace")
    elif not entry.module:
        record.fail("broken", f"its entry point {entry.name!r} of group {OPS_GROUP} names no module")
    elif switch := switched_off(entry.name):
        record.fail("disabled", f"by {switch}")
    return record


def record_of_module(module: str | None) -> Record | None:
    """Return the record whose entry point names a module, or None."""
    return next((record for record in plugin_records().values() if record.module == module), None)


@cache
def providers() -> dict[str, str]:
    """Return the module of each entry point of `mutorch.provides`. Raises Conflict if two provide the same.

    A plugin that is switched off does not count if another one provides the same.
    """
    off = {record.module for record in plugin_records().values() if record.status == "disabled"}
    provided: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(PROVIDES_GROUP), key=lambda e: e.module in off):
        other = provided.setdefault(entry.name, entry)
        if other.module != entry.module and entry.module not in off:
            both = " and ".join(f"{each.source.fields.name} {each.source.fields.version}" for each in (other, entry))
            found = ((each.module, record_of_module(each.module)) for each in (other, entry))
            switches = " or ".join(f"MUTORCH_DISABLE={r.namespace if r else module}" for module, r in found)
            raise Conflict(
                f"{both} both provide {entry.name!r}: uninstall one of them, or switch one off with {switches}"
            )
    return {name: entry.module for name, entry in provided.items()}
