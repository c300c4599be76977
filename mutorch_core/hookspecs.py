"""The hooks that a plugin may implement. Hooks register; they never dispatch: calling an op costs none.

from mutorch_core import hookimpl

@hookimpl
def mutorch_register_ops(namespace, api_version):
    return [softplus, solve]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pluggy

from mutorch_core.declare import Op

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
