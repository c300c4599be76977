"""Neural-network ops for Mutorch: `import mutorch_ops_nn as nn`.

Names and defaults are those of `torch.nn.functional`; an axis is called `axis`, as in the Array API.
"""

from collections.abc import Sequence

from mutorch_core import Op, hookimpl
from mutorch_ops_nn import activations, layers, losses, normalization
from mutorch_ops_nn.activations import *
from mutorch_ops_nn.layers import *
from mutorch_ops_nn.losses import *
from mutorch_ops_nn.normalization import *

__all__: list[str] = []
__all__ += activations.__all__
__all__ += layers.__all__
__all__ += losses.__all__
__all__ += normalization.__all__


def __dir__() -> list[str]:
    """Return the public names, without the modules that define them, and the hook, which pluggy looks up by `dir`."""
    return [*__all__, mutorch_register_ops.__name__]


_ops = list(dict.fromkeys(value for value in globals().values() if isinstance(value, Op)))


@hookimpl
def mutorch_register_ops(namespace: str, api_version: int) -> Sequence[Op[..., object]]:
    """Return every op of this package, once; aliases are second names of the same op."""
    return _ops
