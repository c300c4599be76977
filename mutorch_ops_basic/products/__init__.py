"""Matrix and tensor products."""

from mutorch_ops_basic.products import einstein_summation, matrix_products, numpy_products
from mutorch_ops_basic.products.einstein_summation import *
from mutorch_ops_basic.products.matrix_products import *
from mutorch_ops_basic.products.numpy_products import *

__all__: list[str] = []
__all__ += einstein_summation.__all__
__all__ += matrix_products.__all__
__all__ += numpy_products.__all__
