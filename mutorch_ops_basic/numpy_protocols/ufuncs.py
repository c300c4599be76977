"""NumPy's ufuncs and their methods `reduce`, `accumulate`, `reduceat` and `outer`, and SciPy's special functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import accumulate
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core import Var
from mutorch_core.errors import OperandError, refused
from mutorch_ops_basic.numpy_protocols.arguments import array, as_dtype, operand, plain, raw, special_functions, store
from mutorch_ops_basic.numpy_protocols.functions.reductions import REDUCTIONS, cumprod, cumsum
from mutorch_ops_basic.numpy_protocols.registry import ANSWERED, DIFFERENTIATED, REFUSED, describe
from mutorch_ops_basic.operands.axes import normalize_axes

__all__ = ["UFUNCS", "call_ufunc", "ufunc_kind"]

ANSWERS = (
    "bitwise_and", "bitwise_count", "bitwise_or", "bitwise_xor", "ceil", "equal", "floor", "floor_divide", "gcd",
    "greater", "greater_equal", "heaviside", "invert", "isfinite", "isinf", "isnan", "isnat", "lcm", "left_shift",
    "less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "nextafter", "not_equal", "rint",
    "right_shift", "signbit", "spacing", "trunc",
)  # fmt: skip
"""The ufuncs whose results have no derivative."""

LIMITS = {"casting": "same_kind", "order": "K", "subok": True, "sig": None, "signature": None, "extobj": None}
"""The parameters that have no counterpart, with the value that is the same as none."""


def divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Return quotient and remainder."""
    return xp.floor_divide(x1, x2), xp.remainder(x1, x2)


def modf(x: Any) -> tuple[Any, Any]:
    """Return the fractional and the integral part."""
    whole = xp.trunc(x)
    return x - whole, whole


def vecmat(x1: Any, x2: Any) -> Any:
    """Return the products of vectors, conjugated, with matrices."""
    return xp.squeeze(xp.matmul(xp.expand_dims(xp.conj(x1), axis=-2), x2), axis=-2)


def raw_answer(ufunc: Any) -> Callable[..., Any]:
    """Return a function that calls a ufunc with the raw values."""
    return lambda *inputs: xp.asarray(ufunc(*map(raw, inputs)))


def ufunc_table() -> dict[Any, Callable[..., Any]]:
    """Return the op for each ufunc of NumPy that has one: the op of its name."""
    table = {
        found: getattr(xp, name)
        for name, found in vars(np).items()
        if isinstance(found, np.ufunc) and hasattr(xp, name)
    }
    table |= {np.divmod: divmod, np.modf: modf, np.spacing: raw_answer(np.spacing), np.isnat: raw_answer(np.isnat)}
    for name, call in {"vecmat": vecmat, "bitwise_count": raw_answer(getattr(np, "bitwise_count", None))}.items():
        if hasattr(np, name):
            table[getattr(np, name)] = call
    return table


UFUNCS = ufunc_table()


def ufunc_kind(ufunc: Any) -> str:
    """Return whether a ufunc is differentiated, answered or refused."""
    if ufunc not in UFUNCS:
        return REFUSED
    return ANSWERED if ufunc.__name__ in ANSWERS else DIFFERENTIATED


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a ufunc or one of its methods. Raises OperandError for what has no counterpart.

    Returns NotImplemented if an input has a protocol for itself.
    """
    try:
        if not kwargs and len(inputs) == 1 and method == "__call__" and ufunc in UFUNCS:
            return UFUNCS[ufunc](*inputs)  # np.sin(x)
        if any(map(overrides, inputs)):
            return NotImplemented
        return apply(ufunc, method, inputs, kwargs)
    except OperandError as error:
        called = written_name(ufunc) if method == "__call__" else f"{written_name(ufunc)}.{method}"
        error.add_note(f"in {called}({', '.join(map(describe, inputs))})")
        raise


def apply(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a ufunc or one of its methods, and store the result in `out=` if it is given."""
    name = written_name(ufunc)
    out = kwargs.pop("out", None)
    check_parameters(name, method, inputs, kwargs)
    if method == "__call__":
        result = call(ufunc, name, inputs, kwargs)
    elif method in METHODS:
        result = METHODS[method](ufunc, name, *inputs, **kwargs)
    else:
        raise OperandError(
            f"{name}.{method}({', '.join(map(describe, inputs))}) writes into an array: write "
            f"x = xp.at(x)[i].add(v), or .multiply, .min, .max"
        )
    if isinstance(result, tuple):
        targets = out or (None,) * len(result)
        return tuple(store(each, target, name) for each, target in zip(result, targets, strict=True))
    return store(result, out, name if method == "__call__" else f"{name}.{method}")


def overrides(value: Any) -> bool:
    """Return whether a value of another library has a ufunc protocol for itself, as an xarray array does."""
    if type(value) is Var or isinstance(value, (np.ndarray, np.generic)):
        return False
    return getattr(type(value), "__array_ufunc__", None) is not None


def written_name(ufunc: Any) -> str:
    """Return a ufunc's name as users write it: `np.sin`, `scipy.special.gammaln`."""
    name = ufunc.__name__
    return (
        f"np.{name}" if getattr(np, name, None) is ufunc else name if "vectorized" in name else f"scipy.special.{name}"
    )


def check_parameters(name: str, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Drop the parameters that change nothing, and raise OperandError for those that have no counterpart."""
    for parameter, neutral in LIMITS.items():
        given = kwargs.pop(parameter, neutral)
        if given is not neutral and given != neutral:
            raise OperandError(f"{name}({parameter}={given!r}) is not supported for a Var: leave it out, or write "
                               f"x.astype(dtype) before")  # fmt: skip
    if method != "reduce" and kwargs.pop("where", True) is not True:
        raise OperandError(
            f"{name}(…, where=…) of {describe(inputs[0])} leaves entries undefined: write "
            f"np.where(condition, {name}(…), other)"
        )


def call(ufunc: Any, name: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call the op behind a ufunc."""
    op = op_of(ufunc, name, inputs)
    dtype = kwargs.pop("dtype", None)
    inputs = tuple(as_dtype(array(each), dtype) if dtype is not None else operand(each) for each in inputs)
    if ufunc.signature is None:
        return op(*inputs, **kwargs)
    return general_call(ufunc, op, name, inputs, **kwargs)


def general_call(ufunc: Any, op: Any, name: str, inputs: Any, *, axis: int = -1, axes: Any = None,
                 keepdims: bool = False) -> Any:  # fmt: skip
    """Call the op behind a generalized ufunc, such as matmul, with its axes. The core axes are the last ones."""
    if axes is not None:
        if ufunc is not np.matmul:
            raise OperandError(f"{name}(axes=…) is not supported for a Var: move the axes with np.moveaxis before")
        moved = [xp.moveaxis(x, each, (-2, -1)) for x, each in zip(inputs, axes, strict=False)]
        result = op(*moved)
        return xp.moveaxis(result, (-2, -1), axes[2]) if len(axes) > 2 else result
    if axis != -1:
        inputs = [xp.moveaxis(x, axis, -1) for x in inputs]
    result = op(*inputs)
    return xp.expand_dims(result, axis=axis) if keepdims else result


def op_of(ufunc: Any, name: str, inputs: tuple[Any, ...]) -> Callable[..., Any]:
    """Return the op behind a ufunc of NumPy or scipy.special. Raises OperandError if there is none."""
    return UFUNCS.get(ufunc) or special_function(ufunc, name, inputs)


def special_function(ufunc: Any, name: str, inputs: tuple[Any, ...]) -> Callable[..., Any]:
    """Return the op for a ufunc of scipy.special, from the plugin that provides `special`. Raises OperandError."""
    shown = f"{name}({', '.join(map(describe, inputs))})"
    if not name.startswith("scipy.special."):
        raise OperandError(f"{shown} calls a Python function entry by entry: write it with NumPy's functions instead")
    short = ufunc.__name__
    if (found := getattr(xp, short, None)) is not None:
        return found
    namespace = special_functions(shown)
    if (found := getattr(namespace, short, None)) is None:
        raise OperandError(
            f"{shown} has no derivative in {namespace.__name__}: write it with the functions that `dir(xp.special)` "
            f"lists, or declare an op"
        )
    return found


def call_reduce(ufunc: Any, name: str, a: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False,
                initial: Any = None, where: Any = True) -> Any:  # fmt: skip
    """Reduce over axes with a ufunc: by the reduction of that name, or entry by entry along one axis."""
    if ufunc in REDUCTIONS:
        return REDUCTIONS[ufunc](a, axis, dtype, None, keepdims, initial, where)
    if where is not True:
        raise OperandError(f"{name}.reduce(where=…) is not supported for a Var: write np.where before")
    a = as_dtype(array(a), dtype)
    if ufunc in QUANTIFIERS and initial is None:
        return QUANTIFIERS[ufunc](a, axis=axis, keepdims=bool(keepdims))
    axes = sorted(normalize_axes(axis, a.ndim))
    if len(axes) > 1 and ufunc in (np.subtract, np.divide, np.power, np.floor_divide, np.remainder):
        raise refused(f"{name}.reduce over several axes: the operation is not reorderable", ValueError)
    for each in reversed(axes):
        a = folded(ufunc, name, a, each, initial)
        initial = None
    for each in axes if keepdims else ():
        a = xp.expand_dims(a, axis=each)
    return a


def folded(ufunc: Any, name: str, a: Any, axis: int, initial: Any) -> Any:
    """Combine the slices along an axis from the first to the last."""
    slices = list(xp.unstack(a, axis=axis))
    start = initial if initial is not None else None if slices else ufunc.identity
    if not slices and start is None:
        raise refused(f"zero-size array to reduction operation {name}.reduce which has no identity", ValueError)
    if not slices:
        return xp.full_like(xp.sum(a, axis=axis), start)
    return reduce(op_of(ufunc, name, (a,)), slices if start is None else [start, *slices])


def call_accumulate(ufunc: Any, name: str, a: Any, axis: int = 0, dtype: Any = None) -> Any:
    """Return the intermediate results of reducing along an axis."""
    a, axis = as_dtype(array(a), dtype), 0 if axis is None else axis
    if ufunc in RUNNING:
        return RUNNING[ufunc](a, axis)
    return xp.stack(list(accumulate(xp.unstack(a, axis=axis), op_of(ufunc, name, (a,)))), axis=axis)


def call_reduceat(ufunc: Any, name: str, a: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    """Reduce the slices that begin at some indices."""
    a, indices = as_dtype(array(a), dtype), [int(each) for each in np.asarray(plain(indices))]
    ends = [*indices[1:], a.shape[axis]]
    parts = []
    for begin, end in zip(indices, ends, strict=True):
        part = xp.take(a, np.arange(begin, max(end, begin + 1)), axis=axis)
        parts.append(call_reduce(ufunc, name, part, axis))
    return xp.stack(parts, axis=axis)


def call_outer(ufunc: Any, name: str, a: Any, b: Any, dtype: Any = None) -> Any:
    """Apply a ufunc to all pairs of entries of two arrays."""
    a, b = as_dtype(array(a), dtype), as_dtype(array(b), dtype)
    return op_of(ufunc, name, (a, b))(xp.reshape(a, (*a.shape, *(1,) * b.ndim)), b)


METHODS = {"reduce": call_reduce, "accumulate": call_accumulate, "reduceat": call_reduceat, "outer": call_outer}
QUANTIFIERS: dict[Any, Callable[..., Any]] = {
    np.logical_and: xp.all,
    np.logical_or: xp.any,
    np.fmax: xp.nanmax,
    np.fmin: xp.nanmin,
}
RUNNING: dict[Any, Callable[..., Any]] = {
    np.add: cumsum,
    np.multiply: cumprod,
    np.maximum: lambda a, axis: xp.cumulative_max(a, axis=axis),
    np.minimum: lambda a, axis: xp.cumulative_min(a, axis=axis),
}
