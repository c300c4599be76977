"""Linear algebra: the extension `linalg` of the standard, and what NumPy's and SciPy's users expect beside it."""

# fmt: off
# isort: off
from mutorch_ops_basic.linalg.general_eigenvalues import eig, eigvals
from mutorch_ops_basic.linalg.lu_decomposition import lu, lu_factor, lu_solve
from mutorch_ops_basic.linalg.matrix_equations import solve_banded, solve_sylvester
from mutorch_ops_basic.linalg.matrix_functions import expm, matrix_exp, sqrtm
from mutorch_ops_basic.linalg.triangular import Transposition, cho_factor, cho_solve, solve_triangular
from mutorch_ops_basic.products import matmul, matrix_transpose, tensordot, vecdot

__all__ = [
    "Transposition", "cho_factor", "cho_solve", "eig", "eigvals", "expm", "lu", "lu_factor", "lu_solve",
    "matmul", "matrix_exp", "matrix_transpose", "solve_banded", "solve_sylvester", "solve_triangular",
    "sqrtm", "tensordot", "vecdot",
]
# isort: on
# fmt: on
