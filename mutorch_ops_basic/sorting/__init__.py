"""Sorting, searching, and the largest entries."""

from mutorch_ops_basic.sorting import ordering, searching
from mutorch_ops_basic.sorting.ordering import *
from mutorch_ops_basic.sorting.searching import *

__all__: list[str] = []
__all__ += ordering.__all__
__all__ += searching.__all__
