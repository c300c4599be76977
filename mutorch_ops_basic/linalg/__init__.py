"""Linear algebra: the extension `linalg` of the standard, and what NumPy's and SciPy's users expect beside it."""

# fmt: off
# isort: off
from mutorch_ops_basic.linalg.determinants import det, slogdet
from mutorch_ops_basic.linalg.factorisations import cholesky, qr
from mutorch_ops_basic.linalg.general_eigenvalues import eig, eigvals
from mutorch_ops_basic.linalg.general_norms import cond, norm
from mutorch_ops_basic.linalg.least_squares import lstsq
from mutorch_ops_basic.linalg.lu_decomposition import lu, lu_factor, lu_solve, pivots_to_permutation
from mutorch_ops_basic.linalg.matrix_equations import solve_banded, solve_sylvester
from mutorch_ops_basic.linalg.matrix_functions import expm, matrix_exp, sqrtm
from mutorch_ops_basic.linalg.norms import matrix_norm, vector_norm
from mutorch_ops_basic.linalg.reflections import householder_product
from mutorch_ops_basic.linalg.spectra import eigh, eigvalsh, svd, svdvals
from mutorch_ops_basic.linalg.systems import inv, matrix_power, matrix_rank, pinv, solve, solve_transposed
from mutorch_ops_basic.linalg.tensors import chain_matmul, multi_dot, multi_matmul, tensorinv, tensorsolve
from mutorch_ops_basic.linalg.triangular import Transposition, cho_factor, cho_solve, solve_triangular
from mutorch_ops_basic.linalg.vectors import cross, diagonal, outer, trace
from mutorch_ops_basic.products import matmul, matrix_transpose, tensordot, vecdot

__all__ = [
    "Transposition", "chain_matmul", "cho_factor", "cho_solve", "cholesky", "cond", "cross", "det",
    "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "expm", "householder_product", "inv", "lstsq", "lu",
    "lu_factor", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank",
    "matrix_transpose", "multi_dot", "multi_matmul", "norm", "outer", "pinv", "pivots_to_permutation", "qr",
    "slogdet", "solve", "solve_banded", "solve_sylvester", "solve_transposed", "solve_triangular", "sqrtm",
    "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
]
# isort: on
# fmt: on
