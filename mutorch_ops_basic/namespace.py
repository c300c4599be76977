"""One Array API namespace of differentiable functions per array library.

The ops are the same in all namespaces, since they dispatch on their operands. Functions that create arrays belong to
one library. NumPy's namespace is this package itself.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from functools import cache
from importlib import import_module
from types import ModuleType

from mutorch_core.authoring import LIBRARIES, library_name, library_namespace
from mutorch_core.errors import OperandError, PluginError
from mutorch_ops_basic.creation.constructors import CREATION, Creation
from mutorch_ops_basic.creation.dtype_queries import DTYPES, QUERIES, DataTypes
from mutorch_ops_basic.creation.promotion import NONSTANDARD_PROMOTION, is_binary_operator, with_promotion
from mutorch_ops_basic.creation.windows import WINDOWS, Windows
from mutorch_ops_basic.fft.frequencies import FREQUENCIES, Frequencies

__all__ = ["API_VERSION", "on", "plugin_namespace"]

API_VERSION = "2024.12"
PACKAGE = "mutorch_ops_basic"

PLUGIN_NAMESPACES = ("special",)
"""The sub-namespaces that any plugin may provide."""


def on(library: str | ModuleType) -> ModuleType:
    """Return the namespace whose creation functions make arrays of `library`: "torch", or a raw Array API namespace.

    Raises OperandError for a name that is neither a known library's nor an importable module's.
    """
    if not isinstance(library, str):
        return build_namespace(library)
    try:
        return build_namespace(library_namespace(library))
    except ImportError as error:
        raise OperandError(
            f"on({library!r}): no such array library is installed; known: {', '.join(LIBRARIES)}"
        ) from error


@cache
def build_namespace(library: ModuleType) -> ModuleType:
    """Build the namespace of a raw one, once per library, so that it can be compared and hashed."""
    name = library_name(library)
    if name == "numpy":
        return sys.modules[PACKAGE]
    creation, queries, transforms, windows = (each(library) for each in (Creation, DataTypes, Frequencies, Windows))
    bound_functions = {dtype: getattr(library, dtype) for dtype in DTYPES if hasattr(library, dtype)}
    bound_functions |= {function: getattr(creation, function) for function in CREATION}
    bound_functions |= {function: getattr(queries, function) for function in QUERIES}
    bound_functions |= {function: getattr(windows, function) for function in WINDOWS}
    bound_functions["fft"] = build_module(
        f"{PACKAGE}.fft", library, {function: getattr(transforms, function) for function in FREQUENCIES}
    )
    bound_functions["linalg"] = build_module(f"{PACKAGE}.linalg", library, {})
    bound_functions["__getattr__"] = plugin_namespace
    return build_module(PACKAGE, library, bound_functions, lacking=set(DTYPES) - set(bound_functions))


def build_module(
    package: str, library: ModuleType, overrides: dict[str, object], lacking: Collection[str] = ()
) -> ModuleType:
    """Build a module of a package's public names, with the library's own functions and without those that it lacks."""
    name = library_name(library)
    module = ModuleType(f"{package}.on_{name}", f"{package} on {name}: creation functions make its arrays.")
    public = vars(sys.modules[package])
    functions = {each: public[each] for each in public["__all__"] if each not in lacking}
    if name in NONSTANDARD_PROMOTION:
        overrides = {
            each: with_promotion(op, library) for each, op in functions.items() if is_binary_operator(op)
        } | overrides
    vars(module).update(functions | overrides)
    return module


def plugin_namespace(name: str) -> ModuleType:
    """Return the sub-namespace `name` from the plugin that provides it, loaded on first use.

    It is the same for all libraries. Raises AttributeError if no plugin provides it.
    """
    from mutorch_core.plugins import provider  # only `xp.special` needs the plugin host

    if name not in PLUGIN_NAMESPACES:
        raise AttributeError(f"module {PACKAGE!r} has no attribute {name!r}")
    try:
        record = provider(name)
    except PluginError as error:
        raise AttributeError(f"the plugin that provides the namespace {name!r} can't be used: {error}") from error
    if record is None:
        raise AttributeError(
            f"no installed plugin provides the namespace {name!r}: install one that does (mutorch-ops-{name}, say)"
        )
    return import_module(record.module)
