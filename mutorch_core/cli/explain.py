"""`mutorch plugins --explain NAME`: everything that is known of one op package."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator

from mutorch_core.plugins.discovery import CORE, Record, blocked, known, switched_off
from mutorch_core.errors import PluginError
from mutorch_core.plugins.loading import manager, operators
from mutorch_core.plugins.metadata import entries
from mutorch_core.plugins.overrides import overridden
from mutorch_core.version import __version__

__all__ = ["explained", "named"]

SWITCHES = ("MUTORCH_PLUGINS", "MUTORCH_DISABLE")


def named(name: str) -> list[Record]:
    """The plugins of that namespace, distribution or module; none where there is none."""
    return [record for record in known().values() if name in (record.namespace, record.distribution, record.module)]


def explained(record: Record) -> Iterator[tuple[str, str]]:
    """What is known of a loaded plugin: a heading and its text, line by line."""
    source = record.source
    yield "plugin", record.namespace
    yield "status", record.status
    if record.reason:
        yield "reason", record.reason
    yield "distribution", f"{record.distribution} {record.version}"
    yield "entry point", f"{record.namespace} = {record.module}"
    yield "module", where(record)
    if source is not None:
        yield "requires", ", ".join(source.needed()) or "any mutorch"
        yield "here is", f"mutorch {__version__}"
        if source.trouble:
            yield "metadata", source.trouble
    if record.seconds:
        yield "import took", f"{record.seconds:.3f} s"
    yield "provides", ", ".join(offers(record)) or "nothing"
    yield "operators", " ".join(symbol for symbol, (_, by) in operators.items() if by is record) or "none"
    yield "hooks", ", ".join(hooks(record)) or "none"
    yield "switches", ", ".join(switches(record)) or "none"
    yield "ops", f"{len(record.ops)}"
    for op in record.ops.values():
        also = f"  (also {', '.join(op.aliases)})" if op.aliases else ""
        by = f"  overridden by {op.substitute.name}" if op.name in overridden and op.substitute else ""
        yield "", f"{op.name}{also}{by}"
    # a PluginError says all by itself; where there is a cause, that is a stranger's exception
    error = record.error.__cause__ if isinstance(record.error, PluginError) else record.error
    if error is not None:
        yield "traceback", "".join(traceback.format_exception(error)).rstrip()


def where(record: Record) -> str:
    """The module and its file; loaded modules know theirs."""
    module = manager().get_plugin(record.namespace)
    file = getattr(module, "__file__", None)
    return f"{record.module} ({file})" if file else record.module


def offers(record: Record) -> list[str]:
    """What the distribution's metadata say that this plugin provides."""
    return [entry.name for entry in entries("mutorch.provides") if entry.module == record.module]


def hooks(record: Record) -> list[str]:
    """The hooks that it implements."""
    module = manager().get_plugin(record.namespace)
    callers = (manager().get_hookcallers(module) if module is not None else None) or []
    return sorted({caller.name for caller in callers})


def switches(record: Record) -> list[str]:
    """The environment variables that have a say, and the ops that they switch off."""
    found = [f"{name}={os.environ[name]}" for name in SWITCHES if name in os.environ]
    off = sorted(name for name in blocked() if name.partition("::")[0] == record.namespace != CORE)
    return [*found, *(f"{name} is off by {switched_off(name)}" for name in off)]
