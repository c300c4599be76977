"""Functions, dtypes and constants that belong to one array library, here for NumPy.

`namespace.py` binds the same functions to other libraries.
"""

from math import e, inf, nan, pi

from array_api_compat import numpy
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

from mutorch_ops_basic.creation.constructors import Creation
from mutorch_ops_basic.creation.dtype_queries import DataTypes
from mutorch_ops_basic.creation.windows import Windows

__all__ = [
    "__array_namespace_info__", "arange", "asarray", "bartlett", "blackman", "bool", "can_cast", "complex64",
    "complex128", "e", "empty", "empty_like", "eye", "finfo", "float16", "float32", "float64", "from_dlpack", "full",
    "full_like", "hamming", "hann_window", "hanning", "identity", "iinfo", "indices", "inf", "int8", "int16", "int32",
    "int64", "isdtype", "kaiser", "linspace", "logspace", "nan", "newaxis", "ones", "ones_like", "pi", "result_type",
    "tri", "tril_indices", "triu_indices", "uint8", "uint16", "uint32", "uint64", "zeros", "zeros_like",
]  # fmt: skip

newaxis = None

_creation = Creation(numpy)
arange = _creation.arange
asarray = _creation.asarray
empty = _creation.empty
empty_like = _creation.empty_like
eye = _creation.eye
from_dlpack = _creation.from_dlpack
full = _creation.full
full_like = _creation.full_like
identity = _creation.identity
indices = _creation.indices
linspace = _creation.linspace
logspace = _creation.logspace
ones = _creation.ones
ones_like = _creation.ones_like
tri = _creation.tri
tril_indices = _creation.tril_indices
triu_indices = _creation.triu_indices
zeros = _creation.zeros
zeros_like = _creation.zeros_like

_windows = Windows(numpy)
bartlett = _windows.bartlett
blackman = _windows.blackman
hamming = _windows.hamming
hann_window = hanning = _windows.hanning
kaiser = _windows.kaiser

_dtype_queries = DataTypes(numpy)
__array_namespace_info__ = _dtype_queries.__array_namespace_info__
can_cast = _dtype_queries.can_cast
finfo = _dtype_queries.finfo
iinfo = _dtype_queries.iinfo
isdtype = _dtype_queries.isdtype
result_type = _dtype_queries.result_type
