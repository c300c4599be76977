"""Window functions of signal processing: plain functions of a namespace, like all creation.

Each is a formula in the position p, which runs from -1 to 1; a window of one entry has p = 0.
"""

from __future__ import annotations

from math import pi
from typing import Any

import attrs

from mutorch_core import Var
from mutorch_core.authoring import constant
from mutorch_ops_basic.elementwise.arithmetic import abs
from mutorch_ops_basic.elementwise.exponentials import exp, sqrt
from mutorch_ops_basic.elementwise.trigonometry import cos
from mutorch_ops_basic.reductions.standard_reductions import mean
from mutorch_ops_basic.shaping.shapes import reshape

__all__ = ["WINDOWS", "Windows"]

WINDOWS = ("bartlett", "blackman", "hamming", "hann_window", "hanning", "kaiser")

ANGLES = 128
"""Number of angles at which the Bessel integral is exact to the last digit for beta up to 900."""


@attrs.frozen
class Windows:
    """The windows of one array library; only kaiser's parameter may be a `Var`, which the result depends on."""

    library: Any

    def bartlett(self, M: int, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return M entries that rise evenly from 0 to 1 and fall back to 0."""
        return 1 - abs(self._positions(M, dtype, device))

    def blackman(self, M: int, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return M entries of Blackman's window, of two cosines; it touches 0."""
        angles = pi * self._positions(M, dtype, device)
        return 0.42 + 0.5 * cos(angles) + 0.08 * cos(2 * angles)

    def hamming(self, M: int, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return M entries of Hamming's raised cosine, from 0.08 up to 1."""
        return 0.54 + 0.46 * cos(pi * self._positions(M, dtype, device))

    def hanning(self, M: int, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return M entries of von Hann's raised cosine, from 0 up to 1."""
        return 0.5 + 0.5 * cos(pi * self._positions(M, dtype, device))

    hann_window = hanning

    def kaiser(self, M: int, beta: Any, /, *, dtype: Any = None, device: Any = None) -> Var:
        """Return Kaiser's window I₀(β √(1 - p²)) / I₀(β), narrower for larger `beta`, on whose graph the result is.

        I₀(z) is the mean of exp(z cos θ). Both means are taken times exp(-β), so that neither overflows.
        """
        positions = self._positions(M, dtype, device)
        angles = constant(self.library.arange(0.5, ANGLES, 1.0, dtype=positions.dtype, device=device)) * (pi / ANGLES)
        waves = reshape(cos(angles), (ANGLES, 1))
        return mean(exp(beta * (waves * sqrt(1 - positions * positions) - 1)), axis=0) / mean(exp(beta * (waves - 1)))

    def _positions(self, M: int, dtype: Any, device: Any) -> Var:
        """Return M numbers from -1 to 1, symmetric to the last digit."""
        steps = constant(self.library.arange(1.0 - M, float(M), 2.0, dtype=dtype, device=device))
        return steps / max(M - 1, 1)
