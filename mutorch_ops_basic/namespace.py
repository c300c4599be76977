"""One Array API namespace of differentiable functions per array library.

The ops are the same in all of them, for they look at their operands; what creates arrays from nothing belongs
to one library. NumPy's namespace is this package itself.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from functools import cache
from importlib import import_module
from types import ModuleType

from mutorch_core.errors import OperandError
from mutorch_core.values import library_name
from mutorch_ops_basic.creation import CREATION, Creation
from mutorch_ops_basic.dtypes import DTYPES, QUESTIONS, DataTypes
from mutorch_ops_basic.fft.frequencies import FREQUENCIES, Frequencies
from mutorch_ops_basic.promotion import OTHERWISE, is_binary_operator, promoting

__all__ = ["API_VERSION", "on"]

API_VERSION = "2024.12"
PACKAGE = "mutorch_ops_basic"
MODULES = {
    "numpy": "array_api_compat.numpy",
    "torch": "array_api_compat.torch",
    "cupy": "array_api_compat.cupy",
    "dask": "array_api_compat.dask.array",
    "jax": "jax.numpy",
}


def on(library: str | ModuleType) -> ModuleType:
    """The namespace whose creation functions make arrays of `library`: "torch", or a raw Array API namespace.

    Raises OperandError for a name that is neither a known library's nor an importable module's.
    """
    if not isinstance(library, str):
        return built(library)
    try:
        return built(import_module(MODULES.get(library, library)))
    except ImportError as error:
        raise OperandError(
            f"on({library!r}): no such array library is installed; known: {', '.join(MODULES)}"
        ) from error


@cache
def built(library: ModuleType) -> ModuleType:
    """The namespace on a raw one, made once, so that it is one object to compare and to hash."""
    name = library_name(library)
    if name == "numpy":
        return sys.modules[PACKAGE]
    created, asked, transforms = Creation(library), DataTypes(library), Frequencies(library)
    own = {dtype: getattr(library, dtype) for dtype in DTYPES if hasattr(library, dtype)}
    own |= {function: getattr(created, function) for function in CREATION}
    own |= {function: getattr(asked, function) for function in QUESTIONS}
    own["fft"] = bound(f"{PACKAGE}.fft", library, {function: getattr(transforms, function) for function in FREQUENCIES})
    own["linalg"] = bound(f"{PACKAGE}.linalg", library, {})
    return bound(PACKAGE, library, own, lacking=set(DTYPES) - set(own))


def bound(package: str, library: ModuleType, own: dict[str, object], lacking: Collection[str] = ()) -> ModuleType:
    """A package's public names, some of them a library's own, some missing there."""
    name = library_name(library)
    module = ModuleType(f"{package}.on_{name}", f"{package} on {name}: creation functions make its arrays.")
    public = vars(sys.modules[package])
    offered = {each: public[each] for each in public["__all__"] if each not in lacking}
    if name in OTHERWISE:
        own = {each: promoting(op, library) for each, op in offered.items() if is_binary_operator(op)} | own
    vars(module).update(offered | own)
    return module
