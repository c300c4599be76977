"""Second names of ops, from NumPy and PyTorch."""

from mutorch_ops_basic.elementwise.arithmetic import abs, conj, divide, multiply, negative, subtract
from mutorch_ops_basic.elementwise.exponentials import pow
from mutorch_ops_basic.elementwise.hyperbolic import acosh, asinh, atanh
from mutorch_ops_basic.elementwise.rounding import remainder, round, trunc
from mutorch_ops_basic.elementwise.trigonometry import acos, asin, atan, atan2
from mutorch_ops_basic.indexing.keyed_access import take, take_along_axis
from mutorch_ops_basic.linalg.functions import vectors
from mutorch_ops_basic.linalg.solvers import systems
from mutorch_ops_basic.logic.comparisons import (
    bitwise_invert,
    bitwise_left_shift,
    bitwise_right_shift,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    not_equal,
)
from mutorch_ops_basic.logic.selection import clip
from mutorch_ops_basic.products.matrix_products import matmul
from mutorch_ops_basic.reductions.cumulative import cumulative_prod, cumulative_sum
from mutorch_ops_basic.reductions.standard_reductions import max, min
from mutorch_ops_basic.shaping.joining import concat, repeat, unstack
from mutorch_ops_basic.shaping.shapes import broadcast_to, expand_dims, moveaxis, permute_dims

__all__ = [
    "absolute", "amax", "amin", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "around",
    "bitwise_not", "bmm", "cat", "clamp", "concatenate", "conjugate", "cross", "cumprod", "cumsum", "diagonal", "div",
    "eq", "expand", "fix", "gather", "ge", "ger", "gt", "index_select", "inverse", "invert", "le", "left_shift", "lt",
    "mm", "mod", "movedim", "mul", "mv", "ne", "neg", "permute", "pinverse", "power", "repeat_interleave",
    "right_shift", "rint", "sub", "take_along_dim", "trace", "true_divide", "unbind", "unsqueeze",
]  # fmt: skip

absolute = abs
arccos, arccosh = acos, acosh
arcsin, arcsinh = asin, asinh
arctan, arctan2, arctanh = atan, atan2, atanh
conjugate = conj
neg = negative
around = rint = round
fix = trunc
true_divide = div = divide
mul = multiply
power = pow
mod = remainder
sub = subtract
clamp = clip
eq, ne = equal, not_equal
gt, ge = greater, greater_equal
lt, le = less, less_equal
invert = bitwise_not = bitwise_invert
left_shift, right_shift = bitwise_left_shift, bitwise_right_shift
cumprod, cumsum = cumulative_prod, cumulative_sum
amax, amin = max, min
expand = broadcast_to
concatenate = cat = concat
unsqueeze = expand_dims
movedim = moveaxis
permute = permute_dims
repeat_interleave = repeat
unbind = unstack
index_select = take
gather = take_along_dim = take_along_axis
mm = bmm = mv = matmul
cross, diagonal, trace = vectors.cross, vectors.diagonal, vectors.trace
ger = vectors.outer
inverse, pinverse = systems.inv, systems.pinv
