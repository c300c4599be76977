"""The hooks that a plugin may implement. Hooks register; they never dispatch: calling an op costs none.

from mutorch_core import hookimpl

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [softplus, solve]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pluggy

from mutorch_core.declaration.op import Op

__all__ = ["API_VERSION", "hookimpl", "hookspec"]

API_VERSION = 1
"""The version of these hooks; it goes up when one of them changes incompatibly."""

hookspec = pluggy.HookspecMarker("mutorch")
hookimpl = pluggy.HookimplMarker("mutorch")


@hookspec
def mutorch_register_ops(namespace: str, api_version: int) -> Sequence[Op[Any, Any]]:
    """Return the ops of this package.

    `namespace` is the key of the entry point that named the module; every op's full name begins with it.
    """
    ...


@hookspec(firstresult=True)
def mutorch_array_namespace(library: Any) -> Any:
    """Return the differentiable namespace for a raw array namespace: what `Var.__array_namespace__` gives.

    A hashable module; its creation functions return untracked `Var`s around that library's arrays.
    Implemented by the module that the entry point `array_namespace` of group `mutorch.provides` names.
    """


@hookspec
def mutorch_register_array_types() -> Mapping[type, Any]:
    """Return further array types, each with its Array API namespace: a module, or an importable module's name.

    A subclass counts as its base does. It is for types that neither array-api-compat knows nor that have an
    `__array_namespace__` of their own; the namespace follows the standard of 2024.12.

    Called when a value of an unknown type is met, after all plugins were imported.
    """
    ...


@hookspec
def mutorch_gradcheck_samples(op: Op[Any, Any]) -> Callable[..., Any] | Sequence[Callable[..., Any]] | None:
    """Return further samplers for an op, of whatever package: one, several, or None.

    Each is a function as `@f.samples` takes: it asks by name for `draw`, `strategies` and `Sample`. They are drawn from
    beside the op's own, in every check of it where this plugin is installed.

    Called by the checker, once for each op.
    """


@hookspec
def mutorch_gradcheck_report(report: Mapping[str, Any]) -> None:
    """Take note of what a run of the checker found: what `--json` writes, as plain data.

    Called once, at the end of `mutorch gradcheck` and of `pytest --gradcheck`, an interrupted one too; in the process
    that the run was started in.
    """


@hookspec
def mutorch_register_exporters() -> Mapping[str, Callable[[Op[Any, Any]], Callable[..., Any]]]:
    """Return exporters by the name of the framework that they export to.

    Each makes of an op a function of that framework, with the op's signature, whose derivatives are the op's rules:
    what `mt.interop.to(op, "paddle")` returns. A framework has one exporter.

    Called where somebody asks for the exporters.
    """
    ...
