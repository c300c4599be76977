"""Losses of predictions against targets, per entry, summed or averaged."""

from mutorch_ops_nn.losses import classification, regression
from mutorch_ops_nn.losses.classification import *
from mutorch_ops_nn.losses.regression import *

__all__: list[str] = []
__all__ += classification.__all__
__all__ += regression.__all__
