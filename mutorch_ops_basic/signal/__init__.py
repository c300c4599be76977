"""Signal processing: convolution and short-time Fourier transforms."""

# fmt: off
# isort: off
__all__: list[str] = []
# isort: on
# fmt: on
