"""Discrete Fourier transforms. All are linear: the rule of each is the transposed transform.

    fft, ifft              symmetric matrices, each its own transpose
    rfft, hfft             each other's transpose, and so are ihfft and irfft, but for the bins inside a half spectrum:
    ihfft, irfft           each of these stands for two, its own and the mirrored one that is left out

The first bin, and the last where the length is even, stand for themselves alone; nothing flows to their imaginary
parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from mutorch_core import Array, Meta, Namespace, Op, injected, op
from mutorch_ops_basic.operands.axes import axis_shape, normalize_axes, shape_of
from mutorch_ops_basic.shaping.zero_padding import resize

__all__ = [
    "fft",
    "fft2",
    "fftn",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftn",
]

Norm = Literal["backward", "ortho", "forward"]

TRANSPOSES = {"fft": "fft", "ifft": "ifft", "rfft": "hfft", "hfft": "rfft", "ihfft": "irfft", "irfft": "ihfft"}
REAL = ("rfft", "ihfft")
"""The transforms from real numbers to half a spectrum; their transposes go back."""

ALONG = """{meaning} along an axis, cut to `n` entries or filled up with zeros first.

    Shapes: x (..., {given}, ...), result (..., {made}, ...). Units: x's.
    Rule:   x̄ = the transposed transform of ȳ, which is {rule}, cut or filled up to x's length.
    Raises: OperandError where x has no such axis, `n` is below 1, or the dtype is none of the library's for it.
    Source: Array API standard 2024.12.
    """

OVER = """{meaning} over axes, all by default, cut to lengths `s` or filled up with zeros first.

    Shapes: x (..., {given}, ...), result (..., {made}, ...), other axes s₁, s₂, …. Units: x's.
    Rule:   x̄ = the transposed transforms of ȳ, axis by axis.
    Raises: OperandError where x has no such axis, one is named twice, or their number is not that of `s`.
    Source: Array API standard 2024.12.
    """


def transpose_of(name: str, g: Any, x: Meta, n: int | None, axis: int, norm: Norm, xp: Any) -> Any:
    """Return the cotangent of x, from that of its transform `name`."""
    transpose = getattr(xp.fft, TRANSPOSES[name])
    if name in REAL:
        n = x.shape[axis] if n in (None, -1) else n
        full = transpose(scale_inner_bins(0.5, g, n, axis, xp), n=n, axis=axis, norm=norm)
    else:
        full = transpose(g, axis=axis, norm=norm)
        if TRANSPOSES[name] in REAL:
            full = scale_inner_bins(2.0, full, g.shape[axis], axis, xp)
    return resize(full, axis, x.shape[axis], xp)


def scale_inner_bins(factor: float, half: Any, n: int, axis: int, xp: Any) -> Any:
    """Multiply the inner bins of half a spectrum of n entries, each of which stands for two."""
    bins = xp.arange(n // 2 + 1, device=getattr(half, "device", None))
    alone = xp.reshape((bins == 0) | (2 * bins == n), axis_shape(axis % half.ndim, half.ndim))
    return xp.where(alone, half, factor * half)


def transform(name: str, meaning: str, given: str, made: str, rule: str) -> Op[..., Array]:
    """Declare a transform along one axis."""

    def forward(
        x: Array, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward", xp: Namespace = injected
    ) -> Array:
        return getattr(xp.fft, name)(x, n=n, axis=axis, norm=norm)

    forward.__name__ = name
    forward.__doc__ = ALONG.format(meaning=meaning, given=given, made=made, rule=rule)
    declared = op(f"basic::fft.{name}")(forward)

    @declared.vjp("x")
    def _(g, x: Meta, n, axis, norm, xp):
        return transpose_of(name, g, x, n, axis, norm, xp)

    @declared.samples
    def _(draw, strategies, Sample):
        x = draw(strategies.array(draw(strategies.shape(1, 2)), complex=True))
        return Sample(x.real if name in REAL else x, n=draw(strategies.sampled_from([None, 1, 2, 4, 5])))

    return declared


def transforms(name: str, others: str, last: str, meaning: str, given: str, made: str) -> Op[..., Array]:
    """Declare a transform over several axes: `last` along the last of them, `others` along the rest."""

    def forward(
        x: Array,
        /,
        *,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: Norm = "backward",
        xp: Namespace = injected,
    ) -> Array:
        axes = transform_axes(s, axes, len(shape_of(x)))
        if not axes and last not in REAL:
            return x + 0j  # NumPy leaves it real
        return getattr(xp.fft, name)(x, s=s, axes=axes, norm=norm)

    forward.__name__, forward.__doc__ = name, OVER.format(meaning=meaning, given=given, made=made)
    declared = op(f"basic::fft.{name}")(forward)

    @declared.vjp("x")
    def _(g, x: Meta, s, axes, norm, xp):
        axes = transform_axes(s, axes, x.ndim)
        if not axes:
            return g
        *rest, final = axes
        if last not in REAL:
            g = transpose_of(last, g, x, None, final, norm, xp)
        if rest:
            g = getattr(xp.fft, others)(g, axes=tuple(rest), norm=norm)
        for axis in rest:
            g = resize(g, axis, x.shape[axis], xp)
        return transpose_of(last, g, x, s and s[-1], final, norm, xp) if last in REAL else g

    @declared.samples
    def _(draw, strategies, Sample):
        x = draw(strategies.array(draw(strategies.shape(2, 3)), complex=True))
        s, axes = draw(strategies.sampled_from([((3, 2), (0, 1)), ((1, 3), (-1, 0)), ((2, 4), None), (None, (1, 0))]))
        return Sample(x.real if last in REAL else x, s=s, axes=axes)

    return declared


def transform_axes(s: Sequence[int] | None, axes: Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    """Return the axes of a transform: those named, else as many last ones as `s` has lengths, else all."""
    if axes is None:
        return tuple(range(-(ndim if s is None else len(s)), 0))
    if len(set(normalize_axes(axes, ndim))) < len(axes):
        raise ValueError(f"axes {tuple(axes)} name an axis twice")
    return tuple(axes)


def plane_transform(name: str, over: Op[..., Array], meaning: str) -> Op[..., Array]:
    """Declare a transform over the last two axes by default."""

    def forward(
        x: Array,
        /,
        *,
        s: Sequence[int] | None = None,
        axes: Sequence[int] = (-2, -1),
        norm: Norm = "backward",
    ) -> Array:
        return over(x, s=s, axes=axes, norm=norm)

    forward.__name__ = name
    forward.__doc__ = f"""{meaning} over two axes, the last ones by default.

    Shapes: those of {over.short_name}. Units: x's.
    Rule:   that of {over.short_name}.
    Raises: as {over.short_name} does.
    Source: `numpy.fft.{name}`.
    """
    declared = op(f"basic::fft.{name}", composite=True)(forward)

    @declared.samples
    def _(draw, strategies, Sample):
        x = draw(strategies.array(draw(strategies.shape(2, 3)), complex=True))
        s, axes = draw(strategies.sampled_from([(None, (-2, -1)), ((3, 2), (0, 1)), ((1, 4), (-1, 0))]))
        return Sample(x.real if meaning is HALF else x, s=s, axes=axes)

    return declared


DISCRETE, INVERSE = "The discrete Fourier transform", "The inverse discrete Fourier transform"
HALF, BACK = (
    f"{DISCRETE} of real numbers, its first half,",
    "Real numbers from the first half of their Fourier transform,",
)
DOUBLED, HALVED = "ȳ's {} with the inner bins doubled", "the {} of ȳ with the inner bins halved"

fft = transform("fft", DISCRETE, "n", "n", "the same")
ifft = transform("ifft", INVERSE, "n", "n", "the same")
rfft = transform("rfft", HALF, "n", "n // 2 + 1", HALVED.format("hfft"))
irfft = transform("irfft", BACK, "n // 2 + 1", "n", DOUBLED.format("ihfft"))
hfft = transform("hfft", f"{DISCRETE} of a signal given by its first half, the rest mirrored,", "n // 2 + 1", "n",
                 DOUBLED.format("rfft"))  # fmt: skip
ihfft = transform("ihfft", f"{INVERSE} of real numbers, its first half,", "n", "n // 2 + 1", HALVED.format("irfft"))

fftn = transforms("fftn", "fftn", "fft", DISCRETE, "n", "n")
ifftn = transforms("ifftn", "ifftn", "ifft", INVERSE, "n", "n")
rfftn = transforms("rfftn", "fftn", "rfft", HALF, "n", "n // 2 + 1")
irfftn = transforms("irfftn", "ifftn", "irfft", BACK, "n // 2 + 1", "n")

fft2 = plane_transform("fft2", fftn, DISCRETE)
ifft2 = plane_transform("ifft2", ifftn, INVERSE)
rfft2 = plane_transform("rfft2", rfftn, HALF)
irfft2 = plane_transform("irfft2", irfftn, BACK)
