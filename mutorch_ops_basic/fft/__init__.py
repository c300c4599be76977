"""Fourier transforms: the extension `fft` of the standard."""

from array_api_compat import numpy as _numpy

from mutorch_ops_basic.fft.frequencies import Frequencies as _Frequencies

# fmt: off
# isort: off
from mutorch_ops_basic.fft.shifts import fftshift, ifftshift
from mutorch_ops_basic.fft.transforms import (
    fft, fft2, fftn, hfft, ifft, ifft2, ifftn, ihfft, irfft, irfft2, irfftn, rfft, rfft2, rfftn,
)

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft",
    "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]
# isort: on
# fmt: on

_created = _Frequencies(_numpy)
fftfreq = _created.fftfreq
rfftfreq = _created.rfftfreq
