"""Random samples whose parameters carry gradients. Each op takes a `key`: the same key gives the same samples."""

from mutorch_ops_basic.random import counts, gammas
from mutorch_ops_basic.random.counts import *
from mutorch_ops_basic.random.gammas import *

__all__: list[str] = []
__all__ += counts.__all__
__all__ += gammas.__all__


def __dir__() -> list[str]:
    """Return the public names, without the modules that define them."""
    return __all__
