"""numpy.fft, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mutorch_ops_basic as xp
from mutorch_ops_basic.numpy_protocols.arguments import array, store
from mutorch_ops_basic.numpy_protocols.registry import implements

__all__: list[str] = []


def along_one_axis(name: str) -> Callable[..., Any]:
    """Return a transform along one axis."""
    transform = getattr(xp.fft, name)

    def call(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
        return store(transform(array(a), n=n, axis=axis, norm=norm or "backward"), out, f"np.fft.{name}")

    return implements(f"fft.{name}")(call)


def along_axes(name: str, default: Any) -> Callable[..., Any]:
    """Return a transform along several axes."""
    transform = getattr(xp.fft, name)

    def call(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Any:
        return store(transform(array(a), s=s, axes=axes, norm=norm or "backward"), out, f"np.fft.{name}")

    return implements(f"fft.{name}")(call)


def shifting(name: str) -> Callable[..., Any]:
    """Return `fftshift` or `ifftshift`."""
    shift = getattr(xp.fft, name)
    return implements(f"fft.{name}")(lambda x, axes=None: shift(array(x), axes=axes))


for each in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    along_one_axis(each)
for each in ("fft2", "ifft2", "rfft2", "irfft2"):
    along_axes(each, (-2, -1))
for each in ("fftn", "ifftn", "rfftn", "irfftn"):
    along_axes(each, None)
for each in ("fftshift", "ifftshift"):
    shifting(each)
