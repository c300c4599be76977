"""Mistakes in the rule of one op or of a few: formulas and conventions that are easily confused."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from tests.core.gradcheck.corpus.sites import Fault, Moment, Site

__all__ = ["FAULTS"]


def of(*places: str) -> Callable[[Site], bool]:
    """Return a predicate for the rules of some operands, each written as `tanh.x`."""
    return lambda site: f"{site.op.short_name}.{site.operand}" in places


def slip(what: str, corrupt: Callable[[Moment], Any], *places: str) -> Fault:
    """Add a fault of one op or a few."""
    return Fault(what, corrupt, of(*places), families=1, certain=True)


# --------------------------------------------------------------------------------------------------- entry by entry


def counted_for_both(m: Moment) -> Any:
    (other,) = m.site.others
    wins = m.x >= m.given[other] if m.site.op.short_name == "maximum" else m.x <= m.given[other]
    return m.xp.where(wins, m.g, 0)


def quotient_truncated(m: Moment) -> Any:
    size = abs(m.given["x1"]) // abs(m.given["x2"])
    return -(m.g * size * m.xp.sign(m.given["x1"]) * m.xp.sign(m.given["x2"]))


def share_of_exponentials(m: Moment) -> Any:
    own, other = m.xp.exp(m.x), m.xp.exp(m.given[m.site.others[0]])
    return m.g * own / (own + other)


def logistic_slope(m: Moment) -> Any:
    power = m.xp.exp(m.x)
    return m.g * power / ((1 + power) * (1 + power))


def unmasked(m: Moment) -> Any:
    return m.g / (1 - m.given["p"]) if m.given["training"] and m.given["p"] < 1 else m.right()


ENTRY_BY_ENTRY = (
    slip("the base forgotten", lambda m: m.g / m.x, "log2.x", "log10.x"),
    slip("the minus forgotten", lambda m: m.g * m.given["x1"] / (m.x * m.x), "divide.x2"),
    slip("the square forgotten", lambda m: -m.g * m.given["out"], "reciprocal.x"),
    slip("the second use forgotten", lambda m: m.g * m.x, "square.x"),
    slip("half of the product rule", lambda m: m.g / (1 + m.xp.exp(-m.x)), "silu.x"),
    slip("1/cos for 1/cos²", lambda m: m.g / m.xp.cos(m.x), "tan.x"),
    slip("1 - x for 1 - x²", lambda m: m.g / m.xp.sqrt(1 - m.x), "asin.x"),
    slip("the root forgotten", lambda m: m.g / (1 + m.x * m.x), "asinh.x"),
    slip("exp(x) - 1 for exp(x)", lambda m: m.g * m.given["out"], "expm1.x"),
    slip("1/x for 1/(1 + x)", lambda m: m.g / m.x, "log1p.x"),
    slip("0/0 at the origin", lambda m: m.g * m.x / m.given["out"], "hypot.x1", "hypot.x2", "abs.x"),
    slip("the direction, not conjugated", lambda m: m.g * m.xp.conj(m.right(g=m.xp.ones_like(m.x))), "abs.x"),
    slip("another library's convention", lambda m: 1j * m.g, "imag.x"),
    slip("the sign of x2 ignored", lambda m: m.g * m.xp.sign(m.x), "copysign.x1"),
    slip("truncated, not floored", quotient_truncated, "remainder.x2"),
    slip("a tie counted for both", counted_for_both, "maximum.x1", "maximum.x2", "minimum.x1", "minimum.x2"),
    slip("straight through", lambda m: m.g, "clip.x"),
    slip("exponentials that overflow", share_of_exponentials, "logaddexp.x1", "logaddexp.x2"),
    slip("a slope that overflows", logistic_slope, "sigmoid.x"),
    slip("the condition inverted", lambda m: m.right(condition=~m.given["condition"]), "where.x1", "where.x2"),
    slip("the upper bound forgotten", lambda m: m.xp.where(m.x > 0, m.g, 0), "relu6.x"),
    slip("the mask forgotten", unmasked, "dropout.x"),
)


# ---------------------------------------------------------------------------------------------------- over axes


def kept(m: Moment, value: Any) -> Any:
    """Return a reduction's result, or its cotangent, with the reduced axes as sides of 1."""
    axis = m.given["axis"]
    axes = range(len(m.shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {each % len(m.shape) for each in axes}
    return m.xp.reshape(value, tuple(1 if each in gone else side for each, side in enumerate(m.shape)))


def per_entry_of_all(m: Moment) -> Any:
    """Divide by the operand's size instead of the length of the axis."""
    return m.right() / max(1, prod(tuple(m.given["out"].shape)))


def not_centred(m: Moment) -> Any:
    freedom = prod(m.shape) / max(1, prod(tuple(m.given["out"].shape))) - m.given["correction"]
    return 2 * kept(m, m.g) * m.x / freedom if freedom > 0 else m.right()


def softmax_of_itself(m: Moment) -> Any:
    return m.g - m.given["out"] * m.xp.sum(m.g, axis=m.given["axis"], keepdims=True)


def same_order(m: Moment) -> Any:
    axis = m.given["axis"]
    order = m.xp.argsort(m.x, axis=axis, descending=m.given["descending"])
    return m.xp.take_along_axis(m.g, order, axis=axis)


def running_forwards(m: Moment) -> Any:
    return m.right() if m.given["include_initial"] else m.xp.cumulative_sum(m.g, axis=m.given["axis"] or 0)


def constant_mean(m: Moment) -> Any:
    shape = m.given["normalized_shape"]
    axes = tuple(range(-(1 if isinstance(shape, int) else len(shape)), 0))
    scale = 1 / m.xp.sqrt(m.xp.var(m.x, axis=axes, keepdims=True) + m.given["eps"])
    z = (m.x - m.xp.mean(m.x, axis=axes, keepdims=True)) * scale
    h = m.g if m.given["weight"] is None else m.g * m.given["weight"]
    return scale * (h - z * m.xp.mean(h * z, axis=axes, keepdims=True))


def per_sample(m: Moment) -> Any:
    """Divide by the number of samples instead of the weights of their classes."""
    classes = m.shape[min(len(m.shape) - 1, 1)]
    mean = m.given["reduction"] == "mean"
    return m.right() * m.given["count"] / (prod(m.shape) / classes) if mean else m.right()


def per_row(m: Moment) -> Any:
    mean = m.given["reduction"] == "mean" and len(m.shape) > 1
    return m.right() * prod(m.shape[1:]) if mean else m.right()


OVER_AXES = (
    slip("divided by the size of all", per_entry_of_all, "mean.x", "var.x", "std.x"),
    slip("not centred", not_centred, "var.x"),
    slip("the variance's rule", lambda m: 2 * m.right() * kept(m, m.given["out"]), "std.x"),
    slip("the result over each factor", lambda m: kept(m, m.g) * kept(m, m.given["out"]) / m.x, "prod.x"),
    slip("each tie in full", lambda m: m.xp.where(m.x == kept(m, m.given["out"]), kept(m, m.g), 0), "max.x", "min.x"),
    slip("without the sum", lambda m: m.g * m.given["out"], "softmax.x"),
    slip("the logarithms for the probabilities", softmax_of_itself, "log_softmax.x"),
    slip("the order for its inverse", same_order, "sort.x"),
    slip("running forwards", running_forwards, "cumulative_sum.x"),
    slip("the mean taken for a constant", constant_mean, "layer_norm.x"),
    slip("divided by the number of samples", per_sample, "cross_entropy.x"),
    slip("divided by the number of rows", per_row, "mse_loss.x", "mse_loss.target"),
)


# ---------------------------------------------------------------------------------------------- order and place


def overwritten(m: Moment) -> Any:
    """Give entries that were taken twice only one of the two cotangents."""
    if not m.raw:
        return m.right()
    taken = m.given["key"] if "key" in m.given else taken_along(m)
    result = m.xp.zeros(m.shape, dtype=m.x.dtype)
    result[taken] = m.g
    return result


def taken_along(m: Moment) -> Any:
    return (*(slice(None),) * ((m.given["axis"] or 0) % len(m.shape)), m.given["indices"])


def parts_of_one_length(m: Moment) -> Any:
    axis, items = m.given["axis"], m.given["arrays"]
    if axis is None or len({item.shape[axis] for item in items}) == 1:
        return m.right()
    side = m.x.shape[axis]
    start = min(m.item * side, m.g.shape[axis] - side)
    return m.g[(*(slice(None),) * (axis % m.g.ndim), slice(start, start + side))]


def tiled_as_repeated(m: Moment) -> Any:
    repetitions = m.given["repetitions"]
    if len(m.shape) != 1 or len(repetitions) != 1:
        return m.right()
    return m.xp.sum(m.xp.reshape(m.g, (*m.shape, *repetitions)), axis=1)


def in_fortran_order(m: Moment) -> Any:
    turned = m.xp.permute_dims(m.g, tuple(reversed(range(len(m.g.shape)))))
    return m.xp.permute_dims(m.xp.reshape(turned, m.shape[::-1]), tuple(reversed(range(len(m.shape)))))


def moved_again(m: Moment) -> Any:
    return m.xp.moveaxis(m.g, m.given["source"], m.given["destination"])


ORDER_AND_PLACE = (
    slip("overwritten, not added", overwritten, "take.x", "getitem.x"),
    slip("what was overwritten counts", lambda m: m.g, "setitem.x"),
    slip("parts of one length", parts_of_one_length, "concat.arrays"),
    slip("tiled as if repeated", tiled_as_repeated, "tile.x"),
    slip("in Fortran order", in_fortran_order, "reshape.x"),
    slip("the permutation for its inverse", lambda m: m.xp.permute_dims(m.g, m.given["axes"]), "permute_dims.x"),
    slip("moved once more", moved_again, "moveaxis.x"),
    slip("rolled once more", lambda m: m.xp.roll(m.g, m.given["shift"], axis=m.given["axis"]), "roll.x"),
    slip("not flipped back", lambda m: m.g, "flip.x"),
    slip("the mirrored diagonal", lambda m: m.right(k=-m.given["k"]), "tril.x", "triu.x"),
)

FAULTS = ENTRY_BY_ENTRY + OVER_AXES + ORDER_AND_PLACE
