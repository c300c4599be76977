"""Reading and writing entries by keys and index arrays, and sums over segments of rows."""

from mutorch_ops_basic.indexing import keyed_access, segments
from mutorch_ops_basic.indexing.keyed_access import *
from mutorch_ops_basic.indexing.segments import *

__all__: list[str] = []
__all__ += keyed_access.__all__
__all__ += segments.__all__
