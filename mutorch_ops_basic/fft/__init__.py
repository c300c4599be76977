"""Fourier transforms: the extension `fft` of the standard."""

from mutorch_ops_basic.fft import frequencies, shifts, transforms
from mutorch_ops_basic.fft.frequencies import *
from mutorch_ops_basic.fft.shifts import *
from mutorch_ops_basic.fft.transforms import *

__all__: list[str] = []
__all__ += frequencies.__all__
__all__ += shifts.__all__
__all__ += transforms.__all__


def __dir__() -> list[str]:
    """Return the public names, without the modules that define them."""
    return __all__
