"""Ops in other frameworks, and other frameworks' functions as ops.

    to_torch(op), to_jax(op), to_autograd(op)    a function of that framework whose derivatives are the op's rules
    from_torch(fn), from_jax(fn)                 an op whose rule is that framework's derivative
    to(op, "paddle")                             a function of a framework for which a plugin registers an exporter

A framework is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutorch_core.interop.exporters import exporters, imported, to

if TYPE_CHECKING:
    from mutorch_core.interop.autograd import to_autograd
    from mutorch_core.interop.jax.export import to_jax
    from mutorch_core.interop.jax.importing import from_jax
    from mutorch_core.interop.torch.export import to_torch
    from mutorch_core.interop.torch.importing import from_torch

__all__ = ["exporters", "from_jax", "from_torch", "to", "to_autograd", "to_jax", "to_torch"]


MODULES = {
    "from_jax": "jax.importing",
    "from_torch": "torch.importing",
    "to_autograd": "autograd",
    "to_jax": "jax.export",
    "to_torch": "torch.export",
}
"""The modules that need a framework. Each is imported on first use."""


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = imported(name.partition("_")[2], f"{__name__}.{MODULES[name]}")
    globals()[name] = function = getattr(module, name)
    return function
