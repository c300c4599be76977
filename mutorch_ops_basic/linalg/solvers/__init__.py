"""Linear systems, inverses, least squares and matrix equations."""

from mutorch_ops_basic.linalg.solvers import least_squares, matrix_equations, systems, tensor_equations
from mutorch_ops_basic.linalg.solvers.least_squares import *
from mutorch_ops_basic.linalg.solvers.matrix_equations import *
from mutorch_ops_basic.linalg.solvers.systems import *
from mutorch_ops_basic.linalg.solvers.tensor_equations import *

__all__: list[str] = []
__all__ += least_squares.__all__
__all__ += matrix_equations.__all__
__all__ += systems.__all__
__all__ += tensor_equations.__all__
