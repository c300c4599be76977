"""Registry of op packages, the operators that they provide, and the `ops` view.

A package is imported when something of it is first needed. Each of its ops is a plugin of its own, under its
full name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from threading import RLock
from types import ModuleType
from typing import Any

import pluggy

from mutorch_core import hookspecs
from mutorch_core.above import above
from mutorch_core.accumulate import STRUCTURAL
from mutorch_core.declare import Op
from mutorch_core.discovery import CORE, PROVIDES_GROUP, Record, allowed, blocked, known, provided, switched_off
from mutorch_core.errors import Broken, Conflict, Disabled, MissingOperator, PluginError
from mutorch_core.operators import OPERATORS, bind_operator
from mutorch_core.values import discover

__all__ = ["CORE", "Ops", "Record", "manager", "ops", "record", "records"]

loading = RLock()


@cache
def manager() -> pluggy.PluginManager:
    """The plugin manager. Every op is a plugin of its own there, under its full name."""
    host = pluggy.PluginManager("mutorch")
    host.add_hookspecs(hookspecs)
    for name in blocked():
        host.set_blocked(name)
    for op in STRUCTURAL:
        host.register(op, op.name)
    return host


def permit(name: str) -> None:
    """Raise Disabled for an op that is switched off; its package may have been imported directly."""
    if (blocked() or allowed() is not None) and (switch := switched_off(name)):
        raise Disabled(f"{name} is disabled by {switch}")


def record(namespace: str) -> Record:
    """The record of a namespace, loaded. Raises Broken where there is none."""
    found = known().get(namespace)
    if found is None:
        raise Broken(f"no installed plugin has the namespace {namespace!r}; installed: {', '.join(known()) or 'none'}")
    load(found)
    return found


def records() -> list[Record]:
    """All plugins, loaded, in the order of their namespaces; what is wrong with one is in its record."""
    for found in known().values():
        load(found)
    return list(known().values())


def load(found: Record) -> None:
    """Import a plugin and register its ops, once. What goes wrong is noted in its record."""
    with loading:
        if found.loaded or found.status != "ok":
            return
        found.loaded = True
        try:
            module = importlib.import_module(found.module)
            register(found, module)
        except PluginError as error:
            found.fail("conflict" if isinstance(error, Conflict) else "broken", str(error), error)
        except (Exception, SystemExit) as error:
            # a stranger's module may raise anything; it is kept, and shown when the plugin is used
            found.fail("broken", f"{type(error).__name__}: {error}", error)


def register(found: Record, module: ModuleType) -> None:
    """Register a plugin's module and each of its ops. Raises PluginError, and leaves nothing behind."""
    host = manager()
    host.register(module, found.namespace)
    try:
        host.check_pending()
        offered = host.subset_hook_caller(
            "mutorch_register_ops",
            [p for name, p in host.list_name_plugin() if name != found.namespace and p is not None],
        )(namespace=found.namespace, api_version=hookspecs.API_VERSION)
        if not offered:
            raise Broken(f"{found.module} implements no mutorch_register_ops hook")
        batch = checked(found, [op for ops_ in offered for op in ops_])
    except BaseException:
        host.unregister(module)
        raise
    for op in batch:
        if host.register(op, op.name) is not None:
            found.ops[op.name] = op
    name_aliases(found, module)


def checked(found: Record, offered: list[Any]) -> list[Op[Any, Any]]:
    """The ops that a plugin offers, each an `Op` of its own namespace with all its rules, once."""
    seen: dict[str, Op[Any, Any]] = {}
    for op in offered:
        if not isinstance(op, Op):
            raise Broken(f"mutorch_register_ops of {found.module} returned {op!r}, which is no Op: was @op left out?")
        if op.namespace != found.namespace:
            raise Conflict(
                f"{op.name} ({op.declaration.place}) is outside of the plugin's namespace {found.namespace!r}"
            )
        if op.name in seen:
            raise Conflict(
                f"{op.name} is registered twice: at {seen[op.name].declaration.place} and {op.declaration.place}"
            )
        op.validate()
        seen[op.name] = op
    claims = [op for op in seen.values() if op.operator is not None and not switched_off(op.name)]
    for op in claims:
        check_claim(found, op)
    operators.update({op.operator: (op, found) for op in claims if op.operator is not None})
    return list(seen.values())


def name_aliases(found: Record, module: ModuleType) -> None:
    """Note under which further names the package offers an op."""
    names: dict[int, list[str]] = {}
    for name, value in vars(module).items():
        if not name.startswith("_"):
            names.setdefault(id(value), []).append(name)
    for op in found.ops.values():
        op.aliases = tuple(sorted(name for name in names.get(id(op), ()) if name != op.short_name))


operators: dict[str, tuple[Op[Any, Any], Record]] = {}
"""Who provides each operator of `Var`, of the plugins loaded so far."""


ARITY = {"[]=": 3, "~": 1, "neg": 1, "pos": 1, "abs": 1}
"""How many operands an operator has, where it is not two."""


def check_claim(found: Record, op: Op[Any, Any]) -> None:
    """Raise Broken for an operator that can't be bound, Conflict where another plugin provides it.

    The distributions' metadata say who provides the operators; that plugin comes first, whichever is loaded
    first.
    """
    symbol = str(op.operator)
    if symbol not in OPERATORS and symbol != "[]=":
        raise Broken(f"{op.name} claims the operator {symbol!r}, which Var does not have")
    if len(op.operands) != ARITY.get(symbol, 2):
        raise Broken(f"{op.name} has {len(op.operands)} operands and the operator {symbol!r} {ARITY.get(symbol, 2)}")
    official = next((r for r in known().values() if r.module == provided().get("operators")), None)
    if official is not None and official is not found:
        load(official)
    other = operators.get(symbol)
    if other is not None and other[0] is not op:
        raise Conflict(
            f"the operator {symbol!r} is provided by {other[0].name} of {other[1].distribution} and by {op.name} of "
            f"{found.distribution}: switch one off with MUTORCH_DISABLE={other[0].name} or MUTORCH_DISABLE={op.name}"
        )


def provider(what: str) -> Record | None:
    """The loaded plugin that offers `operators`, `array_namespace` or `special`, or None. Raises Conflict."""
    module = provided().get(what)
    if module is None:
        return None
    found = next((r for r in known().values() if r.module == module), None)
    if found is None:
        raise Broken(f"the entry point {what!r} of group {PROVIDES_GROUP} names {module}, which offers no ops")
    load(found)
    found.check()
    return found


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
    if provider("array_namespace") is None:
        raise MissingOperator("no installed plugin provides the array namespace of Var")
    return manager().hook.mutorch_array_namespace(library=library)


class Ops(Mapping[str, Op[Any, Any]]):
    """All registered ops by full name, and by attribute: `mt.ops["basic::add"]`, `mt.ops.basic.add`.

    An attribute loads that plugin alone; the mapping loads all.
    """

    def __getitem__(self, name: str) -> Op[Any, Any]:
        namespace, _, _ = name.partition("::")
        if namespace != CORE and namespace not in known():
            raise KeyError(name)
        return registered(namespace)[name]

    def __iter__(self) -> Iterator[str]:
        yield from registered(CORE)
        for found in records():
            yield from found.ops

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getattr__(self, namespace: str) -> Namespace:
        if namespace.startswith("_") or (namespace != CORE and namespace not in known()):
            raise AttributeError(f"no plugin has the namespace {namespace!r}; installed: {', '.join(known())}")
        return Namespace(namespace)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), CORE, *known()]

    def __repr__(self) -> str:
        return f"<ops of {', '.join([CORE, *known()])}>"


class Namespace:
    """The ops of one plugin as attributes, aliases included; `linalg` stands for all that are named `linalg.…`."""

    def __init__(self, namespace: str, prefix: str = "") -> None:
        self._namespace = namespace
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        found = registered(self._namespace)
        short = self._prefix + name
        full = f"{self._namespace}::{short}"
        if full in found:
            return found[full]
        for op in found.values():
            if short in op.aliases:
                return op
        if any(other.startswith(f"{full}.") for other in found):
            return Namespace(self._namespace, f"{short}.")
        if name.startswith("_"):
            raise AttributeError(name)
        permit(full)
        raise AttributeError(f"plugin {self._namespace!r} has no op {short!r}")

    def __dir__(self) -> list[str]:
        names = [op.short_name for op in registered(self._namespace).values()]
        within = [name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)]
        return list(dict.fromkeys(name.partition(".")[0] for name in within))

    def __repr__(self) -> str:
        return f"<ops of {self._namespace}{'::' + self._prefix.rstrip('.') if self._prefix else ''}>"


def registered(namespace: str) -> dict[str, Op[Any, Any]]:
    """The ops of a namespace by full name; its plugin is loaded. Raises what is wrong with it."""
    if namespace == CORE:
        return {op.name: op for op in STRUCTURAL}
    found = record(namespace)
    found.check()
    return found.ops


ops = Ops()

above.operator = operator
above.permit = permit
above.namespace = lambda value: namespace_of_library(discover(value))
