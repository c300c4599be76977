"""Fourier transforms: the extension `fft` of the standard."""

from array_api_compat import numpy as _numpy

from mutorch_ops_basic.fft.frequencies import Frequencies as _Frequencies

# fmt: off
# isort: off
__all__ = [
    "fftfreq", "rfftfreq",
]
# isort: on
# fmt: on

_created = _Frequencies(_numpy)
fftfreq = _created.fftfreq
rfftfreq = _created.rfftfreq
