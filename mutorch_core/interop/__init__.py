"""Ops in other frameworks, and other frameworks' functions as ops.

    to_torch(op), to_jax(op), to_autograd(op)    a function of that framework whose derivatives are the op's rules
    from_torch(fn), from_jax(fn)                 an op whose rule is that framework's derivative
    to(op, "paddle")                             a function of a framework for which a plugin registers an exporter

A framework is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutorch_core.interop.exporters import MODULES, exporters, framework_function, to

if TYPE_CHECKING:
    from mutorch_core.interop.autograd import to_autograd
    from mutorch_core.interop.jax.export import to_jax
    from mutorch_core.interop.jax.importing import from_jax
    from mutorch_core.interop.torch.export import to_torch
    from mutorch_core.interop.torch.importing import from_torch

__all__ = ["exporters", "from_jax", "from_torch", "to", "to_autograd", "to_jax", "to_torch"]


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = function = framework_function(name)
    return function
