"""Sample frequencies: plain functions of a namespace, whose results are constants of the graph."""

from __future__ import annotations

from typing import Any

import attrs
from array_api_compat import numpy

from mutorch_core import Var
from mutorch_core.authoring import constant

__all__ = ["fftfreq", "rfftfreq"]

FREQUENCIES = ("fftfreq", "rfftfreq")


@attrs.frozen
class Frequencies:
    """The frequency functions of one array library."""

    library: Any

    def fftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Var:
        """Return the frequencies of `fft`'s result, in cycles per unit of the spacing `d`, the negative ones last."""
        return constant(self.library.fft.fftfreq(n, d=d, dtype=dtype, device=device))

    def rfftfreq(self, n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Var:
        """Return the frequencies of `rfft`'s result, in cycles per unit of the sample spacing `d`."""
        return constant(self.library.fft.rfftfreq(n, d=d, dtype=dtype, device=device))


_frequencies = Frequencies(numpy)
fftfreq = _frequencies.fftfreq
rfftfreq = _frequencies.rfftfreq
