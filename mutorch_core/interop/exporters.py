"""Exporters of ops to other frameworks: the three of Mutorch, and those that plugins register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from mutorch_core import plugins
from mutorch_core.declaration.op import Op
from mutorch_core.errors import Conflict, MissingFramework, OperandError

__all__ = ["MODULES", "exporters", "framework_function", "imported", "to"]

Exporter = Callable[[Op[Any, Any]], Callable[..., Any]]

MODULES = {
    "from_jax": "jax.importing",
    "from_torch": "torch.importing",
    "to_autograd": "autograd",
    "to_jax": "jax.export",
    "to_torch": "torch.export",
}
"""The module of each function that needs a framework. It is imported on first use."""


def imported(framework: str, module: str) -> ModuleType:
    """Import a module that needs a framework. Raises MissingFramework, an ImportError, if that is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != framework:
            raise
        raise MissingFramework(f"{framework} is not installed: pip install {framework}", name=framework) from error


def framework_function(name: str) -> Any:
    """Return `to_torch`, `from_jax` or another function of `MODULES`; import its module."""
    return getattr(imported(name.partition("_")[2], f"mutorch_core.interop.{MODULES[name]}"), name)


def built_in_exporter(framework: str) -> Exporter:
    """Return Mutorch's exporter to a framework. Its module is imported on first use."""

    def export(op: Op[Any, Any]) -> Callable[..., Any]:
        return framework_function(f"to_{framework}")(op)

    return export


def exporters() -> Mapping[str, Exporter]:
    """Load all plugins, and return every exporter by its framework's name.

    Raises Conflict if two plugins, or one and Mutorch itself, export to one framework.
    """
    by_framework: dict[str, Exporter] = {name: built_in_exporter(name) for name in ("autograd", "jax", "torch")}
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
