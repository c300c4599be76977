"""Linear algebra: the extension `linalg` of the standard, and what NumPy's and SciPy's users expect beside it."""

# fmt: off
# isort: off
from mutorch_ops_basic.products import matmul, matrix_transpose, tensordot, vecdot

__all__ = [
    "matmul", "matrix_transpose", "tensordot", "vecdot",
]
# isort: on
# fmt: on
