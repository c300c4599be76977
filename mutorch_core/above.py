"""What low modules use and higher ones do.

Imports point one way, so a low module asks `above`. The higher module is imported when it is first asked for,
and binds its own there.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["above"]

HOMES = {
    "accumulate": "accumulate",
    "array_space": "arrays",
    "backprop": "backprop",
    "namespace": "plugins",
    "operator": "plugins",
    "permit": "plugins",
    "text": "drawing",
}
"""The module that binds each."""


class Above:
    """One callable for each thing that `Var` offers and a higher module does."""

    accumulate: Callable[[Any, Any], Any]
    array_space: Callable[[type], Any]
    backprop: Callable[..., None]
    namespace: Callable[[Any], Any]
    operator: Callable[[str], Callable[..., Any]]
    permit: Callable[[str], None]
    text: Callable[[Any], str]

    def __getattr__(self, name: str) -> Any:
        if name not in HOMES:
            raise AttributeError(name)
        import_module(f"mutorch_core.{HOMES[name]}")
        return vars(self)[name]


above = Above()
