"""Which frameworks ops can be exported to: the three that Mutorch knows, and those of plugins."""

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

OWN = {"autograd": "autograd", "jax": "jax.export", "torch": "torch.export"}
"""The frameworks that Mutorch exports to, and the module of each."""


def imported(framework: str, module: str) -> ModuleType:
    """A module that needs a framework. Raises MissingFramework, an ImportError, where that is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != framework:
            raise
        raise MissingFramework(f"{framework} is not installed: pip install {framework}", name=framework) from error


def own(framework: str) -> Exporter:
    """The exporter of a framework that Mutorch knows, which is imported only now."""

    def export(op: Op[Any, Any]) -> Callable[..., Any]:
        module = imported(framework, f"mutorch_core.interop.{OWN[framework]}")
        return getattr(module, f"to_{framework}")(op)

    return export


def exporters() -> Mapping[str, Exporter]:
    """Every exporter by its framework's name; loads all plugins.

    Raises Conflict where two plugins, or one and Mutorch itself, export to one framework.
    """
    found = {name: own(name) for name in OWN}
    plugins.records()
    for offered in plugins.manager().hook.mutorch_register_exporters():
        for name, exporter in offered.items():
            if name in found:
                raise Conflict(f"there is an exporter to {name!r} already; {exporter!r} is another")
            found[name] = exporter
    return found


def to(op: Op[Any, Any], framework: str) -> Callable[..., Any]:
    """The op as a function of a framework. Raises OperandError where no exporter is known for that."""
    known = exporters()
    if framework not in known:
        raise OperandError(f"no installed plugin exports ops to {framework!r}; known: {', '.join(sorted(known))}")
    return known[framework](op)
