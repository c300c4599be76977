"""Ops in other frameworks, and other frameworks' functions as ops.

    to_torch(op), to_jax(op), to_autograd(op)    a function of that framework whose derivatives are the op's rules
    from_torch(fn), from_jax(fn)                 an op whose rule is that framework's, for the checker to judge
    to(op, "paddle")                             the same by an exporter that a plugin registers

A framework is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutorch_core.interop.exporters import exporters, imported, to

if TYPE_CHECKING:
    from mutorch_core.interop.autograd_export import to_autograd
    from mutorch_core.interop.jax_export import to_jax
    from mutorch_core.interop.jax_import import from_jax
    from mutorch_core.interop.torch_export import to_torch
    from mutorch_core.interop.torch_import import from_torch

__all__ = ["exporters", "from_jax", "from_torch", "to", "to_autograd", "to_jax", "to_torch"]


def __getattr__(name: str) -> Any:
    direction, _, framework = name.partition("_")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = imported(framework, f"{__name__}.{framework}_{'export' if direction == 'to' else 'import'}")
    globals()[name] = found = getattr(module, name)
    return found
