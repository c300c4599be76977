"""Which array namespace a value belongs to, what describes it, and whether it can carry a gradient.

The namespace comes from `array_api_compat`, looked up by exact type; `discover` is the slow path for a type
that was not seen before. Python numbers are NumPy's where an op asks for a namespace; other numbers
(`Fraction`) have operators only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from importlib import import_module
from numbers import Number
from typing import Any

import attrs
import numpy as np

from mutorch_core.above import above
from mutorch_core.errors import OperandError

__all__ = [
    "LIBRARIES",
    "NUMPY_VALUES",
    "SEQUENCES",
    "Meta",
    "carries_gradient",
    "common_space",
    "detached",
    "device_of",
    "discover",
    "dtype_of",
    "is_floating",
    "is_number",
    "is_number_type",
    "is_whole",
    "library_name",
    "library_space",
    "meta_of",
    "one_like",
    "one_space",
    "owned_copy",
    "scatter_add",
    "settle",
    "spaces",
    "zeros_like",
    "zeros_of",
]

spaces: dict[Any, Any] = {}
"""Array namespace by exact value type. Grows as types are seen; never shrinks."""

PYTHON_NUMBERS = (float, int, complex, bool)
NUMPY_VALUES: Any = (np.ndarray, np.generic)
SEQUENCES: Any = (list, tuple)
LIBRARIES = {
    "numpy": "array_api_compat.numpy",
    "torch": "array_api_compat.torch",
    "cupy": "array_api_compat.cupy",
    "dask": "array_api_compat.dask.array",
    "jax": "jax.numpy",
}
"""The module that is the Array API namespace of a library; of others, their name is that."""
IMMUTABLE = frozenset({"jax"})
FLOATING_KINDS = frozenset("fcO")


class NumberTypes(dict[type, bool]):
    """Whether a type is one of Python's numbers: asking the abstract class each time costs 0.5 µs."""

    def __missing__(self, kind: type) -> bool:
        self[kind] = found = issubclass(kind, Number) and not issubclass(kind, np.generic)
        return found


number_types = NumberTypes()


def is_number(value: Any) -> bool:
    """Whether `value` is a number of Python's tower rather than an array or an array library's scalar."""
    return number_types[type(value)]


def is_number_type(dtype: Any) -> bool:
    """Whether a dtype is the type of a Python number rather than a library's."""
    return isinstance(dtype, type) and number_types[dtype]


def discover(value: Any) -> Any:
    """The array namespace of a value whose type was not seen before; remembered by type.

    Raises OperandError for what is no array, and for numbers that no array library holds.
    """
    found = spaces.get(type(value))
    if found is None:
        found = spaces[type(value)] = asked(value)
    return found


def asked(value: Any) -> Any:
    """The array namespace that array-api-compat has for a value, else the one that a plugin has for its type."""
    if type(value) in PYTHON_NUMBERS or isinstance(value, NUMPY_VALUES):
        from array_api_compat import numpy

        return numpy
    if is_number(value):
        kind = type(value).__name__
        raise OperandError(f"{kind} numbers have operators only: no array library computes with them")
    from array_api_compat import array_namespace

    try:
        return array_namespace(value)
    except TypeError as error:
        if (space := above.array_space(value.__class__)) is not None:
            return space
        raise OperandError(f"a {type(value).__name__} is neither a number nor an array of a known library") from error


def common_space(values: Iterable[Any]) -> Any:
    """The one namespace of all arrays among some values; NumPy's where there are only numbers.

    Raises OperandError where two libraries are mixed, naming both, and for numbers that no library holds.
    """
    values = list(values)
    space = one_space(values)
    if space is not None:
        return space
    return discover(next((value for value in values if value is not None and type(value) not in PYTHON_NUMBERS), 0.0))


def one_space(values: Iterable[Any]) -> Any:
    """The same, None where there are only numbers, as which NumPy's scalars count. Raises OperandError."""
    space: Any = None
    for value in values:
        if value is None or is_number(value) or isinstance(value, np.generic):
            continue
        own = spaces.get(type(value)) or discover(value)
        if space is None:
            space = own
        elif own is not space:
            raise OperandError(
                f"operands of two array libraries are mixed: {library_name(space)} and {library_name(own)}; "
                "convert one of them first"
            )
    return space


def library_name(space: Any) -> str:
    """The library behind a namespace: "numpy", "torch", "jax", and so on."""
    parts = space.__name__.split(".")
    return parts[1] if parts[0] == "array_api_compat" else parts[0]


def device_of(value: Any) -> Any:
    """Where an array is, as creation functions take it; None where its library does not say, as Dask's does not."""
    return getattr(value, "device", None)


def library_space(name: str) -> Any:
    """The raw namespace of a library by its name. Raises ImportError where it is not installed."""
    return import_module(LIBRARIES.get(name, name))


@attrs.define  # frozen would triple what making one costs, and reductions make one per call
class Meta:
    """What a rule may know of an operand without keeping it alive: shape, dtype and device.

    `space` is the raw array namespace that it belongs to, `chunks` how a chunked library has divided it; a Python
    number has shape () and its type as dtype.
    """

    shape: tuple[int, ...]
    dtype: Any
    device: Any
    space: Any = attrs.field(default=None, repr=False)
    chunks: Any = attrs.field(default=None, repr=False)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)


def meta_of(value: Any) -> Meta:
    """Shape, dtype and device of a raw value."""
    if is_number(value):
        return Meta((), type(value), None)
    space = spaces.get(type(value)) or discover(value)
    if type(value) is np.ndarray:
        return Meta(value.shape, value.dtype, value.device, space)
    return Meta(tuple(value.shape), value.dtype, device_of(value), space, getattr(value, "chunks", None))


def dtype_of(value: Any) -> Any:
    """An array's dtype; a Python number's type."""
    return value.__class__ if is_number(value) else value.dtype


def is_floating_dtype(dtype: Any, space: Any = None) -> bool:
    """Whether a dtype (or a Python number's type) has room for a derivative."""
    if is_number_type(dtype):
        return dtype is not bool
    if isinstance(dtype, type):  # NumPy's scalar types stand for their dtypes
        dtype = np.dtype(dtype)
    kind = getattr(dtype, "kind", None)
    if kind is not None:
        return kind in FLOATING_KINDS or dtype.name in ("bfloat16", "float8_e4m3fn", "float8_e5m2")
    if space is not None:
        return bool(space.isdtype(dtype, ("real floating", "complex floating")))
    return bool(dtype.is_floating_point or dtype.is_complex)


def is_floating(meta: Meta) -> bool:
    """Whether a described value has room for a derivative."""
    return is_floating_dtype(meta.dtype, meta.space)


def carries_gradient(value: Any) -> bool:
    """Whether a derivative with respect to `value` exists: any number but a bool, floating arrays."""
    if type(value) is np.ndarray:
        return value.dtype.kind in FLOATING_KINDS or is_floating_dtype(value.dtype)
    if is_number(value):
        return type(value) is not bool
    return is_floating_dtype(value.dtype, spaces.get(type(value)) or discover(value))


def settle(out: Any, operands: Iterable[Any]) -> Any:
    """A forward's result in the form in which a `Var` holds it.

    A NumPy scalar becomes a Python number where all operands were numbers, else a 0-d array.
    """
    if isinstance(out, NUMPY_VALUES):
        if out.ndim:
            return out
        numbers = all(operand is None or is_number(operand) for operand in operands)
        return out.item() if numbers else np.asarray(out)
    return detached(out)


def detached(value: Any) -> Any:
    """A value outside of its library's own autograd: PyTorch's would record everything a second time."""
    return value.detach() if getattr(value, "requires_grad", False) else value


def zeros_like(value: Any) -> Any:
    """A fresh zero of the value's type, shape, dtype and device."""
    if is_number(value):
        return type(value)(0)
    return (spaces.get(type(value)) or discover(value)).zeros_like(value)


def zeros_of(meta: Meta) -> Any:
    """A fresh zero of a described value."""
    if meta.space is None:
        return meta.dtype(0)
    chunked = {} if meta.chunks is None else {"chunks": meta.chunks}
    return meta.space.zeros(meta.shape, dtype=meta.dtype, device=meta.device, **chunked)


def one_like(value: Any) -> Any:
    """The cotangent of a scalar with respect to itself."""
    if is_number(value):
        return type(value)(1)
    return (spaces.get(type(value)) or discover(value)).ones_like(value)


def is_whole(value: Any) -> bool:
    """Whether an array is known to be no view of another one, and may be written into."""
    if type(value) is np.ndarray:
        return value.base is None and value.flags.writeable
    if not hasattr(value, "_is_view"):  # PyTorch's, which keeps no account of views in inference mode
        return False
    return not (value._is_view() or value.is_inference() or value.requires_grad)


def owned_copy(value: Any) -> Any:
    """A copy that nobody else refers to; numbers, and arrays that nobody can write into, are their own."""
    if is_number(value):
        return value
    if type(value) is np.ndarray:
        return value.copy()
    space = spaces.get(type(value)) or discover(value)
    return value if library_name(space) in IMMUTABLE else space.asarray(detached(value), copy=True)


def scatter_add(values: Any, places: Any, size: int, space: Any) -> Any:
    """`size` zeros with the 1-d `values` added up at their `places`, integers from 0: what the standard lacks.

    NumPy, PyTorch and JAX each have a function for it. Where only the standard's are at hand, each entry of the
    result looks through all places, which costs `size` times as much but multiplies nothing by zero, so that an
    infinite value stays where it belongs.
    """
    library = library_name(space)
    if library == "jax":
        return space.zeros((size,), dtype=values.dtype).at[places].add(values)
    if library == "torch":
        return space.zeros((size,), dtype=values.dtype, device=values.device).index_add(0, places, values)
    if library in ("numpy", "cupy"):
        result = space.zeros(size, dtype=values.dtype)
        space.add.at(result, places, values)
        return result
    own = space.expand_dims(space.arange(size, dtype=places.dtype, device=meta_of(places).device), axis=1)
    return space.sum(space.where(own == places, values, 0), axis=1, dtype=values.dtype)
