"""The operators of `Var`. Each one is an op of a plugin: `@op("acme::wedge", operator="^")`.

On first use an operator loads its provider through the plugin host, which binds it; from then on the operator is the
op's own function. A binary operator returns NotImplemented for a right operand of a type that no array library has, if
this type provides the operator itself. `x += v` does to a `Var` what it does to its value (decision 8).

NumPy passes its ufuncs and functions to `__array_ufunc__` and `__array_function__`. A ufunc that has an operator, as
`np.multiply` has `*`, is that operator; a plugin provides the others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.namespaces import SEQUENCES, has_namespace, is_number
from mutorch_core.errors import OperandError
from mutorch_core.graph.views import assign_through
from mutorch_core.late_binding import late_bound

if TYPE_CHECKING:
    from typing import Self

__all__ = ["OPERATORS", "REFLECTED", "Operators", "bind_operator", "never_defers"]

OPERATORS: dict[str, tuple[str, str | None]] = {
    "+": ("__add__", "__radd__"),
    "-": ("__sub__", "__rsub__"),
    "*": ("__mul__", "__rmul__"),
    "/": ("__truediv__", "__rtruediv__"),
    "//": ("__floordiv__", "__rfloordiv__"),
    "%": ("__mod__", "__rmod__"),
    "**": ("__pow__", "__rpow__"),
    "@": ("__matmul__", "__rmatmul__"),
    "&": ("__and__", "__rand__"),
    "|": ("__or__", "__ror__"),
    "^": ("__xor__", "__rxor__"),
    "<<": ("__lshift__", "__rlshift__"),
    ">>": ("__rshift__", "__rrshift__"),
    "<": ("__lt__", None),
    "<=": ("__le__", None),
    ">": ("__gt__", None),
    ">=": ("__ge__", None),
    "==": ("__eq__", None),
    "!=": ("__ne__", None),
    "neg": ("__neg__", None),
    "pos": ("__pos__", None),
    "abs": ("__abs__", None),
    "~": ("__invert__", None),
    "[]": ("__getitem__", None),
}
"""The operators that a plugin can provide, as `@op(operator=…)` writes them, and their methods. There is `[]=` too."""

REFLECTED = {symbol: reflected for symbol, (_, reflected) in OPERATORS.items() if reflected} | {
    "<": "__gt__", "<=": "__ge__", ">": "__lt__", ">=": "__le__", "==": "__eq__", "!=": "__ne__"
}  # fmt: skip
"""The method of the right operand that Python calls if a binary operator of the left one returns NotImplemented."""

UFUNCS: dict[str, Any] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "//": np.floor_divide,
    "%": np.remainder,
    "**": np.power,
    "@": np.matmul,
    "&": np.bitwise_and,
    "|": np.bitwise_or,
    "^": np.bitwise_xor,
    "<<": np.left_shift,
    ">>": np.right_shift,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "neg": np.negative,
    "pos": np.positive,
    "abs": np.absolute,
    "~": np.invert,
}
"""The ufunc that NumPy calls for an operator: `array * x` is `np.multiply(array, x)`."""

ufunc_calls: dict[Any, Callable[..., Any]] = {}
"""The function of the operator behind each of these ufuncs."""

KINDS = ("bool", "integral", "real floating", "complex floating")
UNARY = ("neg", "pos", "abs", "~")


class Operators:
    """The operators, as a mixin of `Var`. Equality is elementwise, so a `Var` is hashed by its identity."""

    __slots__ = ()

    def __hash__(self) -> int:
        return id(self)

    def __array_ufunc__(self, ufunc: Any, method: str, /, *inputs: Any, **kwargs: Any) -> Any:
        """Call the op for a ufunc. Raises OperandError if there is none, or a parameter has no counterpart."""
        # `array * x` comes through here, so its way to the op is as short as it can be.
        if not kwargs and method == "__call__" and ufunc in ufunc_calls:
            try:
                return ufunc_calls[ufunc](*inputs)
            except OperandError:
                if not any(isinstance(each, SEQUENCES) for each in inputs):
                    raise  # NumPy's functions take lists, and operators do not
        return late_bound.numpy_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Call the differentiable function in the place of one of NumPy's. Raises OperandError if there is none."""
        return late_bound.numpy_function(function, types, args, kwargs)

    def __divmod__(self, other: Any, /) -> tuple[Self, Self]:
        return self // other, self % other

    def __rdivmod__(self, other: Any, /) -> tuple[Self, Self]:
        return other // self, other % self

    def _refuse_leaf(self, written: str, instead: str) -> None:
        """Raise OperandError if this is a tracked leaf: an assignment would separate it from its gradient."""
        if self.leaf is not None and self.node is not None:
            raise OperandError(f"{written} on a leaf would lose its gradient: {instead}")

    def _assign(self, update: Any, operator: str) -> Self:
        """Take the value and node of x ∘ v. Raises OperandError if its shape or kind of dtype is not that of x."""
        namespace = late_bound.var_namespace(self.value)
        kind = next(kind for kind in KINDS if namespace.isdtype(self.dtype, kind))
        if update.shape != self.shape or not namespace.isdtype(update.dtype, kind):
            change = f"turn {format_value(self.value)} into {format_value(update.value)}"
            raise OperandError(f"x {operator}= v would {change}: write x = x {operator} v")
        assign_through(self, namespace.astype(update, self.dtype, copy=False))
        return self

    if TYPE_CHECKING:
        leaf: Any
        value: Any
        node: Any
        shape: Any
        dtype: Any

        def __add__(self, other: Any, /) -> Self: ...
        def __radd__(self, other: Any, /) -> Self: ...
        def __sub__(self, other: Any, /) -> Self: ...
        def __rsub__(self, other: Any, /) -> Self: ...
        def __mul__(self, other: Any, /) -> Self: ...
        def __rmul__(self, other: Any, /) -> Self: ...
        def __truediv__(self, other: Any, /) -> Self: ...
        def __rtruediv__(self, other: Any, /) -> Self: ...
        def __floordiv__(self, other: Any, /) -> Self: ...
        def __rfloordiv__(self, other: Any, /) -> Self: ...
        def __mod__(self, other: Any, /) -> Self: ...
        def __rmod__(self, other: Any, /) -> Self: ...
        def __pow__(self, other: Any, /) -> Self: ...
        def __rpow__(self, other: Any, /) -> Self: ...
        def __matmul__(self, other: Any, /) -> Self: ...
        def __rmatmul__(self, other: Any, /) -> Self: ...
        def __and__(self, other: Any, /) -> Self: ...
        def __rand__(self, other: Any, /) -> Self: ...
        def __or__(self, other: Any, /) -> Self: ...
        def __ror__(self, other: Any, /) -> Self: ...
        def __xor__(self, other: Any, /) -> Self: ...
        def __rxor__(self, other: Any, /) -> Self: ...
        def __lshift__(self, other: Any, /) -> Self: ...
        def __rlshift__(self, other: Any, /) -> Self: ...
        def __rshift__(self, other: Any, /) -> Self: ...
        def __rrshift__(self, other: Any, /) -> Self: ...
        def __lt__(self, other: Any, /) -> Self: ...
        def __le__(self, other: Any, /) -> Self: ...
        def __gt__(self, other: Any, /) -> Self: ...
        def __ge__(self, other: Any, /) -> Self: ...
        def __eq__(self, other: object, /) -> Any: ...
        def __ne__(self, other: object, /) -> Any: ...
        def __neg__(self) -> Self: ...
        def __pos__(self) -> Self: ...
        def __abs__(self) -> Self: ...
        def __invert__(self) -> Self: ...
        def __getitem__(self, key: Any, /) -> Self: ...


def bind_operator(operator: str, call: Callable[..., Any]) -> None:
    """Make an op's call the method for an operator of `Var`."""

    def reflected(self: Any, other: Any, /) -> Any:
        return call(other, self)

    bind(operator, deferring(operator, call), reflected)


def deferring(operator: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Return an op's call, made to return NotImplemented if the right operand's type provides the operator itself.

    Generated calls have a handler for it. They are copied with another `_defers`, since a wrapper would slow each call.
    """
    reflected = REFLECTED.get(operator)
    if reflected is None:
        return call

    def defers(other: Any) -> bool:
        return defers_to(other, reflected)

    if "_defers" in call.__globals__:
        copy = FunctionType(call.__code__, call.__globals__ | {"_defers": defers}, None, call.__defaults__)
        copy.__kwdefaults__ = call.__kwdefaults__
        return update_wrapper(copy, call)

    @wraps(call)
    def method(self: Any, other: Any, /) -> Any:
        try:
            return call(self, other)
        except OperandError:
            if defers(other):
                return NotImplemented
            raise

    return method


def never_defers(_other: Any) -> bool:
    """Return False: an op that is called by its name raises its error."""
    return False


def defers_to(other: Any, reflected: str) -> bool:
    """Return whether a value is of a type that no array library has and that defines the reflected method itself."""
    kind = other.__class__
    method = getattr(kind, reflected, None)
    if method is None or method is getattr(object, reflected, None) or kind.__module__ == "builtins":
        return False
    return not is_number(other) and not has_namespace(other)


def bind_first_use(operator: str) -> None:
    """Make an operator load its provider through the plugin host when it is first used."""
    name, _ = OPERATORS[operator]

    def first_unary_use(self: Any, /) -> Any:
        return late_bound.operator(operator)(self)

    def first_use(self: Any, other: Any, /) -> Any:
        late_bound.operator(operator)  # binds the method
        return getattr(Operators, name)(self, other)

    def first_reflected_use(self: Any, other: Any, /) -> Any:
        return late_bound.operator(operator)(other, self)

    bind(operator, first_unary_use if operator in UNARY else first_use, first_reflected_use)


def bind(operator: str, call: Callable[..., Any], reflected: Callable[[Any, Any], Any]) -> None:
    """Set an operator's method and, if it has them, its reflected and augmented methods."""
    name, reflected_name = OPERATORS[operator]
    setattr(Operators, name, call)
    if operator in UFUNCS:
        ufunc_calls[UFUNCS[operator]] = call
    if reflected_name is not None:
        setattr(Operators, reflected_name, reflected)
        augmented = "__i" + name.removeprefix("__")
        setattr(Operators, augmented, augmented_method(operator, call, augmented))


def augmented_method(operator: str, call: Callable[..., Any], name: str) -> Callable[[Any, Any], Any]:
    """Return the method for `x += v`. It changes x itself if the type of x's value has such a method."""
    instead = f"write x = x {operator} v; to step a parameter, x.value = x.value {operator} v"

    def assign(self: Any, other: Any, /) -> Any:
        self._refuse_leaf(f"x {operator}= v", instead)
        update = call(self, other)
        if update is NotImplemented or not hasattr(self.value, name):
            return update
        return self._assign(update, operator)

    return assign


for operator in OPERATORS:
    bind_first_use(operator)
