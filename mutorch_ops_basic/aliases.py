"""The names by which users of NumPy and PyTorch know some of the ops."""

from mutorch_ops_basic.arithmetic import abs, conj, divide, multiply, negative, subtract
from mutorch_ops_basic.comparisons import (
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
from mutorch_ops_basic.cumulative import cumulative_prod, cumulative_sum
from mutorch_ops_basic.exponentials import pow
from mutorch_ops_basic.indexing import take, take_along_axis
from mutorch_ops_basic.joining import concat, repeat, unstack
from mutorch_ops_basic.linalg import systems, vectors
from mutorch_ops_basic.products import matmul
from mutorch_ops_basic.reductions import max, min
from mutorch_ops_basic.rounding import remainder, round, trunc
from mutorch_ops_basic.selection import clip
from mutorch_ops_basic.shapes import broadcast_to, expand_dims, moveaxis, permute_dims
from mutorch_ops_basic.trigonometry import acos, acosh, asin, asinh, atan, atan2, atanh

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
