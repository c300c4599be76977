"""The hooks that a plugin may implement. Hooks only register: a call of an op does not go through them.

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
"""The version of these hooks. It is raised when one of them changes incompatibly."""

hookspec = pluggy.HookspecMarker("mutorch")
hookimpl = pluggy.HookimplMarker("mutorch")


@hookspec
def mutorch_register_ops(namespace: str, api_version: int) -> Sequence[Op[Any, Any]]:
    """Return the ops of this package; their full names begin with `namespace`, the key of its entry point."""
    ...


@hookspec(firstresult=True)
def mutorch_array_namespace(library: Any) -> Any:
    """Return the differentiable namespace of a raw array namespace, for `Var.__array_namespace__`.

    It is hashable, and its creation functions return untracked `Var`s of that library's arrays. Only the module of
    the entry point `array_namespace` of group `mutorch.provides` implements this hook.
    """


@hookspec(firstresult=True)
def mutorch_numpy_functions() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the functions behind `Var.__array_ufunc__` and `Var.__array_function__`.

    The first is called as `(ufunc, method, inputs, kwargs)`, the second as `(function, types, args, kwargs)`, with the
    arguments that NumPy passes. Only the module of the entry point `numpy_functions` of group `mutorch.provides`
    implements this hook. Ufuncs that have an operator, as `np.multiply` has `*`, do not come here unless they are
    called with parameters.
    """
    ...


@hookspec
def mutorch_register_array_types() -> Mapping[type, Any]:
    """Return array types with their Array API namespaces: a module, or an importable module's name.

    Subclasses are included. The hook is for types without `__array_namespace__` that array-api-compat does not
    support. The namespace follows the standard of 2024.12. Called at the first value of an unknown type, after all
    plugins were imported.
    """
    ...


@hookspec
def mutorch_gradcheck_samples(op: Op[Any, Any]) -> Callable[..., Any] | Sequence[Callable[..., Any]] | None:
    """Return samplers for an op of any package: one, several, or None. Called by the checker once for each op.

    Each sampler is a function as in `@f.samples`, with parameters named `draw`, `strategies` or `Sample`. The checker
    draws from them in addition to the op's own samplers.
    """


@hookspec
def mutorch_gradcheck_report(report: Mapping[str, Any]) -> None:
    """Receive the report of a run of the checker, as plain data: the content of `--json`.

    Called once at the end of `mutorch gradcheck` and `pytest --gradcheck`, also of an interrupted run, in the process
    that started it.
    """


@hookspec
def mutorch_register_exporters() -> Mapping[str, Callable[[Op[Any, Any]], Callable[..., Any]]]:
    """Return exporters by the name of their framework, one for each.

    An exporter turns an op into a function of that framework with the op's signature and rules. It is called by
    `mt.interop.to(op, "paddle")`.
    """
    ...
