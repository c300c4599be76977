"""Late-bound functions, so that low-level modules need not import higher-level ones.

Imports point one way, but a `Var` has methods that higher layers implement. A low-level module calls
`late_bound.backprop(…)`; the module that implements it is imported on first use, and sets the attribute:

    backprop           the backward pass from one result         engine/backward.py
    add_cotangents     the sum of two cotangents                 engine/accumulate.py
    format_graph       a graph as an S-expression                graph/printing.py
    operator           the op behind an operator of `Var`        plugins/host.py
    var_namespace      the differentiable namespace of a value   plugins/host.py
    check_enabled      raise if an op is disabled                plugins/host.py
    plugin_namespace   a plugin's namespace for an array type    plugins/array_types.py

A bound attribute costs 50 ns; an import inside the calling function would cost 640 ns.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["late_bound"]

PROVIDERS = {
    "add_cotangents": "engine.accumulate",
    "backprop": "engine.backward",
    "check_enabled": "plugins.host",
    "format_graph": "graph.printing",
    "operator": "plugins.host",
    "plugin_namespace": "plugins.array_types",
    "var_namespace": "plugins.host",
}
"""The module that sets each attribute."""


class LateBound:
    """One attribute per late-bound function."""

    add_cotangents: Callable[[Any, Any], Any]
    backprop: Callable[..., None]
    check_enabled: Callable[[str], None]
    format_graph: Callable[[Any], str]
    operator: Callable[[str], Callable[..., Any]]
    plugin_namespace: Callable[[type], Any]
    var_namespace: Callable[[Any], Any]

    def __getattr__(self, name: str) -> Any:
        if name not in PROVIDERS:
            raise AttributeError(name)
        import_module(f"mutorch_core.{PROVIDERS[name]}")
        return vars(self)[name]


late_bound = LateBound()
