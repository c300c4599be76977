"""Arguments of NumPy's functions: operands, `out=`, `where=`, `dtype=`, and those that are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core import Var
from mutorch_core.authoring import is_number
from mutorch_core.errors import OperandError
from mutorch_ops_basic.numpy_protocols.registry import describe
from mutorch_ops_basic.operands.dtypes import unwrap as raw

__all__ = [
    "array", "arrays", "as_dtype", "masked", "of_one_array", "operand", "plain", "raw", "refuse_given",
    "special_functions", "store",
]  # fmt: skip


def operand(value: Any) -> Any:
    """Return an operand of an op: a list or tuple, also one with `Var`s in it, becomes an array."""
    return xp.asarray(value) if isinstance(value, (list, tuple)) else value


def array(value: Any) -> Any:
    """Return an operand as an array; a number becomes an array without axes."""
    value = operand(value)
    return xp.asarray(value) if is_number(raw(value)) else value


def arrays(values: Any) -> list[Any]:
    """Return the entries of a sequence, or the rows of an array, as arrays."""
    return [array(value) for value in values]


def of_one_array(name: str) -> Callable[..., Any]:
    """Return the namespace's function of a name, which takes one array, for lists and numbers too."""
    function = getattr(xp, name)
    return lambda x: function(array(x))


def special_functions(needed_by: str) -> Any:
    """Return the namespace of special functions. Raises OperandError if no plugin provides it."""
    try:
        return xp.special
    except AttributeError as error:
        raise OperandError(
            f"{needed_by} needs a plugin that provides the special functions: pip install mutorch-ops-special"
        ) from error


def plain(value: Any) -> Any:
    """Return an argument with raw values in the place of `Var`s, inside of lists, tuples and dicts too."""
    if type(value) is Var:
        return value.value
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {key: plain(each) for key, each in value.items()}
    return value


def as_dtype(value: Any, dtype: Any) -> Any:
    """Convert to a dtype if one is given."""
    return value if dtype is None else xp.astype(value, np.dtype(dtype), copy=False)


def masked(value: Any, where: Any, neutral: Any) -> Any:
    """Return the entries where the mask holds, and a neutral one elsewhere."""
    return value if where is True else xp.where(operand(where), value, neutral)


def refuse_given(function: str, instead: str, **given: Any) -> None:
    """Raise OperandError for a parameter that is given and has no counterpart; `instead` is what to write."""
    for name, value in given.items():
        if value is not None:
            raise OperandError(f"{function}({name}={describe(value)}) is not supported for a Var: {instead}")


def store(result: Any, out: Any, function: str) -> Any:
    """Return the result, after it is written to `out` if one is given: a `Var`, which is assigned to.

    Raises OperandError for another array, since the gradient would end there.
    """
    if isinstance(out, tuple):
        (out,) = out or (None,)
    if out is None:
        return result
    if type(out) is Var:
        out[...] = result
        return out
    if type(result) is Var and result.node is not None:
        raise OperandError(
            f"{function}(…, out={describe(out)}) would lose the gradient of {describe(result)}: make that array with "
            f"xp.zeros, or use what {function} returns (y = y + x in the place of y += x)"
        )
    np.copyto(out, raw(result), casting="same_kind")
    return out
