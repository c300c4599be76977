"""Functions of matrices and vectors: determinants, norms, traces, exponentials."""

from mutorch_ops_basic.linalg.functions import determinants, general_norms, matrix_functions, norms, vectors
from mutorch_ops_basic.linalg.functions.determinants import *
from mutorch_ops_basic.linalg.functions.general_norms import *
from mutorch_ops_basic.linalg.functions.matrix_functions import *
from mutorch_ops_basic.linalg.functions.norms import *
from mutorch_ops_basic.linalg.functions.vectors import *

__all__: list[str] = []
__all__ += determinants.__all__
__all__ += general_norms.__all__
__all__ += matrix_functions.__all__
__all__ += norms.__all__
__all__ += vectors.__all__
