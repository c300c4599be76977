"""Array types of plugins, for types of which neither array-api-compat nor the type itself has a namespace."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, cast

from mutorch_core.declaration.signatures import source_location
from mutorch_core.errors import Broken, Conflict
from mutorch_core.late_binding import late_bound
from mutorch_core.plugins.discovery import plugin_records
from mutorch_core.plugins.loading import load_lock, manager, records

__all__ = ["array_space"]


class ArrayType(NamedTuple):
    """The namespace of an array type, and a description of the hook that returned it."""

    space: Any
    by: str


@cache
def array_types() -> tuple[dict[type, ArrayType], list[str]]:
    """Load all plugins; return their array types, and error texts for hooks that failed."""
    records()
    types: dict[type, ArrayType] = {}
    troubles: list[str] = []
    for hook in manager().hook.mutorch_register_array_types.get_hookimpls():
        by = describe_hook(hook)
        try:
            result = hook.function()
        except Exception as error:
            troubles.append(f"{by} raised {type(error).__name__}: {error}")
            continue
        if not isinstance(result, Mapping):
            troubles.append(f"{by} returned {result!r}, which is no mapping of types to namespaces")
            continue
        for kind, space in cast("Mapping[Any, Any]", result).items():
            if not isinstance(kind, type):
                troubles.append(f"{by} speaks of {kind!r}, which is no type")
            elif kind in types and types[kind].space is not space:
                raise Conflict(f"{types[kind].by} and {by} both speak of {kind.__name__}: switch one plugin off")
            else:
                types[kind] = ArrayType(space, by)
    return types, troubles


def describe_hook(hook: Any) -> str:
    """Return hook, plugin, distribution, file and line of a hook implementation."""
    record = plugin_records().get(hook.plugin_name)
    of = f" of {record.distribution} {record.version}" if record is not None else ""
    return f"mutorch_register_array_types of plugin {hook.plugin_name!r}{of} ({source_location(hook.function)})"


def array_space(kind: type) -> Any:
    """Return the namespace that a plugin registered for a type or one of its bases, or None.

    Raises Conflict if two plugins disagree, Broken if no plugin has the type and a hook failed.
    """
    with load_lock:
        types, troubles = array_types()
    registered = next((types[base] for base in kind.__mro__ if base in types), None)
    if registered is None:
        if troubles:
            raise Broken(f"no plugin has a namespace for {kind.__name__}; {'; '.join(troubles)}")
        return None
    if not isinstance(registered.space, str):
        return registered.space
    try:
        return import_module(registered.space)
    except ImportError as error:
        raise Broken(f"{registered.by} names {registered.space!r} for {kind.__name__}: {error}") from error


late_bound.plugin_namespace = array_space
