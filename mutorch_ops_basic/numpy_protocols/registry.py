"""Registry of NumPy's functions: the function to call for each when an argument is a `Var`.

A function is differentiated, answered from the values, or refused with advice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from mutorch_core import Var
from mutorch_core.authoring import format_value
from mutorch_core.errors import OperandError

__all__ = [
    "ANSWERED", "DIFFERENTIATED", "MODULES", "REFUSED", "Entry", "answers", "call_function", "describe", "entries",
    "implements", "look_up", "public_functions", "qualified_name", "refuses",
]  # fmt: skip

DIFFERENTIATED, ANSWERED, REFUSED = "differentiated", "answered", "refused"
MODULES = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
NO_VALUE = getattr(np, "_NoValue", None)


class Entry(NamedTuple):
    """A function for `Var`s, its kind, and for a refused one the advice."""

    call: Callable[..., Any]
    kind: str
    advice: str = ""


entries: dict[Any, Entry] = {}
"""The entry of each function of NumPy."""


def implements(*names: str, kind: str = DIFFERENTIATED) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function for NumPy's functions of these names, such as "sum" or "linalg.norm"; its own by default.

    Names that the installed NumPy lacks are left out.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names or (function.__name__,):
            if (found := look_up(name)) is not None:
                entries[found] = Entry(function, kind)
        return function

    return register


def answers(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function whose result has no derivative, such as a shape, for NumPy's functions of these names."""
    return implements(*names, kind=ANSWERED)


def refuses(advice: str, *names: str) -> None:
    """Register NumPy's functions of these names as refused, with the advice for the error."""
    for name in names:
        if (found := look_up(name)) is not None:
            entries[found] = Entry(refusal(name, advice), REFUSED, advice)


def look_up(name: str) -> Any:
    """Return NumPy's function of a name, or None if the installed NumPy has none."""
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def refusal(name: str, advice: str) -> Callable[..., Any]:
    """Return a function that raises OperandError with this advice."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        shown = ", ".join([*map(describe, args), *(f"{key}={describe(value)}" for key, value in kwargs.items())])
        raise OperandError(f"np.{name}({shown}) has no derivative in Mutorch: {advice}")

    return refuse


def describe(value: Any) -> str:
    """Format an argument for an error: `Var float64[3]`, an array, a sequence of them, or what Python prints."""
    if type(value) is Var:
        return f"Var {format_value(value.value)}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(describe, value))}]"
    if isinstance(value, str):
        return repr(value)
    return format_value(value)


def qualified_name(function: Any) -> str:
    """Return a function's name as users write it: `np.sum`, `np.linalg.norm`."""
    module = getattr(function, "__module__", None) or "numpy"
    return f"{'np' + module.removeprefix('numpy') if module.startswith('numpy') else module}.{function.__name__}"


def call_function(function: Any, types: Iterable[type], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call the function registered for one of NumPy's. Raises OperandError if there is none.

    Returns NotImplemented if an argument's type is another library's with a protocol for itself.
    """
    if any(kind is not Var and not issubclass(kind, np.ndarray) for kind in types):
        return NotImplemented
    entry = entries.get(function)
    if entry is None:
        return refusal(qualified_name(function).removeprefix("np."), "write it with other functions of NumPy")(
            *args, **kwargs
        )
    kwargs = {key: value for key, value in kwargs.items() if value is not NO_VALUE}
    try:
        return entry.call(*args, **kwargs)
    except OperandError as error:
        if entry.kind != REFUSED:
            error.add_note(f"in {qualified_name(function)}({', '.join(map(describe, args))})")
        raise


def public_functions() -> Iterator[tuple[str, Any]]:
    """Yield name and function of each public callable of NumPy, numpy.linalg and numpy.fft that is not a type."""
    for prefix, module in MODULES.items():
        for name in sorted(dir(module)):
            found = getattr(module, name)
            if not name.startswith("_") and callable(found) and not isinstance(found, type):
                yield f"{prefix}.{name}", found
