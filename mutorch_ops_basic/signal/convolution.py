"""Convolution of arrays of any number of axes.

It is bilinear, and each rule is a convolution too: of ȳ with the other operand reversed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any, Literal

import attrs

from mutorch_core import Array, Meta, Namespace, injected, op
from mutorch_core.authoring import as_arrays
from mutorch_ops_basic.operands.axes import normalize_axes
from mutorch_ops_basic.shaping.zero_padding import pad_or_cut

__all__ = ["convolve"]

Mode = Literal["full", "same", "valid"]
Pair = tuple[Sequence[int], Sequence[int]] | None

DIRECT = 64
"""Up to this many entries of the smaller operand are added up directly, more by Fourier transforms."""


@attrs.frozen
class Roles:
    """The roles of an operand's axes: kept as they are, summed with the other's, or convolved with them."""

    free: tuple[int, ...]
    summed: tuple[int, ...]
    convolved: tuple[int, ...]

    def sides(self, x: Any) -> tuple[int, ...]:
        """Return the lengths of the convolved axes."""
        return tuple(x.shape[axis] for axis in self.convolved)

    def order_axes(self, x: Any, dtype: Any, xp: Any) -> Any:
        """Order an operand's axes: convolved ones, then the free ones as one axis, then the summed ones as one."""
        free, summed = (prod(x.shape[axis] for axis in axes) for axes in (self.free, self.summed))
        ordered = xp.permute_dims(x, self.convolved + self.free + self.summed)
        return xp.astype(xp.reshape(ordered, (*self.sides(x), free, summed)), dtype, copy=False)


@op("basic::signal.convolve")
def convolve(
    in1: Array,
    in2: Array,
    /,
    *,
    mode: Mode = "full",
    axes: Pair = None,
    dot_axes: Pair = None,
    xp: Namespace = injected,
) -> Array:
    """The sums of products of in1 with in2 reversed, at each place that one can be moved to along the other.

    `axes` pairs the axes of in1 with those of in2 to convolve over, all by default; `dot_axes` those to sum over, as
    tensordot does. "full" has all places, "same" as many as in1 has entries, in the middle, "valid" those where one
    operand lies inside the other.

    Shapes: over axes of m and n, m + n - 1 in mode "full", m in "same", |m - n| + 1 in "valid"; before these axes
            come in1's other axes, then in2's.
    Units:  the product of theirs.
    Rule:   x̄₁ = ȳ, filled up to mode "full", convolved with x₂ reversed where x₂ lies inside; x̄₂ likewise.
    Raises: OperandError where an operand is empty, the numbers of axes do not agree, or neither lies inside.
    Source: `scipy.signal.convolve`; axes as HIPS autograd has them.
    """
    in1, in2 = as_arrays(xp, in1, in2)
    one, two = roles(axes, dot_axes, in1.ndim, in2.ndim)
    dtype = xp.result_type(in1, in2)
    left, right = one.order_axes(in1, dtype, xp), two.order_axes(in2, dtype, xp)
    starts, lengths = extents(mode, one.sides(in1), two.sides(in2))
    by_transform = min(prod(one.sides(in1)), prod(two.sides(in2))) > DIRECT
    floating = xp.isdtype(dtype, ("real floating", "complex floating"))
    sums = (convolve_by_fft if by_transform and floating else convolve_directly)(left, right, starts, lengths, xp)
    free = [x.shape[axis] for x, own in ((in1, one), (in2, two)) for axis in own.free]
    last = len(lengths)
    return xp.reshape(xp.permute_dims(sums, (last, last + 1, *range(last))), (*free, *lengths))


@convolve.vjp("in1")
def _(g, in1: Meta, in2, mode, axes, dot_axes, xp):
    one, two = roles(axes, dot_axes, in1.ndim, in2.ndim)
    g, in2 = as_arrays(xp, g, in2)
    seen = range(len(one.free), len(one.free) + len(two.free))
    return correlate(pad_to_full(g, mode, one.sides(in1), two.sides(in2), xp), seen, in2, one, two, xp)


@convolve.vjp("in2")
def _(g, in1, in2: Meta, mode, axes, dot_axes, xp):
    g, in1 = as_arrays(xp, g, in1)
    one, two = roles(axes, dot_axes, in1.ndim, in2.ndim)
    return correlate(pad_to_full(g, mode, one.sides(in1), two.sides(in2), xp), range(len(one.free)), in1, two, one, xp)


def roles(axes: Pair, dot_axes: Pair, ndim1: int, ndim2: int) -> tuple[Roles, Roles]:
    """Return the roles of the axes of both operands. Raises ValueError where they can't be paired."""
    summed = tuple(normalize_axes(own, ndim) for own, ndim in zip(dot_axes or ((), ()), (ndim1, ndim2), strict=True))
    rest = tuple(tuple(sorted({*range(ndim)} - {*own})) for own, ndim in zip(summed, (ndim1, ndim2), strict=True))
    paired = rest if axes is None else (normalize_axes(axes[0], ndim1), normalize_axes(axes[1], ndim2))
    for what, (first, second) in (("convolve", paired), ("sum", summed)):
        if len(first) != len(second):
            raise ValueError(f"in1 has {len(first)} axes to {what} over and in2 {len(second)}: pair them")
    one, two = (
        Roles(tuple(a for a in own if a not in convolved), dotted, convolved)
        for own, dotted, convolved in zip(rest, summed, paired, strict=True)
    )
    return one, two


def extents(mode: Mode, first: Sequence[int], second: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return start and length of the result within that of mode "full", by axis. Raises ValueError."""
    pairs = list(zip(first, second, strict=True))
    if not all(m and n for m, n in pairs):
        raise ValueError(f"nothing to convolve: sides {tuple(first)} and {tuple(second)}")
    if mode == "full":
        return (0,) * len(pairs), tuple(m + n - 1 for m, n in pairs)
    if mode == "same":
        return tuple((n - 1) // 2 for _, n in pairs), tuple(first)
    if mode != "valid":
        raise ValueError(f'mode is {mode!r}; it must be "full", "same" or "valid"')
    if any(m < n for m, n in pairs) and any(m > n for m, n in pairs):
        raise ValueError(f"sides {tuple(first)} and {tuple(second)}: neither operand lies inside the other")
    return tuple(min(pair) - 1 for pair in pairs), tuple(abs(m - n) + 1 for m, n in pairs)


def convolve_directly(left: Any, right: Any, starts: Sequence[int], lengths: Sequence[int], xp: Any) -> Any:
    """Add up windows of the larger operand times each entry of the smaller one."""
    if prod(left.shape[:-2]) < prod(right.shape[:-2]):
        return xp.matrix_transpose(convolve_directly(right, left, starts, lengths, xp))
    sides = right.shape[:-2]
    for axis, (start, length, side) in enumerate(zip(starts, lengths, sides, strict=True)):
        left = pad_or_cut(left, axis, side - 1 - start, start + length - left.shape[axis], xp)
    right = xp.matrix_transpose(right)
    total: Any = 0
    for position in product(*map(range, sides)):
        spans = (slice(n - 1 - i, n - 1 - i + m) for i, n, m in zip(position, sides, lengths, strict=True))
        total = total + multiply_matrices(left[(*spans, ...)], right[(*position, ...)], xp)
    return total


def multiply_matrices(left: Any, right: Any, xp: Any) -> Any:
    """Multiply the matrices in the last two axes; the right operand is one matrix or as many as the left."""
    if left.shape[-1] == 1:
        return left * right
    return xp.tensordot(left, right, axes=1) if right.ndim == 2 else xp.matmul(left, right)


def convolve_by_fft(left: Any, right: Any, starts: Sequence[int], lengths: Sequence[int], xp: Any) -> Any:
    """Convolve by the product of Fourier transforms."""
    real = not xp.isdtype(left.dtype, "complex floating")
    there, back = (xp.fft.rfftn, xp.fft.irfftn) if real else (xp.fft.fftn, xp.fft.ifftn)
    axes = tuple(range(left.ndim - 2))
    sides = tuple(left.shape[axis] + right.shape[axis] - 1 for axis in axes)
    first, second = (there(x, s=sides, axes=axes) for x in (left, right))
    full = back(multiply_matrices(first, xp.matrix_transpose(second), xp), s=sides, axes=axes)
    spans = (slice(start, start + length) for start, length in zip(starts, lengths, strict=True))
    return full[(*spans, ...)]


def pad_to_full(g: Any, mode: Mode, first: Sequence[int], second: Sequence[int], xp: Any) -> Any:
    """Pad a cotangent with zeros to that of mode "full"."""
    starts, lengths = extents(mode, first, second)
    for axis, (start, length, m, n) in enumerate(zip(starts, lengths, first, second, strict=True), g.ndim - len(first)):
        g = pad_or_cut(g, axis, start, m + n - 1 - start - length, xp)
    return g


def correlate(g: Any, seen: Sequence[int], other: Any, own: Roles, others: Roles, xp: Any) -> Any:
    """Return the cotangent of one operand from the full one; `seen` are the axes of g that are free in the other."""
    last = tuple(range(g.ndim - len(own.convolved), g.ndim))
    mirrored = xp.flip(other, axis=others.convolved) if last else other
    out = convolve(g, mirrored, mode="valid", axes=(last, others.convolved), dot_axes=(tuple(seen), others.free))
    kept = len(own.free)
    positions = {axis: position for position, axis in enumerate(own.free)}
    order = sorted(others.summed)
    positions |= {axis: kept + order.index(paired) for axis, paired in zip(own.summed, others.summed, strict=True)}
    positions |= {axis: kept + len(order) + position for position, axis in enumerate(own.convolved)}
    return xp.permute_dims(out, tuple(positions[axis] for axis in range(out.ndim)))


@convolve.samples
def _(draw, strategies, Sample):
    m, n, k = (draw(strategies.sides()) for _ in range(3))
    left, right, axes, dot_axes = draw(
        strategies.sampled_from(
            [
                ((m,), (n,), None, None),
                ((m, m), (n, n), None, None),
                ((2, m), (n, 2), None, ((0,), (1,))),
                ((k, m), (n, k), ((1,), (0,)), None),
                ((m, k, m), (k, n, n), ((2, 0), (1, 2)), ((1,), (0,))),
            ]
        )
    )
    mode = draw(strategies.sampled_from(["full", "same", "valid"]))
    return Sample(draw(strategies.array(left)), draw(strategies.array(right)), mode=mode, axes=axes, dot_axes=dot_axes)
