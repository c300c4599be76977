"""Exporters of ops to other frameworks: the three of Mutorch, and those that plugins register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from mutorch_core import plugins
from mutorch_core.declaration.op import Op
from mutorch_core.errors import Conflict, MissingFramework, OperandError

__all__ = ["exporters", "imported", "to"]

Exporter = Callable[[Op[Any, Any]], Callable[..., Any]]

BUILT_IN = {"autograd": "autograd", "jax": "jax.export", "torch": "torch.export"}
"""The frameworks that Mutorch exports to, and the module of each."""


def imported(framework: str, module: str) -> ModuleType:
    """Import a module that needs a framework. Raises MissingFramework, an ImportError, if that is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != framework:
            raise
        raise MissingFramework(f"{framework} is not installed: pip install {framework}", name=framework) from error


def built_in_exporter(framework: str) -> Exporter:
    """Return Mutorch's exporter to a framework. Its module is imported on first use."""

    def export(op: Op[Any, Any]) -> Callable[..., Any]:
        module = imported(framework, f"mutorch_core.interop.{BUILT_IN[framework]}")
        return getattr(module, f"to_{framework}")(op)

    return export


def exporters() -> Mapping[str, Exporter]:
    """Load all plugins, and return every exporter by its framework's name.

    Raises Conflict if two plugins, or one and Mutorch itself, export to one framework.
    """
    by_framework: dict[str, Exporter] = {name: built_in_exporter(name) for name in BUILT_IN}
    plugins.records()
    for registered in plugins.manager().hook.mutorch_register_exporters():
        for name, exporter in registered.items():
            if name in by_framework:
                raise Conflict(f"there is an exporter to {name!r} already; {exporter!r} is another")
            by_framework[name] = exporter
    return by_framework


def to(op: Op[Any, Any], framework: str) -> Callable[..., Any]:
    """Return the op as a function of a framework. Raises OperandError if no exporter is installed for it."""
    known = exporters()
    if framework not in known:
        raise OperandError(f"no installed plugin exports ops to {framework!r}; known: {', '.join(sorted(known))}")
    return known[framework](op)
