"""Functions that create arrays or query dtypes; they belong to one array library."""

from mutorch_ops_basic.creation import numpy_functions
from mutorch_ops_basic.creation.numpy_functions import *

__all__: list[str] = []
__all__ += numpy_functions.__all__
