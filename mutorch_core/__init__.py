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

# NumPy comes first. Imported from deep inside our modules it takes 10 ms longer: CPython's frames then end exactly at
# the end of a chunk of their memory, and each further call maps a new chunk.
import numpy  # noqa: F401  # pyright: ignore[reportUnusedImport]

from mutorch_core import errors
from mutorch_core.arrays.meta import Meta
from mutorch_core.declaration.annotations import Array, Hidden, Namespace, injected
from mutorch_core.declaration.op import Op, op
from mutorch_core.graph.grad_mode import no_grad
from mutorch_core.graph.var import Var
from mutorch_core.late_binding import register_moved_module
from mutorch_core.transforms.functional import grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp
from mutorch_core.version import __version__

if TYPE_CHECKING:
    from mutorch_core import domain, gradcheck, interop, plugins
    from mutorch_core.engine.anomaly import detect_anomaly
    from mutorch_core.engine.profile import profile_backward
    from mutorch_core.plugins.hookspecs import hookimpl
    from mutorch_core.plugins.registry import ops
    from mutorch_core.transforms.checkpointing import checkpoint
    from mutorch_core.transforms.taps import tap

__all__ = [
    "Array",
    "Hidden",
    "Meta",
    "Namespace",
    "Op",
    "Var",
    "__version__",
    "checkpoint",
    "detect_anomaly",
    "domain",
    "errors",
    "grad",
    "gradcheck",
    "hessian",
    "hookimpl",
    "hvp",
    "injected",
    "interop",
    "jacobian",
    "jvp",
    "no_grad",
    "op",
    "ops",
    "plugins",
    "profile_backward",
    "stop_gradient",
    "tap",
    "value_and_grad",
    "vjp",
]

DEFERRED = {
    "checkpoint": "transforms.checkpointing",
    "detect_anomaly": "engine.anomaly",
    "domain": "domain",
    "gradcheck": "gradcheck",
    "hookimpl": "plugins",
    "interop": "interop",
    "ops": "plugins",
    "plugins": "plugins",
    "profile_backward": "engine.profile",
    "tap": "transforms.taps",
}
"""The modules of public names that are imported on first use, to keep `import mutorch_core` fast."""

register_moved_module(f"{__name__}.values", f"{__name__}.authoring")


def __getattr__(name: str) -> Any:
    if name not in DEFERRED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"{__name__}.{DEFERRED[name]}")
    globals()[name] = value = module if name == DEFERRED[name] else getattr(module, name)
    return value
