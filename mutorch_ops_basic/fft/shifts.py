"""Shifts of the zero frequency to the middle and back."""

from __future__ import annotations

from mutorch_core import Array, Namespace, Op, injected, op
from mutorch_ops_basic.operands.axes import Axis

__all__ = ["fftshift", "ifftshift"]


def shift(name: str, back: str, meaning: str) -> Op[..., Array]:
    """Declare one of two ops that are inverse and transpose of each other."""

    def forward(x: Array, /, *, axes: Axis = None, xp: Namespace = injected) -> Array:
        return getattr(xp.fft, name)(x, axes=axes)

    forward.__name__ = name
    forward.__doc__ = f"""{meaning} over axes, all of them by default.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = {back} of ȳ.
    Raises: OperandError where x has no such axis.
    Source: Array API standard 2024.12.
    """
    declared = op(f"basic::fft.{name}")(forward)

    @declared.vjp("x")
    def _(g, axes, xp):
        return getattr(xp.fft, back)(g, axes=axes)

    return declared


fftshift = shift("fftshift", "ifftshift", "The zero frequency moved from the first place to the middle")
ifftshift = shift("ifftshift", "fftshift", "The zero frequency moved from the middle to the first place")
