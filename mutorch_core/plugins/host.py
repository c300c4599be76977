"""The plugin host's face: the registry of op packages, what they provide, and overrides.

A package is imported when something of it is first needed. Each of its ops is a plugin of its own, under its
full name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from mutorch_core.late_binding import late_bound
from mutorch_core.plugins.discovery import CORE, PROVIDES_GROUP, Record, blocked
from mutorch_core.errors import Broken, MissingOperator
from mutorch_core.plugins.loading import manager, operators, provider, record, records
from mutorch_core.graph.operators import OPERATORS, bind_operator
from mutorch_core.plugins.overrides import override, restore
from mutorch_core.arrays.namespaces import namespace_of
from mutorch_core.plugins.registry import Ops, ops, check_enabled

__all__ = ["CORE", "Ops", "Record", "manager", "ops", "override", "record", "records", "restore"]


def operator(symbol: str) -> Callable[..., Any]:
    """What an operator of `Var` calls; the provider is loaded on first use. Raises MissingOperator."""
    if symbol not in operators:
        provider("operators")
    if symbol not in operators:
        off = sorted(blocked())
        raise MissingOperator(
            f"no installed plugin provides the operator {symbol!r} of Var: install one that does (mutorch's own op "
            f"package `basic` does{f'; switched off here: {off}' if off else ''})"
        )
    call: Callable[..., Any] = operators[symbol][0].call
    if symbol in OPERATORS:
        bind_operator(symbol, call)
    return call


@cache
def namespace_of_library(library: Any) -> Any:
    """The differentiable namespace bound to a raw one. Raises MissingOperator where no plugin offers one."""
    found = provider("array_namespace")
    if found is None:
        raise MissingOperator("no installed plugin provides the array namespace of Var")
    hook = manager().hook.mutorch_array_namespace
    own = [each for each in hook.get_hookimpls() if each.plugin_name == found.namespace]
    if not own:
        raise Broken(
            f"{found.module} of {found.distribution} {found.version} implements no mutorch_array_namespace hook, and "
            f"its entry point `array_namespace` of group {PROVIDES_GROUP} says so"
        )
    # asked directly: another plugin that has this hook too is not the provider
    return own[0].function(*({"library": library}[name] for name in own[0].argnames))


late_bound.operator = operator
late_bound.check_enabled = check_enabled
late_bound.var_namespace = lambda value: namespace_of_library(namespace_of(value))
