"""Axes, dtypes and domains of operands, and the ops that convert an array as a whole."""

from mutorch_ops_basic.operands import conversion, gradient_stopping
from mutorch_ops_basic.operands.conversion import *
from mutorch_ops_basic.operands.gradient_stopping import *

__all__: list[str] = []
__all__ += conversion.__all__
__all__ += gradient_stopping.__all__
