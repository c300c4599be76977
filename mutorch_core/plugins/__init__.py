"""The plugin host: the op packages that are installed and loaded, and the registry of their ops."""

from mutorch_core.plugins.discovery import CORE, Record
from mutorch_core.plugins.hookspecs import hookimpl
from mutorch_core.plugins.host import manager, ops, override, record, records, restore
from mutorch_core.plugins.loading import provider
from mutorch_core.plugins.registry import Ops

__all__ = [
    "CORE",
    "Ops",
    "Record",
    "hookimpl",
    "manager",
    "ops",
    "override",
    "provider",
    "record",
    "records",
    "restore",
]
