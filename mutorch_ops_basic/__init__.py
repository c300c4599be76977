"""Differentiable NumPy: an Array API namespace whose functions take `Var`s and raw arrays alike.

    import mutorch_ops_basic as xp

`xp.on("torch")` is the same for another array library. What creates arrays returns constants of the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import e, inf, nan, pi
from types import ModuleType
from typing import TYPE_CHECKING, Any

from array_api_compat import numpy as _numpy
from numpy import (
    bool,
    complex64,
    complex128,
    float16,
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
from mutorch_ops_basic.dtypes import astype, to_device
from mutorch_ops_basic.namespace import API_VERSION, on
from mutorch_ops_basic.namespace import provided as _provided
from mutorch_ops_basic.windows import Windows as _Windows

# fmt: off
# isort: off
from mutorch_ops_basic.accumulating import maximum_at, minimum_at, multiply_at
from mutorch_ops_basic.aliases import (
    absolute, amax, amin, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, around, bitwise_not,
    bmm, cat, clamp, concatenate, conjugate, cross, cumprod, cumsum, diagonal, div, eq, expand, fix, gather,
    ge, ger, gt, index_select, inverse, invert, le, left_shift, lt, mm, mod, movedim, mul, mv, ne, neg,
    permute, pinverse, power, repeat_interleave, right_shift, rint, sub, take_along_dim, trace, true_divide,
    unbind, unsqueeze,
)
from mutorch_ops_basic.angles import angle, deg2rad, degrees, rad2deg, radians, sinc
from mutorch_ops_basic.arithmetic import (
    abs, add, conj, divide, imag, multiply, negative, positive, real, reciprocal, sign, square, subtract,
)
from mutorch_ops_basic.choices import choose, fmax, fmin, heaviside, nan_to_num, select
from mutorch_ops_basic.comparisons import (
    bitwise_and, bitwise_invert, bitwise_left_shift, bitwise_or, bitwise_right_shift, bitwise_xor, equal,
    greater, greater_equal, isfinite, isinf, isnan, less, less_equal, logical_and, logical_not, logical_or,
    logical_xor, not_equal, signbit,
)
from mutorch_ops_basic.contractions import dot, inner, kron, matvec, vdot
from mutorch_ops_basic.cumulative import cumulative_prod, cumulative_sum, diff
from mutorch_ops_basic.detaching import detach, stop_gradient
from mutorch_ops_basic.diagonals import (
    block_diag, diag, diag_embed, diagflat, diagonal_scatter, fill_diagonal, make_diagonal, vander,
)
from mutorch_ops_basic.differences import gradient, trapezoid, trapz
from mutorch_ops_basic.divisors import gcd, lcm
from mutorch_ops_basic.einstein import einsum
from mutorch_ops_basic.exponentials import exp, expm1, log, log1p, log2, log10, logaddexp, pow, sqrt
from mutorch_ops_basic.indexing import add_at, getitem, setitem, take, take_along_axis
from mutorch_ops_basic.joining import concat, repeat, stack, tile, unstack
from mutorch_ops_basic.layout import (
    broadcast_shapes, clone, copy, flatten, fliplr, flipud, ravel, rollaxis, rot90, swapaxes, swapdims,
    transpose,
)
from mutorch_ops_basic.masks import masked_scatter, masked_select
from mutorch_ops_basic.membership import argwhere, bucketize, digitize, flatnonzero, histogram, isin
from mutorch_ops_basic.nan_reductions import (
    nanargmax, nanargmin, nancumprod, nancumsum, nanmax, nanmean, nanmin, nanprod, nanstd, nansum, nanvar,
)
from mutorch_ops_basic.ordering import argpartition, lexsort, mode, partition, top_k, topk
from mutorch_ops_basic.padding import pad
from mutorch_ops_basic.parts import complex, real_if_close
from mutorch_ops_basic.powers import cbrt, exp2, float_power, frexp, ldexp, logaddexp2, rsqrt
from mutorch_ops_basic.predicates import allclose, array_equal, isclose, iscomplex, isneginf, isposinf, isreal
from mutorch_ops_basic.products import matmul, matrix_transpose, tensordot, vecdot
from mutorch_ops_basic.quantiles import median, nanmedian, nanquantile, quantile
from mutorch_ops_basic.reciprocals import (
    arccot, arccoth, arccsc, arccsch, arcsec, cot, coth, csc, csch, sec, sech,
)
from mutorch_ops_basic.reductions import all, any, count_nonzero, max, mean, min, prod, std, sum, var
from mutorch_ops_basic.rounding import (
    ceil, copysign, fabs, floor, floor_divide, fmod, nextafter, remainder, round, trunc,
)
from mutorch_ops_basic.running import (
    cumlogsumexp, cummax, cummin, cumulative_logsumexp, cumulative_max, cumulative_min, logcumsumexp,
)
from mutorch_ops_basic.scattering import (
    index_add, index_copy, index_fill, index_put, put, put_along_axis, scatter_add, scatter_reduce,
    select_scatter, slice_scatter,
)
from mutorch_ops_basic.searching import (
    argmax, argmin, argsort, nonzero, searchsorted, sort, unique_all, unique_counts, unique_inverse,
    unique_values,
)
from mutorch_ops_basic.segments import bincount, segment_max, segment_prod, segment_sum
from mutorch_ops_basic.selection import clip, maximum, minimum, where
from mutorch_ops_basic.sequences import add_sequence, multiply_sequence
from mutorch_ops_basic.shapes import (
    broadcast_arrays, broadcast_to, expand_dims, flip, meshgrid, moveaxis, permute_dims, reshape, roll,
    squeeze, tril, triu,
)
from mutorch_ops_basic.splitting import array_split, dsplit, hsplit, narrow, split, vsplit
from mutorch_ops_basic.stacking import (
    append, array_from_list, atleast_1d, atleast_2d, atleast_3d, block, column_stack, dstack, hstack,
    row_stack, vstack,
)
from mutorch_ops_basic.statistics import corrcoef, cov
from mutorch_ops_basic.trigonometry import (
    acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, hypot, sin, sinh, tan, tanh,
)
from mutorch_ops_basic.updates import at

__all__ = [
    "__array_api_version__", "__array_namespace_info__", "abs", "absolute", "acos", "acosh", "add", "add_at",
    "add_sequence", "all", "allclose", "amax", "amin", "angle", "any", "append", "arange", "arccos",
    "arccosh", "arccot", "arccoth", "arccsc", "arccsch", "arcsec", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "argmax", "argmin", "argpartition", "argsort", "argwhere", "around", "array_equal",
    "array_from_list", "array_split", "asarray", "asin", "asinh", "astype", "at", "atan", "atan2", "atanh",
    "atleast_1d", "atleast_2d", "atleast_3d", "bartlett", "bincount", "bitwise_and", "bitwise_invert",
    "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "blackman",
    "block", "block_diag", "bmm", "bool", "broadcast_arrays", "broadcast_shapes", "broadcast_to", "bucketize",
    "can_cast", "cat", "cbrt", "ceil", "choose", "clamp", "clip", "clone", "column_stack", "complex",
    "complex64", "complex128", "concat", "concatenate", "conj", "conjugate", "copy", "copysign", "corrcoef",
    "cos", "cosh", "cot", "coth", "count_nonzero", "cov", "cross", "csc", "csch", "cumlogsumexp", "cummax",
    "cummin", "cumprod", "cumsum", "cumulative_logsumexp", "cumulative_max", "cumulative_min",
    "cumulative_prod", "cumulative_sum", "deg2rad", "degrees", "detach", "diag", "diag_embed", "diagflat",
    "diagonal", "diagonal_scatter", "diff", "digitize", "div", "divide", "dot", "dsplit", "dstack", "e",
    "einsum", "empty", "empty_like", "eq", "equal", "exp", "exp2", "expand", "expand_dims", "expm1", "eye",
    "fabs", "fft", "fill_diagonal", "finfo", "fix", "flatnonzero", "flatten", "flip", "fliplr", "flipud",
    "float16", "float32", "float64", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frexp",
    "from_dlpack", "full", "full_like", "gather", "gcd", "ge", "ger", "getitem", "gradient", "greater",
    "greater_equal", "gt", "hamming", "hann_window", "hanning", "heaviside", "histogram", "hsplit", "hstack",
    "hypot", "identity", "iinfo", "imag", "index_add", "index_copy", "index_fill", "index_put",
    "index_select", "indices", "inf", "inner", "int8", "int16", "int32", "int64", "inverse", "invert",
    "isclose", "iscomplex", "isdtype", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal",
    "kaiser", "kron", "lcm", "ldexp", "le", "left_shift", "less", "less_equal", "lexsort", "linalg",
    "linspace", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2", "logcumsumexp", "logical_and",
    "logical_not", "logical_or", "logical_xor", "logspace", "lt", "make_diagonal", "masked_scatter",
    "masked_select", "matmul", "matrix_transpose", "matvec", "max", "maximum", "maximum_at", "mean", "median",
    "meshgrid", "min", "minimum", "minimum_at", "mm", "mod", "mode", "moveaxis", "movedim", "mul", "multiply",
    "multiply_at", "multiply_sequence", "mv", "nan", "nan_to_num", "nanargmax", "nanargmin", "nancumprod",
    "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanprod", "nanquantile", "nanstd", "nansum",
    "nanvar", "narrow", "ne", "neg", "negative", "newaxis", "nextafter", "nonzero", "not_equal", "on", "ones",
    "ones_like", "pad", "partition", "permute", "permute_dims", "pi", "pinverse", "positive", "pow", "power",
    "prod", "put", "put_along_axis", "quantile", "rad2deg", "radians", "random", "ravel", "real",
    "real_if_close", "reciprocal", "remainder", "repeat", "repeat_interleave", "reshape", "result_type",
    "right_shift", "rint", "roll", "rollaxis", "rot90", "round", "row_stack", "rsqrt", "scatter_add",
    "scatter_reduce", "searchsorted", "sec", "sech", "segment_max", "segment_prod", "segment_sum", "select",
    "select_scatter", "setitem", "sign", "signal", "signbit", "sin", "sinc", "sinh", "slice_scatter", "sort",
    "split", "sqrt", "square", "squeeze", "stack", "std", "stop_gradient", "sub", "subtract", "sum",
    "swapaxes", "swapdims", "take", "take_along_axis", "take_along_dim", "tan", "tanh", "tensordot", "tile",
    "to_device", "top_k", "topk", "trace", "transpose", "trapezoid", "trapz", "tri", "tril", "tril_indices",
    "triu", "triu_indices", "true_divide", "trunc", "uint8", "uint16", "uint32", "uint64", "unbind",
    "unique_all", "unique_counts", "unique_inverse", "unique_values", "unsqueeze", "unstack", "vander", "var",
    "vdot", "vecdot", "vsplit", "vstack", "where", "zeros", "zeros_like",
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
identity = _created.identity
indices = _created.indices
linspace = _created.linspace
logspace = _created.logspace
ones = _created.ones
ones_like = _created.ones_like
tri = _created.tri
tril_indices = _created.tril_indices
triu_indices = _created.triu_indices
zeros = _created.zeros
zeros_like = _created.zeros_like

_windows = _Windows(_numpy)
bartlett = _windows.bartlett
blackman = _windows.blackman
hamming = _windows.hamming
hann_window = hanning = _windows.hanning
kaiser = _windows.kaiser

_asked = _DataTypes(_numpy)
__array_namespace_info__ = _asked.__array_namespace_info__
can_cast = _asked.can_cast
finfo = _asked.finfo
iinfo = _asked.iinfo
isdtype = _asked.isdtype
result_type = _asked.result_type


if TYPE_CHECKING:
    special: ModuleType
else:
    __getattr__ = _provided  # of what is not here yet: `special`


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
