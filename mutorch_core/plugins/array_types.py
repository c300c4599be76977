"""Array types that plugins know, asked for where neither array-api-compat nor the type itself knows a namespace."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast

import attrs

from mutorch_core.late_binding import late_bound
from mutorch_core.plugins.discovery import known
from mutorch_core.errors import Broken, Conflict
from mutorch_core.plugins.loading import manager, records
from mutorch_core.declaration.signatures import source_location

__all__ = ["array_space"]

HOOK = "mutorch_register_array_types"


@attrs.frozen
class Known:
    """An array type's namespace, and which plugin says so."""

    space: Any
    by: str


@cache
def array_types() -> tuple[dict[type, Known], list[str]]:
    """All array types that plugins know, and what is wrong with what they say. Loads all plugins."""
    records()
    found: dict[type, Known] = {}
    troubles: list[str] = []
    for hook in manager().hook.mutorch_register_array_types.get_hookimpls():
        by = described(hook)
        try:
            told = hook.function()
        except Exception as error:
            troubles.append(f"{by} raised {type(error).__name__}: {error}")
            continue
        if not isinstance(told, Mapping):
            troubles.append(f"{by} returned {told!r}, which is no mapping of types to namespaces")
            continue
        for kind, space in cast("Mapping[Any, Any]", told).items():
            if not isinstance(kind, type):
                troubles.append(f"{by} speaks of {kind!r}, which is no type")
            elif kind in found and found[kind].space is not space:
                raise Conflict(f"{found[kind].by} and {by} both speak of {kind.__name__}: switch one plugin off")
            else:
                found[kind] = Known(space, by)
    return found, troubles


def described(hook: Any) -> str:
    """Which implementation it is: hook, plugin, distribution, file and line."""
    record = known().get(hook.plugin_name)
    of = f" of {record.distribution} {record.version}" if record is not None else ""
    return f"{HOOK} of plugin {hook.plugin_name!r}{of} ({source_location(hook.function)})"


def array_space(kind: type) -> Any:
    """The namespace that a plugin has for a type or one of its bases; None where there is none.

    Raises Conflict where two plugins say different things, Broken where nobody knows the type and one spoke nonsense.
    """
    found, troubles = array_types()
    known_as = next((found[base] for base in kind.__mro__ if base in found), None)
    if known_as is None:
        if troubles:
            raise Broken(f"no plugin has a namespace for {kind.__name__}; {'; '.join(troubles)}")
        return None
    if not isinstance(known_as.space, str):
        return known_as.space
    try:
        return import_module(known_as.space)
    except ImportError as error:
        raise Broken(f"{known_as.by} names {known_as.space!r} for {kind.__name__}: {error}") from error


late_bound.plugin_namespace = array_space
