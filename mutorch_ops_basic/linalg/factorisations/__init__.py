"""Factorisations of matrices, and solving with triangular ones."""

from mutorch_ops_basic.linalg.factorisations import (
    cholesky_and_qr,
    eigen_and_svd,
    general_eigenvalues,
    householder,
    lu_decomposition,
    triangular,
)
from mutorch_ops_basic.linalg.factorisations.cholesky_and_qr import *
from mutorch_ops_basic.linalg.factorisations.eigen_and_svd import *
from mutorch_ops_basic.linalg.factorisations.general_eigenvalues import *
from mutorch_ops_basic.linalg.factorisations.householder import *
from mutorch_ops_basic.linalg.factorisations.lu_decomposition import *
from mutorch_ops_basic.linalg.factorisations.triangular import *

__all__: list[str] = []
__all__ += cholesky_and_qr.__all__
__all__ += eigen_and_svd.__all__
__all__ += general_eigenvalues.__all__
__all__ += householder.__all__
__all__ += lu_decomposition.__all__
__all__ += triangular.__all__
