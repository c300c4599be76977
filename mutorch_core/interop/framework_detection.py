"""Detection of the framework of a function: by its type, or by the packages that its module imports."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

from mutorch_core.declaration.op import Op
from mutorch_core.errors import OperandError

__all__ = ["wrapped"]

FRAMEWORKS = ("torch", "jax")


def wrapped(value: Any, name: str) -> Op[Any, Any]:
    """Return the op of an object: an `Op`, a `torch.autograd.Function`, a `jax.custom_vjp`, or a function.

    Raises OperandError if it is none of these, or if its framework can't be determined.
    """
    if isinstance(value, Op):
        return cast("Op[Any, Any]", value)
    if not callable(value):
        raise OperandError(f"{name} is a {type(value).__name__}: only an op or a function of arrays can be checked")
    frameworks = [framework for framework in FRAMEWORKS if is_of(framework, value)]
    if len(frameworks) != 1:
        whose = f"{' and '.join(frameworks)} both" if frameworks else "neither torch nor jax"
        raise OperandError(
            f"{name} could be a function of any arrays: its module imports {whose}; "
            "wrap it with mt.interop.from_torch or mt.interop.from_jax"
        )
    return importer(frameworks[0])(value, name)


def is_of(framework: str, value: Callable[..., Any]) -> bool:
    """Return whether a function belongs to a framework. No function belongs to one that is not imported."""
    if framework not in sys.modules:
        return False
    subject: Any = getattr(value, "__self__", value)  # a Function's `apply` is a method of its class
    kind: Any = subject if inspect.isclass(subject) else type(value)
    if any(part.__module__.partition(".")[0].removesuffix("lib") == framework for part in kind.__mro__):
        return True
    return not inspect.isclass(subject) and framework in packages_of(inspect.unwrap(value))


def packages_of(function: Callable[..., Any]) -> set[str]:
    """Return the package that defines a function, and the packages that its module imports by name."""
    names = {value.__name__ for value in getattr(function, "__globals__", {}).values() if isinstance(value, ModuleType)}
    return {name.partition(".")[0] for name in {*names, function.__module__ or ""}}


def importer(framework: str) -> Callable[[Any, str], Op[Any, Any]]:
    """Return the importer of a framework's functions."""
    from mutorch_core import interop

    return interop.from_torch if framework == "torch" else interop.from_jax
