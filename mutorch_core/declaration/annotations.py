"""What a forward's signature is written with: `Array`, `Namespace` and `injected`, `Hidden`.

For type checkers an array and a namespace are `Any`, since every library has its own.
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
        """Annotates an operand: an array, or a number, that may carry a gradient."""

    class Namespace:
        """Annotates the array namespace that the engine hands to a forward: `xp: Namespace = injected`."""

    class Injected:
        """The default of a parameter that the engine fills."""

        def __repr__(self) -> str:
            return "injected"

    injected = Injected()


class Hidden(Generic[R]):
    """What a forward returns that has outputs only its rules see: `return Hidden(y, indices)`."""

    __slots__ = ("hidden", "public")

    def __init__(self, public: R, *hidden: Any) -> None:
        self.public = public
        self.hidden = hidden
