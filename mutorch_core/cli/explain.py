"""`mutorch plugins --explain NAME`: the state of one op package, as headings and texts."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator

from mutorch_core.errors import PluginError
from mutorch_core.plugins.discovery import PROVIDES_GROUP, Record, blocked, entry_points, switched_off
from mutorch_core.plugins.loading import manager, operators
from mutorch_core.plugins.overrides import overridden
from mutorch_core.version import __version__

__all__ = ["explain"]


def explain(record: Record) -> Iterator[tuple[str, str]]:
    """Yield headings and texts about a loaded plugin; a text may have several lines."""
    module = manager().get_plugin(record.namespace)
    file = getattr(module, "__file__", None)
    hooks = sorted({caller.name for caller in (module and manager().get_hookcallers(module)) or ()})
    switches = [f"{name}={os.environ[name]}" for name in ("MUTORCH_PLUGINS", "MUTORCH_DISABLE") if name in os.environ]
    off = sorted(name for name in blocked() if name.partition("::")[0] == record.namespace)
    yield from {"plugin": record.namespace, "status": record.status}.items()
    if record.reason:
        yield "reason", record.reason
    yield "distribution", f"{record.distribution} {record.version}"
    yield "entry point", f"{record.namespace} = {record.module}"
    yield "module", f"{record.module} ({file})" if file else record.module
    if record.source is not None:
        yield "requires", ", ".join(record.source.requirements()) or "any mutorch"
        yield "here is", f"mutorch {__version__}"
        if record.source.fields.problem:
            yield "metadata", record.source.fields.problem
    if record.seconds:
        yield "import took", f"{record.seconds:.3f} s"
    yield "provides", ", ".join(e.name for e in entry_points(PROVIDES_GROUP) if e.module == record.module) or "nothing"
    yield "operators", " ".join(symbol for symbol, (_, by) in operators.items() if by is record) or "none"
    yield "hooks", ", ".join(hooks) or "none"
    yield "switches", ", ".join([*switches, *(f"{name} is off by {switched_off(name)}" for name in off)]) or "none"
    yield "ops", f"{len(record.ops)}"
    for op in record.ops.values():
        also = f"  (also {', '.join(op.aliases)})" if op.aliases else ""
        by = f"  overridden by {op.substitute.name}" if op.name in overridden and op.substitute else ""
        yield "", f"{op.name}{also}{by}"
    # the text of a PluginError is complete; only its cause, which is a plugin's exception, has a traceback of interest
    error = record.error.__cause__ if isinstance(record.error, PluginError) else record.error
    if error is not None:
        yield "traceback", "".join(traceback.format_exception(error)).rstrip()
