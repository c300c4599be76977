"""Linear algebra: the extension `linalg` of the standard, and what NumPy's and SciPy's users expect beside it."""

from mutorch_ops_basic.linalg import factorisations, functions, solvers
from mutorch_ops_basic.linalg.factorisations import *
from mutorch_ops_basic.linalg.functions import *
from mutorch_ops_basic.linalg.solvers import *
from mutorch_ops_basic.products import matrix_products
from mutorch_ops_basic.products.matrix_products import *

__all__: list[str] = []
__all__ += factorisations.__all__
__all__ += functions.__all__
__all__ += solvers.__all__
__all__ += matrix_products.__all__


def __dir__() -> list[str]:
    """Return the public names, without the modules that define them."""
    return __all__
