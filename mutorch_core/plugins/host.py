"""`mt.plugins`: the public face of the plugin host: records, the pluggy manager and overrides.

It also binds the operators of `Var`, its array namespace and NumPy's functions to the plugins that provide them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from mutorch_core.arrays.namespaces import namespace_of
from mutorch_core.errors import Broken, MissingOperator
from mutorch_core.graph.operators import OPERATORS, bind_operator
from mutorch_core.late_binding import late_bound
from mutorch_core.plugins.discovery import CORE, PROVIDES_GROUP, Record, blocked
from mutorch_core.plugins.loading import load_lock, manager, operators, provider, record, records
from mutorch_core.plugins.overrides import override, restore
from mutorch_core.plugins.registry import Ops, check_enabled, ops

__all__ = ["CORE", "Ops", "Record", "manager", "ops", "override", "record", "records", "restore"]


def operator(symbol: str) -> Callable[..., Any]:
    """Return the function of an operator of `Var`; load its provider on first use. Raises MissingOperator."""
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
    """Return the differentiable namespace of a raw one: the same for all threads, since one at a time makes it."""
    with load_lock:
        return make_namespace(library)


@cache
def make_namespace(library: Any) -> Any:
    """Call the provider's hook for a raw namespace. Raises MissingOperator if no plugin provides it."""
    return call_hook("array_namespace", "the array namespace of Var", library=library)


def call_hook(what: str, lacking: str, **arguments: Any) -> Any:
    """Call the hook `mutorch_<what>` of its provider.

    Raises MissingOperator if no plugin provides it, which then is `lacking`; Broken if the provider does not implement
    it.
    """
    found = provider(what)
    if found is None:
        raise MissingOperator(f"no installed plugin provides {lacking}")
    hook = getattr(manager().hook, f"mutorch_{what}")
    own = [each for each in hook.get_hookimpls() if each.plugin_name == found.namespace]
    if not own:
        raise Broken(
            f"{found.module} of {found.distribution} {found.version} implements no mutorch_{what} hook, and "
            f"its entry point `{what}` of group {PROVIDES_GROUP} says so"
        )
    # Called directly: another plugin that implements this hook is not the provider.
    return own[0].function(*(arguments[name] for name in own[0].argnames))


@cache
def numpy_functions() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the provider's functions for NumPy's ufuncs and functions. Raises MissingOperator if there is none."""
    with load_lock:
        return call_hook(
            "numpy_functions",
            "NumPy's functions for a Var: install one that does (mutorch's own op package `basic` does)",
        )


def numpy_ufunc(*arguments: Any) -> Any:
    """Call a ufunc of NumPy through its provider, which is bound on first use."""
    late_bound.numpy_ufunc = numpy_functions()[0]
    return late_bound.numpy_ufunc(*arguments)


def numpy_function(*arguments: Any) -> Any:
    """Call a function of NumPy through its provider, which is bound on first use."""
    late_bound.numpy_function = numpy_functions()[1]
    return late_bound.numpy_function(*arguments)


late_bound.operator = operator
late_bound.numpy_ufunc = numpy_ufunc
late_bound.numpy_function = numpy_function
late_bound.check_enabled = check_enabled
late_bound.var_namespace = lambda value: namespace_of_library(namespace_of(value))
