"""`mt.ops`: all registered ops by full name and by attribute. `mutorch stubs` writes type stubs of this module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mutorch_core.declaration.op import Op
from mutorch_core.errors import Disabled
from mutorch_core.plugins.discovery import CORE, allowed, blocked, plugin_records, switched_off
from mutorch_core.plugins.loading import records, registered

__all__ = ["Namespace", "Ops", "check_enabled", "ops"]


def check_enabled(name: str) -> None:
    """Raise Disabled if an op is switched off. Needed since a package can be imported directly."""
    if (blocked() or allowed() is not None) and (switch := switched_off(name)):
        raise Disabled(f"{name} is disabled by {switch}")


class Ops(Mapping[str, Op[Any, Any]]):
    """All registered ops by full name, and by attribute: `mt.ops["basic::add"]`, `mt.ops.basic.add`.

    An attribute loads only that plugin; iteration loads all of them.
    """

    def __getitem__(self, name: str) -> Op[Any, Any]:
        namespace, _, _ = name.partition("::")
        if namespace != CORE and namespace not in plugin_records():
            raise KeyError(name)
        return registered(namespace)[name]

    def __iter__(self) -> Iterator[str]:
        yield from registered(CORE)
        for found in records():
            yield from found.ops

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getattr__(self, namespace: str) -> Namespace:
        if namespace.startswith("_") or (namespace != CORE and namespace not in plugin_records()):
            raise AttributeError(f"no plugin has the namespace {namespace!r}; installed: {', '.join(plugin_records())}")
        return Namespace(namespace)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), CORE, *plugin_records()]

    def __repr__(self) -> str:
        return f"<ops of {', '.join([CORE, *plugin_records()])}>"


class Namespace:
    """The ops of one plugin as attributes, aliases included; `linalg` holds the ops named `linalg.…`."""

    def __init__(self, namespace: str, prefix: str = "") -> None:
        self._namespace = namespace
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        found = registered(self._namespace)
        short = self._prefix + name
        full = f"{self._namespace}::{short}"
        if full in found:
            return found[full]
        for op in found.values():
            if short in op.aliases:
                return op
        if any(other.startswith(f"{full}.") for other in found):
            return Namespace(self._namespace, f"{short}.")
        if name.startswith("_"):
            raise AttributeError(name)
        check_enabled(full)
        raise AttributeError(f"plugin {self._namespace!r} has no op {short!r}")

    def __dir__(self) -> list[str]:
        names = [op.short_name for op in registered(self._namespace).values()]
        within = [name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)]
        return list(dict.fromkeys(name.partition(".")[0] for name in within))

    def __repr__(self) -> str:
        return f"<ops of {self._namespace}{'::' + self._prefix.rstrip('.') if self._prefix else ''}>"


ops = Ops()
