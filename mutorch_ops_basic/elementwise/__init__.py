"""Ops that compute each entry of the result from the entries in the same place."""

from mutorch_ops_basic.elementwise import (
    arithmetic,
    complex_parts,
    exponentials,
    hyperbolic,
    powers,
    reciprocal_trigonometry,
    rounding,
    trigonometry,
    variadic,
)
from mutorch_ops_basic.elementwise.arithmetic import *
from mutorch_ops_basic.elementwise.complex_parts import *
from mutorch_ops_basic.elementwise.exponentials import *
from mutorch_ops_basic.elementwise.hyperbolic import *
from mutorch_ops_basic.elementwise.powers import *
from mutorch_ops_basic.elementwise.reciprocal_trigonometry import *
from mutorch_ops_basic.elementwise.rounding import *
from mutorch_ops_basic.elementwise.trigonometry import *
from mutorch_ops_basic.elementwise.variadic import *

__all__: list[str] = []
__all__ += arithmetic.__all__
__all__ += complex_parts.__all__
__all__ += exponentials.__all__
__all__ += hyperbolic.__all__
__all__ += powers.__all__
__all__ += reciprocal_trigonometry.__all__
__all__ += rounding.__all__
__all__ += trigonometry.__all__
__all__ += variadic.__all__
