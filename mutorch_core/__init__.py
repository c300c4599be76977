"""Mutorch: reverse-mode automatic differentiation in which every op is a plugin.

import mutorch_core as mt
import mutorch_ops_basic as xp

x, y = mt.Var(10.0, name="x"), mt.Var(20.0, name="y")
z = x * x + y
z.backprop()
x.grad, y.grad                           # 20.0, 1.0

mt.grad(lambda x: xp.sin(x) * x)(0.5)    # a function into its gradient
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutorch_core import domain, drawing, errors, plugins
from mutorch_core.declare import Op, op
from mutorch_core.graph import Var
from mutorch_core.modes import no_grad
from mutorch_core.plugins import ops
from mutorch_core.signatures import Array, Hidden, Namespace, injected
from mutorch_core.transforms import grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp
from mutorch_core.values import Meta

if TYPE_CHECKING:
    from mutorch_core import gradcheck
    from mutorch_core.hookspecs import hookimpl
    from mutorch_core.rematerialise import checkpoint

__version__ = "0.1.0"

__all__ = [
    "Array",
    "Hidden",
    "Meta",
    "Namespace",
    "Op",
    "Var",
    "__version__",
    "checkpoint",
    "domain",
    "errors",
    "grad",
    "gradcheck",
    "hessian",
    "hookimpl",
    "hvp",
    "injected",
    "jacobian",
    "jvp",
    "no_grad",
    "op",
    "ops",
    "plugins",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]

LATER = {"checkpoint": "mutorch_core.rematerialise", "hookimpl": "mutorch_core.hookspecs", "gradcheck": None}
"""Public names whose modules bring a heavier import with them: loaded when they are first asked for."""


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    module = LATER[name]
    found = (
        importlib.import_module(f"{__name__}.{name}")
        if module is None
        else getattr(importlib.import_module(module), name)
    )
    globals()[name] = found
    return found
