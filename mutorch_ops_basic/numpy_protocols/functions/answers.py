"""NumPy's functions that answer a question, which has no derivative, and those that are refused with advice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core import Var
from mutorch_ops_basic.numpy_protocols.arguments import array, of_one_array, plain
from mutorch_ops_basic.numpy_protocols.registry import answers, look_up, refuses

__all__ = ["EXCLUDED"]

PLAIN = (
    "allclose", "array_equal", "array_equiv", "array2string", "array_repr", "array_str", "busday_count",
    "busday_offset", "count_nonzero", "datetime_as_string", "diag_indices_from", "einsum_path", "histogram_bin_edges",
    "is_busday", "ix_", "lexsort", "linalg.matrix_rank", "min_scalar_type", "packbits", "ravel_multi_index",
    "result_type", "save", "savetxt", "savez", "savez_compressed", "tril_indices_from",
    "triu_indices_from", "unpackbits", "unravel_index",
)  # fmt: skip
"""The functions that are called with the raw values; their results are NumPy's own."""

ARRAYS = ("argwhere", "flatnonzero", "iscomplex", "isneginf", "isposinf", "isreal", "nonzero")
"""The functions of one array that the namespace has too; their results are untracked."""


def raw_call(function: Any) -> Callable[..., Any]:
    """Return a function that calls one of NumPy's with raw values."""
    return lambda *args, **kwargs: function(*map(plain, args), **plain(kwargs))


for each in PLAIN:
    if (found := look_up(each)) is not None:
        answers(each)(raw_call(found))
for each in ARRAYS:
    answers(each)(of_one_array(each))


@answers()
def shape(a: Any) -> tuple[int, ...]:
    """Return the lengths of the axes."""
    return array(a).shape


@answers()
def ndim(a: Any) -> int:
    """Return the number of axes."""
    return array(a).ndim


@answers()
def size(a: Any, axis: Any = None) -> Any:
    """Return the number of entries, or the length of axes."""
    a = array(a)
    if axis is None:
        return a.size
    return int(np.prod([a.shape[each] for each in (axis if isinstance(axis, tuple) else (axis,))]))


@answers()
def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Return which entries are nearly equal."""
    return xp.isclose(array(a), array(b), rtol=rtol, atol=atol, equal_nan=equal_nan)


@answers()
def isin(element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *,
         kind: Any = None) -> Any:  # fmt: skip
    """Return which entries are in another array."""
    return xp.isin(array(element), array(test_elements), invert=invert)


def dtype_call(name: str) -> None:
    """Register a function that looks at dtypes alone, such as `iscomplexobj`."""
    function = look_up(name)

    def call(*values: Any, **options: Any) -> Any:
        return function(*(np.empty(0, each.dtype) if type(each) is Var else each for each in values), **options)

    answers(name)(call)


for each in ("iscomplexobj", "isrealobj", "common_type"):
    dtype_call(each)


@answers()
def can_cast(from_: Any, to: Any, casting: Any = "safe") -> bool:
    """Return whether a dtype can be converted to another."""
    return np.can_cast(from_.dtype if type(from_) is Var else from_, to, casting)


@answers("shares_memory", "may_share_memory")
def shares_memory(a: Any, b: Any, /, max_work: Any = 0) -> bool:
    """Return whether two arrays may share memory."""
    return np.may_share_memory(plain(a), plain(b))


refuses(
    "the counts are constants: write the weights into np.bincount(np.ravel_multi_index(…), weights=w)",
    "histogram2d", "histogramdd",
)  # fmt: skip
refuses("solve for the quotient's coefficients with np.linalg.lstsq", "polydiv")
refuses("sort np.abs or np.real of it instead", "sort_complex")

EXCLUDED = {
    "makes arrays from text, files, shapes or Python objects, and takes no array": (
        "arange", "array", "asanyarray", "asarray", "asarray_chkfinite", "ascontiguousarray", "asfortranarray",
        "asmatrix", "bartlett", "blackman", "bmat", "diag_indices", "empty", "eye", "frombuffer", "fromfile",
        "fromfunction", "fromiter", "fromregex", "fromstring", "from_dlpack", "full", "genfromtxt", "hamming",
        "hanning", "identity", "indices", "kaiser", "load", "loadtxt", "mask_indices", "ones", "require", "tri",
        "tril_indices", "triu_indices", "zeros", "fft.fftfreq", "fft.rfftfreq",
    ),
    "looks at types, shapes or dtypes, and works as it stands": (
        "broadcast_shapes", "isdtype", "isfortran", "isscalar", "issubdtype", "iterable", "mintypecode",
        "promote_types", "typename",
    ),
    "settings, formatting and infrastructure": (
        "base_repr", "binary_repr", "datetime_data", "format_float_positional", "format_float_scientific",
        "frompyfunc", "get_include", "get_printoptions", "getbufsize", "geterr", "geterrcall", "info", "nested_iters",
        "printoptions", "set_printoptions", "setbufsize", "seterr", "seterrcall", "show_config", "show_runtime",
        "test", "linalg.test", "fft.test",
    ),
}  # fmt: skip
"""The callables of NumPy that dispatch to no protocol, by the reason."""
