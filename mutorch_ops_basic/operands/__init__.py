"""Axes, dtypes and domains of operands: helpers of all families, and the ops that convert a whole array."""

from mutorch_ops_basic.operands import conversion
from mutorch_ops_basic.operands.conversion import *

__all__: list[str] = []
__all__ += conversion.__all__
