"""Differentiable NumPy: an Array API namespace whose functions take `Var`s and raw arrays alike.

    import mutorch_ops_basic as xp

`xp.on("torch")` is the same for another array library. Functions that create arrays return constants of the graph.
"""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from mutorch_core import Op, hookimpl
from mutorch_ops_basic import (
    aliases,
    creation,
    elementwise,
    fft,
    indexing,
    linalg,
    logic,
    operands,
    products,
    random,
    reductions,
    scattering,
    shaping,
    signal,
    sorting,
    statistics,
)
from mutorch_ops_basic.aliases import *
from mutorch_ops_basic.creation import *
from mutorch_ops_basic.elementwise import *
from mutorch_ops_basic.indexing import *
from mutorch_ops_basic.logic import *
from mutorch_ops_basic.namespace import API_VERSION, on, plugin_namespace
from mutorch_ops_basic.operands import *
from mutorch_ops_basic.products import *
from mutorch_ops_basic.reductions import *
from mutorch_ops_basic.scattering import *
from mutorch_ops_basic.shaping import *
from mutorch_ops_basic.sorting import *
from mutorch_ops_basic.statistics import *

__all__ = ["__array_api_version__", "fft", "linalg", "on", "random", "signal"]
__all__ += aliases.__all__
__all__ += creation.__all__
__all__ += elementwise.__all__
__all__ += indexing.__all__
__all__ += logic.__all__
__all__ += operands.__all__
__all__ += products.__all__
__all__ += reductions.__all__
__all__ += scattering.__all__
__all__ += shaping.__all__
__all__ += sorting.__all__
__all__ += statistics.__all__

__array_api_version__ = API_VERSION

if TYPE_CHECKING:
    special: ModuleType
else:
    __getattr__ = plugin_namespace  # `special`, if a plugin provides it


def __dir__() -> list[str]:
    """Return the public names, without the modules that define them, and the hooks, which pluggy looks up by `dir`."""
    return [*__all__, mutorch_array_namespace.__name__, mutorch_numpy_functions.__name__, mutorch_register_ops.__name__]


_ops = list(
    dict.fromkeys(
        value
        for namespace in (globals(), *map(vars, (fft, linalg, random, signal)))
        for value in namespace.values()
        if isinstance(value, Op)
    )
)


@hookimpl
def mutorch_register_ops(namespace: str, api_version: int) -> Sequence[Op[..., object]]:
    """Return every op of this package."""
    return _ops


@hookimpl
def mutorch_array_namespace(library: ModuleType) -> ModuleType:
    """Return the namespace for a raw array namespace."""
    return on(library)


@hookimpl
def mutorch_numpy_functions() -> tuple[Callable[..., object], Callable[..., object]]:
    """Return the functions behind `Var.__array_ufunc__` and `Var.__array_function__`."""
    from mutorch_ops_basic.numpy_protocols import call_function, call_ufunc  # loaded on first use

    return call_ufunc, call_function
