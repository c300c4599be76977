"""Late-bound functions, so that low-level modules need not import higher-level ones.

Imports point one way, but a `Var` has methods that higher layers implement. A low-level module calls
`late_bound.backprop(…)`; the module that implements it is imported on first use, and sets the attribute:

    backprop           the backward pass from one result         engine/backward.py
    add_cotangents     the sum of two cotangents                 engine/accumulate.py
    register_hook      a hook on a cotangent                     engine/hooks.py
    retain_grad        the gradient of an intermediate result    engine/hooks.py
    format_graph       a graph as an S-expression                graph/printing.py
    operator           the op behind an operator of `Var`        plugins/host.py
    numpy_ufunc        a ufunc of NumPy with `Var`s              plugins/host.py
    numpy_function     a function of NumPy with `Var`s           plugins/host.py
    var_namespace      the differentiable namespace of a value   plugins/host.py
    check_enabled      raise if an op is disabled                plugins/host.py
    plugin_namespace   a plugin's namespace for an array type    plugins/array_types.py

A bound attribute costs 50 ns; an import inside the calling function would cost 640 ns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any
from warnings import warn

__all__ = ["late_bound", "register_moved_module"]

PROVIDERS = {
    "add_cotangents": "engine.accumulate",
    "backprop": "engine.backward",
    "check_enabled": "plugins",
    "format_graph": "graph.printing",
    "numpy_function": "plugins",
    "numpy_ufunc": "plugins",
    "operator": "plugins",
    "plugin_namespace": "plugins.array_types",
    "register_hook": "engine.hooks",
    "retain_grad": "engine.hooks",
    "var_namespace": "plugins",
}
"""The module whose import sets each attribute.

For `plugins.host` it is the package: threads that import the package and its modules in different orders deadlock.
"""


class LateBound:
    """One attribute per late-bound function."""

    add_cotangents: Callable[[Any, Any], Any]
    backprop: Callable[..., None]
    check_enabled: Callable[[str], None]
    format_graph: Callable[[Any], str]
    numpy_function: Callable[[Any, Any, Any, Any], Any]
    numpy_ufunc: Callable[[Any, str, Any, Any], Any]
    operator: Callable[[str], Callable[..., Any]]
    plugin_namespace: Callable[[type], Any]
    register_hook: Callable[..., Any]
    retain_grad: Callable[[Any], None]
    var_namespace: Callable[[Any], Any]

    def __getattr__(self, name: str) -> Any:
        if name not in PROVIDERS:
            raise AttributeError(name)
        import_module(f"mutorch_core.{PROVIDERS[name]}")
        return vars(self)[name]


late_bound = LateBound()


class MovedModule(ModuleType):
    """A module's old path. Its names come from the new module, each with a DeprecationWarning."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__(old, f"Moved to {new}.")
        self._new = new

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(import_module(self._new), name)
        warn(f"{self.__name__} has moved: write `from {self._new} import {name}`", DeprecationWarning, stacklevel=2)
        return value


def register_moved_module(old: str, new: str) -> ModuleType:
    """Keep a module importable by its old path, and return the module that stands there."""
    module = sys.modules[old] = MovedModule(old, new)
    return module
