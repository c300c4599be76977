"""Signal processing: convolution and short-time Fourier transforms."""

# fmt: off
# isort: off
from mutorch_ops_basic.signal.convolution import convolve
from mutorch_ops_basic.signal.spectrograms import istft, stft

__all__ = [
    "convolve", "istft", "stft",
]
# isort: on
# fmt: on
