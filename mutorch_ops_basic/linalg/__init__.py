"""Linear algebra: the extension `linalg` of the standard, and what NumPy's and SciPy's users expect beside it."""

# fmt: off
# isort: off
from mutorch_ops_basic.linalg.determinants import det, slogdet
from mutorch_ops_basic.linalg.factorisations import cholesky, qr
from mutorch_ops_basic.linalg.norms import matrix_norm, vector_norm
from mutorch_ops_basic.linalg.spectra import eigh, eigvalsh, svd, svdvals
from mutorch_ops_basic.linalg.systems import inv, matrix_power, matrix_rank, pinv, solve
from mutorch_ops_basic.linalg.vectors import cross, diagonal, outer, trace
from mutorch_ops_basic.products import matmul, matrix_transpose, tensordot, vecdot

__all__ = [
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve", "svd",
    "svdvals", "tensordot", "trace", "vecdot", "vector_norm",
]
# isort: on
# fmt: on
