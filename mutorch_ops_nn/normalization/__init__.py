"""Normalization by statistics of the data itself."""

from mutorch_ops_nn.normalization import layer_normalization
from mutorch_ops_nn.normalization.layer_normalization import *

__all__: list[str] = []
__all__ += layer_normalization.__all__
