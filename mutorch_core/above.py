"""What low modules use and higher ones do: each higher module binds its own here on import, so that imports point one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["above"]


class Above:
    """One callable for each thing that `Var` offers and a higher module does."""

    backprop: Callable[..., None]
    text: Callable[[Any], str]
    namespace: Callable[[Any], Any]
    operator: Callable[[str], Callable[..., Any]]
    permit: Callable[[str], None]
    accumulate: Callable[[Any, Any], Any]


above = Above()
