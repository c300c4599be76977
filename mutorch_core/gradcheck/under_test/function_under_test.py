"""A user's function as a function of floating arrays at a point, and its pullback as another such function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import attrs
import numpy as np

import mutorch_core as mt
from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.meta import carries_gradient
from mutorch_core.arrays.namespaces import is_number, namespace_of
from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.failures import NotPure
from mutorch_core.gradcheck.under_test.op_under_test import pack, pull_back, unpack
from mutorch_core.graph.var import constant, unwrap
from mutorch_core.transforms import pytrees as trees
from mutorch_core.transforms.tracing import name_of

__all__ = ["MAX_SHOWN", "DifferentiationLevel", "convert_like", "first_level", "format_on_one_line"]

Array = Any

MAX_SHOWN = 16
"""The largest number of entries of an array that is shown in full."""

SIGNIFICANT_BITS = 30
"""The number of significant bits of a point (nine digits), so that steps from it are exact."""


@attrs.frozen
class DifferentiationLevel:
    """A function of several arrays at a point. It accepts and returns arrays or `Var`s.

    `paths` locates each array in the user's arguments; `cotangents` has one entry for each result.
    """

    name: str
    function: Callable[..., tuple[Any, ...]]
    paths: tuple[str, ...]
    arrays: Sequence[Array]
    cotangents: Sequence[Array]
    order: int = 1

    @property
    def derivative(self) -> str:
        """The name of the claimed derivative."""
        return "the gradient" if self.order == 1 else f"the derivative of order {self.order}"

    def values(self, arrays: Sequence[Array]) -> list[Array]:
        """Return the raw results for other arrays."""
        return [unwrap(value) for value in self.function(*map(constant, arrays))]

    def pull_back(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the engine's cotangents as a function of the arrays and of the results' cotangents."""
        return pull_back(self.function, len(self.arrays), arrays)

    def pull_back_level(self) -> DifferentiationLevel:
        """Return the level whose function is this one's pullback."""
        path = "the result's cotangent" if self.order == 1 else f"the cotangent of order {self.order}"
        return attrs.evolve(
            self,
            function=self.pull_back,
            paths=(*self.paths, *(path for _ in self.cotangents)),
            arrays=[*self.arrays, *self.cotangents],
            cotangents=cotangents_of(self.arrays),
            order=self.order + 1,
        )


def first_level(f: Callable[..., Any], args: tuple[Any, ...]) -> DifferentiationLevel:
    """Return the user's function of its floating leaves. Raises OperandError, NotPure."""
    name = name_of(f)
    leaves, structure = trees.flatten(args)
    moved = [has_derivative(leaf) for leaf in leaves]
    if not any(moved):
        raise OperandError(
            f"check: {name} has no argument to differentiate: give it floating-point numbers or arrays, not "
            f"{', '.join(format_value(unwrap(leaf)) for leaf in leaves) or 'nothing'}"
        )

    def function(*arrays: Any) -> tuple[Any, ...]:
        remaining = iter(arrays)
        full = [next(remaining) if move else leaf for leaf, move in zip(leaves, moved, strict=True)]
        return tuple(filter(has_derivative, trees.leaves_of(f(*trees.unflatten(structure, full)))))

    arrays = [rounded_double(leaf) for leaf, move in zip(leaves, moved, strict=True) if move]
    paths = tuple(path for path, move in zip(leaf_paths(f, args), moved, strict=True) if move)
    level = DifferentiationLevel(name, function, paths, arrays, ())
    values = level.values(arrays)
    if not values:
        raise OperandError(
            f"check: {name} returns no floating-point number or array, so there is nothing to differentiate"
        )
    require_deterministic(level, values)
    scalar = len(values) == 1 and np.ndim(values[0]) == 0 and not np.iscomplexobj(values[0])
    return attrs.evolve(level, cotangents=[convert_like(np.ones(()), values[0])] if scalar else cotangents_of(values))


def require_deterministic(level: DifferentiationLevel, values: Sequence[Array]) -> None:
    """Raise NotPure if a second call, with tracked arguments, returns another result."""
    again, _ = mt.vjp(level.function, *level.arrays)
    pairs = list(zip(values, map(unwrap, again), strict=False))
    if len(again) != len(values) or not all(np.array_equal(a, b, equal_nan=True) for a, b in pairs):
        raise NotPure(
            f"{level.name} does not return the same when it is called again",
            ("first", ", ".join(map(format_on_one_line, values))),
            ("then", ", ".join(format_on_one_line(unwrap(value)) for value in again)),
            ("advice", "let its random numbers follow from a key or a seed, and keep nothing between calls"),
        )


def leaf_paths(f: Callable[..., Any], args: tuple[Any, ...]) -> Iterator[str]:
    """Yield the path of each leaf of the arguments as Python: `params['w'][0]`."""
    import optree

    names = argument_names(f, args)
    accessors: Any = optree.tree_accessors(cast("Any", args))
    for accessor in accessors:
        yield accessor[1:].codify(names[accessor[0].entry])


def argument_names(f: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """Return the names of a function's positional arguments, or their numbers if there is no signature."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except ValueError:
        return [f"argument {i}" for i in range(len(args))]
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "argument ")
    return [names[i] if i < len(names) else f"{rest}[{i - len(names)}]" for i in range(len(args))]


# ------------------------------------------------------------------------------------------------------- arrays


def has_derivative(leaf: Any) -> bool:
    """Return whether a leaf is differentiated. Integers are not: they may be an axis or a count."""
    value = unwrap(leaf)
    if is_number(value):
        return isinstance(value, (float, complex))
    return hasattr(value, "dtype") and carries_gradient(value)


def rounded_double(leaf: Any) -> Array:
    """Return a leaf in double precision, its entries rounded to SIGNIFICANT_BITS."""
    array = np.asarray(unwrap(leaf))
    array = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    parts: Any = np.frexp(pack([array]))
    mantissa, exponent = parts
    rounded = unpack(np.ldexp(np.rint(mantissa * 2.0**SIGNIFICANT_BITS), exponent - SIGNIFICANT_BITS), [array])[0]
    converted = convert_like(rounded, unwrap(leaf))
    if np.asarray(converted).dtype != rounded.dtype:
        raise OperandError(
            f"check: {format_value(converted)} is all that the array library has; allow it 64 bits (jax_enable_x64)"
        )
    return converted


def convert_like(array: Any, value: Any) -> Array:
    """Convert an array to the type of `value`: a Python number, or an array of its library."""
    if is_number(value):
        return array.item()
    return array if isinstance(value, (np.ndarray, np.generic)) else namespace_of(value).asarray(array)


def cotangents_of(values: Sequence[Array]) -> list[Array]:
    """Return a random cotangent for each result, its entries nonzero multiples of 1/8."""
    size = pack(values).size
    generator: Any = np.random.default_rng(size)
    entries = generator.integers(1, 17, size) / 8 * generator.choice([-1.0, 1.0], size)
    return [convert_like(array, value) for array, value in zip(unpack(entries, values), values, strict=True)]


def format_on_one_line(value: Any) -> str:
    """Return a value on one line, with its entries if there are few."""
    array = np.asarray(value)
    return (
        f"{format_value(value)} {array.tolist()}" if 0 < array.size <= MAX_SHOWN and array.ndim else format_value(value)
    )
