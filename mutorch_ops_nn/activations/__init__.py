"""Activation functions."""

from mutorch_ops_nn.activations import gaussian, rectifiers, sigmoids, softmaxes
from mutorch_ops_nn.activations.gaussian import *
from mutorch_ops_nn.activations.rectifiers import *
from mutorch_ops_nn.activations.sigmoids import *
from mutorch_ops_nn.activations.softmaxes import *

__all__: list[str] = []
__all__ += gaussian.__all__
__all__ += rectifiers.__all__
__all__ += sigmoids.__all__
__all__ += softmaxes.__all__
