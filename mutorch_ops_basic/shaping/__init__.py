"""Changing shapes: joining, splitting, stacking, padding, transposing, diagonals."""

from mutorch_ops_basic.shaping import diagonals, joining, numpy_shapes, padding, shapes, splitting, stacking
from mutorch_ops_basic.shaping.diagonals import *
from mutorch_ops_basic.shaping.joining import *
from mutorch_ops_basic.shaping.numpy_shapes import *
from mutorch_ops_basic.shaping.padding import *
from mutorch_ops_basic.shaping.shapes import *
from mutorch_ops_basic.shaping.splitting import *
from mutorch_ops_basic.shaping.stacking import *

__all__: list[str] = []
__all__ += diagonals.__all__
__all__ += joining.__all__
__all__ += numpy_shapes.__all__
__all__ += padding.__all__
__all__ += shapes.__all__
__all__ += splitting.__all__
__all__ += stacking.__all__
