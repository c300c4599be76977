"""Sums, products, extremes and logical reductions over axes, and their running versions."""

from mutorch_ops_basic.reductions import (
    cumulative,
    cumulative_extremes,
    finite_differences,
    nan_reductions,
    standard_reductions,
)
from mutorch_ops_basic.reductions.cumulative import *
from mutorch_ops_basic.reductions.cumulative_extremes import *
from mutorch_ops_basic.reductions.finite_differences import *
from mutorch_ops_basic.reductions.nan_reductions import *
from mutorch_ops_basic.reductions.standard_reductions import *

__all__: list[str] = []
__all__ += cumulative.__all__
__all__ += cumulative_extremes.__all__
__all__ += finite_differences.__all__
__all__ += nan_reductions.__all__
__all__ += standard_reductions.__all__
