"""NumPy's ufuncs and functions for `Var`s: the tables behind `__array_ufunc__` and `__array_function__`."""

from mutorch_ops_basic.numpy_protocols import functions
from mutorch_ops_basic.numpy_protocols.registry import call_function
from mutorch_ops_basic.numpy_protocols.ufuncs import call_ufunc

__all__ = ["call_function", "call_ufunc", "functions"]
