"""Annotations of a forward's signature: `Array`, `Namespace`, `injected` and `Hidden`.

For type checkers an array and a namespace are `Any`, since every library has its own types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

__all__ = ["Array", "Hidden", "Namespace", "injected"]

R = TypeVar("R")

if TYPE_CHECKING:
    Array: TypeAlias = Any
    Namespace: TypeAlias = Any
    injected: Any
else:

    class Array:
        """The annotation of an operand: an array, or a number, that may carry a gradient."""

    class Namespace:
        """The annotation of the array namespace that the engine passes to a forward: `xp: Namespace = injected`."""

    class Injected:
        """The default of a parameter that the engine supplies."""

        def __repr__(self) -> str:
            return "injected"

    injected = Injected()


class Hidden(Generic[R]):
    """The return value of a forward with outputs that only its rules use: `return Hidden(y, indices)`."""

    __slots__ = ("hidden", "public")

    def __init__(self, public: R, *hidden: Any) -> None:
        self.public = public
        self.hidden = hidden
