"""Comparisons, predicates, integer ops, and the choice between operands by a condition."""

from mutorch_ops_basic.logic import comparisons, integer_divisors, piecewise, predicates, selection
from mutorch_ops_basic.logic.comparisons import *
from mutorch_ops_basic.logic.integer_divisors import *
from mutorch_ops_basic.logic.piecewise import *
from mutorch_ops_basic.logic.predicates import *
from mutorch_ops_basic.logic.selection import *

__all__: list[str] = []
__all__ += comparisons.__all__
__all__ += integer_divisors.__all__
__all__ += piecewise.__all__
__all__ += predicates.__all__
__all__ += selection.__all__
