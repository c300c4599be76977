"""Importing op packages when something of them is first needed, and registering what they offer.

Each op is a plugin of its own, under its full name. What is wrong with a package is noted in its record.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache
from threading import RLock
from time import perf_counter
from traceback import walk_tb
from types import ModuleType
from typing import Any, cast

import pluggy

from mutorch_core.plugins import hookspecs
from mutorch_core.engine.structural_ops import STRUCTURAL
from mutorch_core.declaration.op import Op
from mutorch_core.plugins.discovery import CORE, PROVIDES_GROUP, Record, blocked, known, provided, switched_off
from mutorch_core.errors import Broken, Conflict, PluginError
from mutorch_core.graph.operators import OPERATORS
from mutorch_core.declaration.signatures import source_location

__all__ = ["loading", "manager", "operators", "provider", "record", "records", "registered"]

loading = RLock()

SLOW = 3.0
"""From so many seconds on, a plugin's import is called slow."""


class Host(pluggy.PluginManager):
    """A plugin manager that looks for hooks in modules and other plugins, but not in ops.

    An op implements no hooks. A search through the attributes of each op took longer than the import of all ops.
    """

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> pluggy.HookimplOpts | None:
        """Return the options of the hook that an attribute of a plugin implements, or None."""
        return None if isinstance(plugin, Op) else super().parse_hookimpl_opts(plugin, name)


@cache
def manager() -> pluggy.PluginManager:
    """The plugin manager. Every op is a plugin of its own there, under its full name."""
    host = Host("mutorch")
    host.add_hookspecs(hookspecs)
    for name in blocked():
        host.set_blocked(name)
    for op in STRUCTURAL:
        host.register(op, op.name)
    return host


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


def registered(namespace: str) -> dict[str, Op[Any, Any]]:
    """The ops of a namespace by full name; its plugin is loaded. Raises what is wrong with it."""
    if namespace == CORE:
        return {op.name: op for op in STRUCTURAL}
    found = record(namespace)
    found.check()
    return found.ops


def load(found: Record) -> None:
    """Import a plugin and register its ops, once. What goes wrong is noted in its record."""
    with loading:
        if found.loaded or found.status != "ok":
            return
        found.loaded = True
        found.judge()
        if found.status != "ok":
            return
        start = perf_counter()
        try:
            register(found, importlib.import_module(found.module))
        except KeyboardInterrupt:  # the user's, and no fault of the plugin
            found.loaded = False
            raise
        except PluginError as error:
            found.fail("conflict" if isinstance(error, Conflict) else "broken", str(error), error)
        except BaseException as error:
            # a stranger's module may raise anything, pytest's Skipped too; it is kept, and shown where it is used
            found.fail("broken", described(error, found), error)
        found.seconds = perf_counter() - start
        if found.status == "ok" and found.seconds > SLOW:
            found.reason = f"slow: its import took {found.seconds:.1f} s"


def described(error: BaseException, found: Record) -> str:
    """What a plugin raised, with its own innermost line."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        return text if error.filename is None else f"{text} [{error.filename}:{error.lineno}]"
    own = found.module.partition(".")[0]
    frames = [
        (frame, line)
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__", "").partition(".")[0] == own
    ]
    return f"{text} [{frames[-1][0].f_code.co_filename}:{frames[-1][1]}]" if frames else text


def register(found: Record, module: ModuleType) -> None:
    """Register a plugin's module and each of its ops. Raises PluginError, and leaves nothing behind."""
    host = manager()
    if other := host.get_name(module):
        raise Conflict(f"{found.module} has been registered for the namespace {other!r}: one module, one namespace")
    try:
        host.register(module, found.namespace)
        try:
            host.check_pending()
            batch = checked(found, offered(found, host))
        except BaseException:
            host.unregister(module)
            raise
    except pluggy.PluginValidationError as error:
        raise Broken(f"{error} [{hook_place(module, str(error))}]") from error
    for op in batch:
        if host.register(op, op.name) is not None:
            found.ops[op.name] = op
    name_aliases(found, module)


def hook_place(module: ModuleType, text: str) -> str:
    """Where the hook is written that an error of pluggy's speaks of; the module's file where that can't be told."""
    hooks = [value for name, value in vars(module).items() if hasattr(value, "mutorch_impl") and name in text]
    return source_location(hooks[0]) if hooks else str(getattr(module, "__file__", module.__name__))


def offered(found: Record, host: pluggy.PluginManager) -> list[Any]:
    """What a plugin's mutorch_register_ops returns, with who said so. Raises Broken where that is no list."""
    own = [hook for hook in host.hook.mutorch_register_ops.get_hookimpls() if hook.plugin_name == found.namespace]
    if not own:
        raise Broken(f"{found.module} implements no mutorch_register_ops hook")
    others = [plugin for name, plugin in host.list_name_plugin() if name != found.namespace and plugin is not None]
    hooks = host.subset_hook_caller("mutorch_register_ops", others)
    answers: list[Any] = hooks(namespace=found.namespace, api_version=hookspecs.API_VERSION)
    said = f"mutorch_register_ops of {found.module} [{source_location(own[0].function)}] returned"
    ops: list[Any] = []
    for answer in answers or [None]:
        if isinstance(answer, (Op, str)) or not isinstance(answer, Iterable):
            raise Broken(f"{said} {answer!r}, which is no list of ops")
        ops += cast("Iterable[Any]", answer)
    for op in ops:
        if not isinstance(op, Op):
            raise Broken(f"{said} {op!r}, which is no Op: was @op left out?")
    return ops


def checked(found: Record, ops: list[Op[Any, Any]]) -> list[Op[Any, Any]]:
    """The ops that a plugin offers, each of its own namespace with all its rules, once."""
    seen: dict[str, Op[Any, Any]] = {}
    for op in ops:
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
    symbol, where = str(op.operator), op.declaration.place
    if symbol not in OPERATORS and symbol != "[]=":
        raise Broken(f"{op.name} ({where}) claims the operator {symbol!r}, which Var does not have")
    if len(op.operands) != ARITY.get(symbol, 2):
        raise Broken(
            f"{op.name} ({where}) has {len(op.operands)} operands and the operator {symbol!r} {ARITY.get(symbol, 2)}"
        )
    official = next((r for r in known().values() if r.module == provided().get("operators")), None)
    if official is not None and official is not found:
        load(official)
    other = operators.get(symbol)
    if other is not None and other[0] is not op:
        raise Conflict(
            f"the operator {symbol!r} is provided by {other[0].name} of {other[1].distribution} and by {op.name} "
            f"({where}) of {found.distribution}: switch one off with MUTORCH_DISABLE={other[0].name} or "
            f"MUTORCH_DISABLE={op.name}"
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
