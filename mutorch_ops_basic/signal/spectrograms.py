"""Short-time Fourier transforms of overlapping pieces of a signal, and their inverse.

Pieces are cut and added up in blocks as long as the hop, so that no entry is gathered or scattered by index.
"""

from __future__ import annotations

from typing import Any

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_ops_basic.operands.domains import POSITIVE
from mutorch_ops_basic.operands.dtypes import is_complex
from mutorch_ops_basic.shaping.zero_padding import pad_or_cut, resize

__all__ = ["istft", "stft"]


@op("basic::signal.stft", composite=True)
def stft(
    x: Array,
    /,
    *,
    n_fft: int,
    hop_length: int | None = None,
    window: Array | None = None,
    center: bool = True,
    xp: Namespace = injected,
) -> Array:
    """The spectra of pieces of a signal, `n_fft` long and `hop_length` apart, a quarter of that by default.

    `center` puts the middle of piece k at entry k · hop_length, the signal mirrored at its ends; else it begins there.
    Each piece is multiplied by `window`. The spectrum of real numbers is given by its first half.

    Shapes: x (..., n), window (n_fft,), result (..., n_fft // 2 + 1, pieces), for complex x (..., n_fft, pieces).
    Units:  x's times window's.
    Rule:   made of differentiable ops, all of them linear in x.
    Raises: OperandError where the signal is shorter than a piece, or than its mirrored part, or a window is not as long
            as a piece.
    Source: Allen & Rabiner 1977; `torch.stft`.
    """
    require_window(window, n_fft)
    if center:
        x = mirror(x, n_fft // 2, xp)
    pieces = cut_frames(x, n_fft, hop(n_fft, hop_length), xp)
    pieces = pieces if window is None else pieces * window
    return xp.matrix_transpose(xp.fft.fft(pieces) if is_complex(pieces) else xp.fft.rfft(pieces))


@op("basic::signal.istft", domain={"window": POSITIVE}, composite=True)
def istft(
    x: Array,
    /,
    *,
    n_fft: int,
    hop_length: int | None = None,
    window: Array | None = None,
    center: bool = True,
    xp: Namespace = injected,
) -> Array:
    """The signal whose short-time Fourier transform is x, or nearest to x: the inverse of `stft`.

    Pieces are multiplied by `window` once more, added up, and divided by the sum of squared windows; where that is 0,
    the signal is 0.

    Shapes: x (..., n_fft // 2 + 1, pieces), or (..., n_fft, pieces) for a complex signal, window (n_fft,),
            result (..., n_fft + hop_length (pieces - 1)), n_fft // 2 fewer at both ends with `center`.
    Units:  x's over window's.
    Rule:   made of differentiable ops, all of them linear in x.
    Raises: OperandError where x has another number of bins, or a window is not as long as a piece.
    Source: Griffin & Lim 1984; `torch.istft`.
    """
    require_window(window, n_fft)
    bins, count = x.shape[-2:]
    if bins not in (n_fft // 2 + 1, n_fft):
        raise ValueError(f"x has {bins} bins, where n_fft = {n_fft} makes {n_fft // 2 + 1}, or {n_fft} of complex x")
    spectra, step = xp.matrix_transpose(x), hop(n_fft, hop_length)
    pieces = xp.fft.irfft(spectra, n=n_fft) if bins == n_fft // 2 + 1 else xp.fft.ifft(spectra)
    weights = xp.ones((n_fft,), dtype=xp.real(spectra).dtype, device=device_of(x)) if window is None else window
    covered = overlap_add(xp.broadcast_to(weights * weights, (count, n_fft)), step, xp)
    signal = overlap_add(pieces * weights, step, xp) / xp.where(covered == 0, 1, covered)
    edge = n_fft // 2 if center else 0
    return pad_or_cut(signal, -1, -edge, -edge, xp)


def require_window(window: Any, n_fft: int) -> None:
    """Raise ValueError unless a window has one number for each entry of a piece."""
    if window is not None and tuple(window.shape) != (n_fft,):
        raise ValueError(f"window has the shape {tuple(window.shape)}: give one number for each of n_fft = {n_fft}")


def hop(n_fft: int, hop_length: int | None) -> int:
    """Return the distance from one piece to the next. Raises ValueError if it is not positive."""
    step = max(1, n_fft // 4) if hop_length is None else hop_length
    if step < 1 or n_fft < 1:
        raise ValueError(f"n_fft is {n_fft} and hop_length {step}: both must be 1 or more")
    return step


def mirror(x: Any, edge: int, xp: Any) -> Any:
    """Extend a signal at both ends by `edge` entries, mirrored at its first and last entry."""
    if x.shape[-1] <= edge:
        raise ValueError(f"{x.shape[-1]} entries are too few to mirror {edge} at each end: use center=False")
    before, after = x[..., 1 : edge + 1], x[..., x.shape[-1] - edge - 1 : -1]
    return xp.concat([xp.flip(before, axis=-1), x, xp.flip(after, axis=-1)], axis=-1) if edge else x


def cut_frames(x: Any, n_fft: int, step: int, xp: Any) -> Any:
    """Cut a signal into pieces, one below the other."""
    if x.shape[-1] < n_fft:
        raise ValueError(f"{x.shape[-1]} entries are too few for a piece of {n_fft}")
    count, width = 1 + (x.shape[-1] - n_fft) // step, -(-n_fft // step)
    blocks = resize(x, -1, (count - 1 + width) * step, xp)
    blocks = xp.reshape(blocks, (*x.shape[:-1], count - 1 + width, step))
    return xp.concat([blocks[..., i : i + count, :] for i in range(width)], axis=-1)[..., :n_fft]


def overlap_add(pieces: Any, step: int, xp: Any) -> Any:
    """Add up pieces, each shifted by one more hop: the transpose of `cut_frames`.

    Row i holds the i-th block of every piece and has to move by i blocks. Rows are padded by one block each and then
    read with the original length, which shifts row i by i blocks.
    """
    *lead, count, n_fft = pieces.shape
    width = -(-n_fft // step)
    blocks = xp.reshape(resize(pieces, -1, width * step, xp), (*lead, count, width, step))
    rows = resize(xp.moveaxis(blocks, -2, -3), -2, count + width, xp)
    longer = xp.reshape(rows, (*lead, width * (count + width), step))
    moved = xp.reshape(longer[..., :-width, :], (*lead, width, count + width - 1, step))
    total = xp.reshape(xp.sum(moved, axis=-3), (*lead, (count + width - 1) * step))
    return total[..., : n_fft + step * (count - 1)]


@stft.samples
def _(draw, strategies, Sample):
    n_fft = draw(strategies.sampled_from([2, 3, 4]))
    x = draw(strategies.array((*draw(strategies.shape(0, 1)), 4)))
    window = draw(strategies.array((n_fft,))) if draw(strategies.booleans()) else None
    hop_length, center = draw(strategies.sampled_from([(None, True), (2, True), (3, False)]))
    return Sample(x, n_fft=n_fft, hop_length=hop_length, window=window, center=center)


@istft.samples
def _(draw, strategies, Sample):
    n_fft, bins = draw(strategies.sampled_from([(2, 2), (3, 2), (3, 3)]))
    x = draw(strategies.array((bins, draw(strategies.sides())), complex=True))
    window = draw(strategies.array((n_fft,), 0.0)) if draw(strategies.booleans()) else None
    hop_length, center = draw(strategies.sampled_from([(None, True), (2, False), (3, False)]))
    return Sample(x, n_fft=n_fft, hop_length=hop_length, window=window, center=center)
