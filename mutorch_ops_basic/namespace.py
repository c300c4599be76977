"""One Array API namespace of differentiable functions per array library.

The ops are the same in all of them, for they look at their operands; what creates arrays from nothing belongs
to one library. NumPy's namespace is this package itself.
"""

from __future__ import annotations

import math
import sys
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from mutorch_core import Op
from mutorch_core.errors import OperandError
from mutorch_core.values import library_name
from mutorch_ops_basic import (
    arithmetic,
    comparisons,
    cumulative,
    dtypes,
    exponentials,
    indexing,
    joining,
    products,
    reductions,
    rounding,
    searching,
    selection,
    shapes,
    trigonometry,
)
from mutorch_ops_basic.creation import CREATION, Creation
from mutorch_ops_basic.dtypes import DTYPES, QUESTIONS, DataTypes

__all__ = ["API_VERSION", "OPS", "on"]

API_VERSION = "2024.12"
PACKAGE = "mutorch_ops_basic"
FAMILIES = (
    arithmetic, comparisons, cumulative, dtypes, exponentials, indexing, joining,
    products, reductions, rounding, searching, selection, shapes, trigonometry,
)  # fmt: skip

OPS: dict[str, Op[..., Any]] = {
    name: value for family in FAMILIES for name in family.__all__ if isinstance(value := getattr(family, name), Op)
}
"""Every op of this package by its short name."""

CONSTANTS = {"e": math.e, "inf": math.inf, "nan": math.nan, "pi": math.pi, "newaxis": None}
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
    module = ModuleType(f"{PACKAGE}.on_{name}", f"{PACKAGE} on {name}: creation functions make its arrays.")
    created, asked = Creation(library), DataTypes(library)
    vars(module).update(
        OPS,
        mul=OPS["multiply"],
        on=on,
        **CONSTANTS,
        **{dtype: getattr(library, dtype) for dtype in DTYPES if hasattr(library, dtype)},
        **{function: getattr(created, function) for function in CREATION},
        **{function: getattr(asked, function) for function in QUESTIONS},
        __array_api_version__=API_VERSION,
    )
    return module
