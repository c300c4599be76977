"""Neural-network ops for Mutorch: `import mutorch_ops_nn as nn`.

Names and defaults are those of `torch.nn.functional`; an axis is called `axis`, as in the Array API.
"""

from mutorch_core import hookimpl
from mutorch_ops_nn.activations import (
    elu,
    leaky_relu,
    log_softmax,
    relu,
    relu6,
    sigmoid,
    silu,
    softmax,
    softplus,
)
from mutorch_ops_nn.gaussian import gelu, ndtr
from mutorch_ops_nn.layers import dropout, linear
from mutorch_ops_nn.losses import cross_entropy, mse_loss
from mutorch_ops_nn.normalization import layer_norm

expit = sigmoid
swish = silu
softmax_crossentropy = cross_entropy

__all__ = [
    "cross_entropy",
    "dropout",
    "elu",
    "expit",
    "gelu",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mse_loss",
    "ndtr",
    "relu",
    "relu6",
    "sigmoid",
    "silu",
    "softmax",
    "softmax_crossentropy",
    "softplus",
    "swish",
]


@hookimpl
def mutorch_register_ops(namespace, api_version):
    """Every op of this package, once; aliases are second names of the same op."""
    return [
        cross_entropy,
        dropout,
        elu,
        gelu,
        layer_norm,
        leaky_relu,
        linear,
        log_softmax,
        mse_loss,
        ndtr,
        relu,
        relu6,
        sigmoid,
        silu,
        softmax,
        softplus,
    ]
