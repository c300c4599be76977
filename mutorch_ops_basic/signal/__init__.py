"""Signal processing: convolution and short-time Fourier transforms."""

from mutorch_ops_basic.signal import convolution, spectrograms
from mutorch_ops_basic.signal.convolution import *
from mutorch_ops_basic.signal.spectrograms import *

__all__: list[str] = []
__all__ += convolution.__all__
__all__ += spectrograms.__all__


def __dir__() -> list[str]:
    """Return the public names, without the modules that define them."""
    return __all__
