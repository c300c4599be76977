"""Layers: affine maps and dropout."""

from mutorch_ops_nn.layers import affine, dropouts
from mutorch_ops_nn.layers.affine import *
from mutorch_ops_nn.layers.dropouts import *

__all__: list[str] = []
__all__ += affine.__all__
__all__ += dropouts.__all__
