"""NumPy's ufuncs and functions for `Var`s: the tables behind `__array_ufunc__` and `__array_function__`."""

from mutorch_ops_basic.numpy_protocols import answers as answers
from mutorch_ops_basic.numpy_protocols import fourier as fourier
from mutorch_ops_basic.numpy_protocols import linear_algebra as linear_algebra
from mutorch_ops_basic.numpy_protocols import numerics as numerics
from mutorch_ops_basic.numpy_protocols import selection as selection
from mutorch_ops_basic.numpy_protocols import shapes as shapes
from mutorch_ops_basic.numpy_protocols.registry import call_function
from mutorch_ops_basic.numpy_protocols.ufuncs import call_ufunc

__all__ = ["call_function", "call_ufunc"]
