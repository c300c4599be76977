"""Differentiable NumPy: an Array API namespace whose functions take `Var`s and raw arrays alike.

    import mutorch_ops_basic as xp

`xp.on("torch")` is the same for another array library. What creates arrays returns constants of the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import e, inf, nan, pi
from types import ModuleType
from typing import Any

from array_api_compat import numpy as _numpy
from numpy import (
    bool,
    complex64,
    complex128,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)

from mutorch_core import Op, hookimpl
from mutorch_ops_basic import fft, linalg, random, signal
from mutorch_ops_basic.creation import Creation as _Creation
from mutorch_ops_basic.dtypes import DataTypes as _DataTypes
from mutorch_ops_basic.dtypes import astype
from mutorch_ops_basic.namespace import API_VERSION, on

# fmt: off
# isort: off
from mutorch_ops_basic.aliases import (
    absolute, amax, amin, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, around, bitwise_not,
    bmm, cat, clamp, concatenate, conjugate, cross, cumprod, cumsum, diagonal, div, eq, expand, fix, gather,
    ge, ger, gt, index_select, inverse, invert, le, left_shift, lt, mm, mod, movedim, mul, mv, ne, neg,
    permute, pinverse, power, repeat_interleave, right_shift, rint, sub, take_along_dim, trace, true_divide,
    unbind, unsqueeze,
)
from mutorch_ops_basic.arithmetic import (
    abs, add, conj, divide, imag, multiply, negative, positive, real, reciprocal, sign, square, subtract,
)
from mutorch_ops_basic.comparisons import (
    bitwise_and, bitwise_invert, bitwise_left_shift, bitwise_or, bitwise_right_shift, bitwise_xor, equal,
    greater, greater_equal, isfinite, isinf, isnan, less, less_equal, logical_and, logical_not, logical_or,
    logical_xor, not_equal, signbit,
)
from mutorch_ops_basic.contractions import dot, inner, kron, matvec, vdot
from mutorch_ops_basic.cumulative import cumulative_prod, cumulative_sum, diff
from mutorch_ops_basic.einstein import einsum
from mutorch_ops_basic.exponentials import exp, expm1, log, log1p, log2, log10, logaddexp, pow, sqrt
from mutorch_ops_basic.indexing import add_at, getitem, setitem, take, take_along_axis
from mutorch_ops_basic.joining import concat, repeat, stack, tile, unstack
from mutorch_ops_basic.products import matmul, matrix_transpose, tensordot, vecdot
from mutorch_ops_basic.reductions import all, any, count_nonzero, max, mean, min, prod, std, sum, var
from mutorch_ops_basic.rounding import ceil, copysign, floor, floor_divide, nextafter, remainder, round, trunc
from mutorch_ops_basic.searching import (
    argmax, argmin, argsort, nonzero, searchsorted, sort, unique_all, unique_counts, unique_inverse,
    unique_values,
)
from mutorch_ops_basic.selection import clip, maximum, minimum, where
from mutorch_ops_basic.shapes import (
    broadcast_arrays, broadcast_to, expand_dims, flip, meshgrid, moveaxis, permute_dims, reshape, roll,
    squeeze, tril, triu,
)
from mutorch_ops_basic.trigonometry import (
    acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, hypot, sin, sinh, tan, tanh,
)

__all__ = [
    "__array_api_version__", "__array_namespace_info__", "abs", "absolute", "acos", "acosh", "add", "add_at",
    "all", "amax", "amin", "any", "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "argmax", "argmin", "argsort", "around", "asarray", "asin", "asinh", "astype", "atan", "atan2",
    "atanh", "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "bmm", "bool", "broadcast_arrays", "broadcast_to", "can_cast",
    "cat", "ceil", "clamp", "clip", "complex64", "complex128", "concat", "concatenate", "conj", "conjugate",
    "copysign", "cos", "cosh", "count_nonzero", "cross", "cumprod", "cumsum", "cumulative_prod",
    "cumulative_sum", "diagonal", "diff", "div", "divide", "dot", "e", "einsum", "empty", "empty_like", "eq",
    "equal", "exp", "expand", "expand_dims", "expm1", "eye", "fft", "finfo", "fix", "flip", "float32",
    "float64", "floor", "floor_divide", "from_dlpack", "full", "full_like", "gather", "ge", "ger", "getitem",
    "greater", "greater_equal", "gt", "hypot", "iinfo", "imag", "index_select", "inf", "inner", "int8",
    "int16", "int32", "int64", "inverse", "invert", "isdtype", "isfinite", "isinf", "isnan", "kron", "le",
    "left_shift", "less", "less_equal", "linalg", "linspace", "log", "log1p", "log2", "log10", "logaddexp",
    "logical_and", "logical_not", "logical_or", "logical_xor", "lt", "matmul", "matrix_transpose", "matvec",
    "max", "maximum", "mean", "meshgrid", "min", "minimum", "mm", "mod", "moveaxis", "movedim", "mul",
    "multiply", "mv", "nan", "ne", "neg", "negative", "newaxis", "nextafter", "nonzero", "not_equal", "on",
    "ones", "ones_like", "permute", "permute_dims", "pi", "pinverse", "positive", "pow", "power", "prod",
    "random", "real", "reciprocal", "remainder", "repeat", "repeat_interleave", "reshape", "result_type",
    "right_shift", "rint", "roll", "round", "searchsorted", "setitem", "sign", "signal", "signbit", "sin",
    "sinh", "sort", "sqrt", "square", "squeeze", "stack", "std", "sub", "subtract", "sum", "take",
    "take_along_axis", "take_along_dim", "tan", "tanh", "tensordot", "tile", "trace", "tril", "triu",
    "true_divide", "trunc", "uint8", "uint16", "uint32", "uint64", "unbind", "unique_all", "unique_counts",
    "unique_inverse", "unique_values", "unsqueeze", "unstack", "var", "vdot", "vecdot", "where", "zeros",
    "zeros_like",
]
# isort: on
# fmt: on

__array_api_version__ = API_VERSION
newaxis = None

_created = _Creation(_numpy)
arange = _created.arange
asarray = _created.asarray
empty = _created.empty
empty_like = _created.empty_like
eye = _created.eye
from_dlpack = _created.from_dlpack
full = _created.full
full_like = _created.full_like
linspace = _created.linspace
ones = _created.ones
ones_like = _created.ones_like
zeros = _created.zeros
zeros_like = _created.zeros_like

_asked = _DataTypes(_numpy)
__array_namespace_info__ = _asked.__array_namespace_info__
can_cast = _asked.can_cast
finfo = _asked.finfo
iinfo = _asked.iinfo
isdtype = _asked.isdtype
result_type = _asked.result_type


_ops = list(
    dict.fromkeys(
        value
        for namespace in (globals(), *map(vars, (fft, linalg, random, signal)))
        for value in namespace.values()
        if isinstance(value, Op)
    )
)


@hookimpl
def mutorch_register_ops(namespace: str, api_version: int) -> Sequence[Op[..., Any]]:
    """Every op of this package."""
    return _ops


@hookimpl
def mutorch_array_namespace(library: ModuleType) -> ModuleType:
    """The namespace on a raw one."""
    return on(library)
