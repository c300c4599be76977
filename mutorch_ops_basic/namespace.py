"""One Array API namespace of differentiable functions per array library.

The ops are the same in all of them, for they look at their operands; what creates arrays from nothing belongs
to one library. NumPy's namespace is this package itself.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from functools import cache
from types import ModuleType

from mutorch_core.errors import OperandError
from mutorch_core.values import LIBRARIES, library_name, library_space
from mutorch_ops_basic.creation import CREATION, Creation
from mutorch_ops_basic.dtypes import DTYPES, QUESTIONS, DataTypes
from mutorch_ops_basic.fft.frequencies import FREQUENCIES, Frequencies

__all__ = ["API_VERSION", "on"]

API_VERSION = "2024.12"
PACKAGE = "mutorch_ops_basic"


def on(library: str | ModuleType) -> ModuleType:
    """The namespace whose creation functions make arrays of `library`: "torch", or a raw Array API namespace.

    Raises OperandError for a name that is neither a known library's nor an importable module's.
    """
    if not isinstance(library, str):
        return built(library)
    try:
        return built(library_space(library))
    except ImportError as error:
        raise OperandError(
            f"on({library!r}): no such array library is installed; known: {', '.join(LIBRARIES)}"
        ) from error


@cache
def built(library: ModuleType) -> ModuleType:
    """The namespace on a raw one, made once, so that it is one object to compare and to hash."""
    name = library_name(library)
    if name == "numpy":
        return sys.modules[PACKAGE]
    created, asked, transforms = Creation(library), DataTypes(library), Frequencies(library)
    fft = bound(f"{PACKAGE}.fft", name, {function: getattr(transforms, function) for function in FREQUENCIES})
    own = {dtype: getattr(library, dtype) for dtype in DTYPES if hasattr(library, dtype)}
    own |= {function: getattr(created, function) for function in CREATION}
    own |= {function: getattr(asked, function) for function in QUESTIONS}
    return bound(PACKAGE, name, own | {"fft": fft}, lacking=set(DTYPES) - set(own))


def bound(package: str, library: str, own: Mapping[str, object], lacking: Collection[str] = ()) -> ModuleType:
    """A package's public names, some of them a library's own, some missing there."""
    module = ModuleType(f"{package}.on_{library}", f"{package} on {library}: creation functions make its arrays.")
    public = vars(sys.modules[package])
    vars(module).update({name: public[name] for name in public["__all__"] if name not in lacking}, **own)
    return module
