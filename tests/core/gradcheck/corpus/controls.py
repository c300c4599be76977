"""Right ops: other formulas, and every legal convention at a kink. None of them is wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mutorch_core import ops
from mutorch_core.domain import At, Tie
from tests.core.gradcheck.corpus.sites import Moment, Site, rewritten
from tests.core.gradcheck.corpus.slips import kept

__all__ = ["CONTROLS"]


def op_with(place: str, formula: Callable[[Moment], Any], **changes: Any) -> Any:
    """Return the op of a place such as `basic::tanh.x` with another formula for its rule."""
    name, _, operand = place.rpartition(".")
    return rewritten([Site(ops[name], operand)], formula, **changes)


# -------------------------------------------------------------------------------------------- the same, differently


def by_masks(m: Moment) -> Any:
    return m.g * m.xp.astype(m.given["condition"], m.g.dtype)


def by_a_jacobian(m: Moment) -> Any:
    axis = m.given["axis"]
    if not m.shape:
        return m.right()
    y, g = m.xp.moveaxis(m.given["out"], axis, -1), m.xp.moveaxis(m.g, axis, -1)
    identity = m.xp.eye(y.shape[-1], dtype=y.dtype)
    jacobian = y[..., :, None] * (identity - y[..., None, :])
    return m.xp.moveaxis(m.xp.sum(jacobian * g[..., None, :], axis=-1), -1, axis)


def by_triangles(m: Moment) -> Any:
    axis = m.given["axis"] or 0
    if m.given["include_initial"]:
        return m.right()
    g = m.xp.moveaxis(m.g, axis, -1)
    ones = m.xp.triu(m.xp.ones((g.shape[-1], g.shape[-1]), dtype=g.dtype))
    return m.xp.moveaxis(m.xp.sum(ones * g[..., None, :], axis=-1), -1, axis)


def by_one_hot(m: Moment) -> Any:
    axis = m.given["axis"]
    order = m.xp.argsort(m.x, axis=axis, descending=m.given["descending"], stable=True)
    order, g = m.xp.moveaxis(order, axis, -1), m.xp.moveaxis(m.g, axis, -1)
    hits = order[..., None, :] == m.xp.arange(order.shape[-1])[:, None]
    return m.xp.moveaxis(m.xp.sum(m.xp.where(hits, g[..., None, :], 0), axis=-1), -1, axis)


def by_the_other_side(m: Moment) -> Any:
    x2 = m.given["x2"]
    return m.xp.matrix_transpose(x2 @ m.xp.matrix_transpose(m.g)) if x2.ndim == m.g.ndim == 2 else m.right()


DIFFERENTLY = {
    "basic::tanh.x": lambda m: m.g / (m.xp.cosh(m.x) * m.xp.cosh(m.x)),
    "basic::exp.x": lambda m: m.xp.exp(m.x) * m.g,
    "basic::expm1.x": lambda m: m.g * (m.given["out"] + 1),
    "basic::log.x": lambda m: m.g * (1 / m.x),
    "basic::square.x": lambda m: m.x * m.g + m.g * m.x,
    "basic::reciprocal.x": lambda m: -m.g / (m.x * m.x),
    "basic::divide.x2": lambda m: -m.g * m.given["out"] / m.x,
    "basic::multiply.x1": lambda m: m.given["x2"] * m.g,
    "basic::subtract.x2": lambda m: 0 - m.g,
    "basic::cos.x": lambda m: m.g * -m.xp.sin(m.x),
    "basic::tan.x": lambda m: m.g / (m.xp.cos(m.x) * m.xp.cos(m.x)),
    "basic::asin.x": lambda m: m.g / m.xp.sqrt((1 - m.x) * (1 + m.x)),
    "basic::atan.x": lambda m: m.g / (1 + m.x * m.x),
    "basic::logaddexp.x1": lambda m: m.g * m.xp.exp(m.x - m.given["out"]),
    "basic::where.x1": by_masks,
    "basic::sum.x": lambda m: kept(m, m.g) + m.xp.zeros_like(m.x),
    "basic::cumulative_sum.x": by_triangles,
    "basic::sort.x": by_one_hot,
    "basic::matrix_transpose.x": lambda m: m.xp.moveaxis(m.g, -1, -2),
    "basic::matmul.x1": by_the_other_side,
    "basic::permute_dims.x": lambda m: m.xp.moveaxis(m.g, tuple(range(m.g.ndim)), m.given["axes"]),
    "basic::add.x1": lambda m: m.xp.positive(m.g),
    "nn::softmax.x": by_a_jacobian,
    "nn::sigmoid.x": lambda m: m.g * (m.given["out"] - m.given["out"] * m.given["out"]),
    "nn::softplus.x": lambda m: m.g * m.xp.exp(m.given["beta"] * (m.x - m.given["out"])),
    "nn::relu.x": lambda m: m.xp.where(m.x > 0, m.g, 0),
}
"""Another right formula for the rule of a place."""


# ---------------------------------------------------------------------------------------- conventions at kinks, ties


def at_0(share: float) -> Callable[[Moment], Any]:
    return lambda m: m.xp.where(m.x == 0, share * m.g, m.right())


def of_a_tie(share: float) -> Callable[[Moment], Any]:
    def formula(m: Moment) -> Any:
        own = share if m.site.operand == "x1" else 1 - share
        return m.xp.where(m.given["x1"] == m.given["x2"], own * m.g, m.right())

    return formula


def choice(name: str, share: float, *kinks: Any) -> Any:
    """Return the larger or the smaller of two, with a share of a tie for the first."""
    op = ops[name]
    return rewritten([Site(op, "x1"), Site(op, "x2")], of_a_tie(share), kinks=kinks)


def to_the_bounds(m: Moment) -> Any:
    """Give all to the upper bound if it is met, else to the lower one, and to x between them."""
    xp, x, low, high = m.xp, m.given["x"], m.given["min"], m.given["max"]
    raised = x if low is None else xp.maximum(x, low)
    left = m.g if high is None else xp.where(raised >= high, 0, m.g)
    if m.site.operand == "max":
        return m.g - left
    to_min = 0 * left if low is None else xp.where(x <= low, left, 0)
    return to_min if m.site.operand == "min" else left - to_min


def first_of_equals(m: Moment) -> Any:
    axis = m.given["axis"]
    if not isinstance(axis, int):
        return m.right()
    hits = m.xp.astype(m.x == kept(m, m.given["out"]), m.g.dtype)
    first = m.xp.cumulative_sum(hits, axis=axis) * hits == 1
    return m.xp.where(first, kept(m, m.g), 0)


def conventions() -> dict[str, Callable[[], Any]]:
    """Yield functions that make ops with one of several conventions at a kink: declared, declared exactly, or not."""
    made: dict[str, Callable[[], Any]] = {}
    for share in (0.0, 0.5, 1.0):
        for how, tie in {"undeclared": (), "declared": (Tie("x1", "x2"),)}.items():
            made[f"maximum, {share} of a tie, {how}"] = partial(choice, "basic::maximum", share, *tie)
        exactly = Tie("x1", "x2", shares=(share, 1 - share))
        made[f"minimum, {share} of a tie, exactly"] = partial(choice, "basic::minimum", share, exactly)
        kink = At("x", 0.0, cotangent=share)
        made[f"relu, {share} at 0"] = partial(op_with, "nn::relu.x", at_0(share), kinks=(kink,))
        made[f"abs, {2 * share - 1} at 0, undeclared"] = partial(op_with, "basic::abs.x", at_0(2 * share - 1), kinks=())
    made["leaky_relu, 1 at 0"] = partial(op_with, "nn::leaky_relu.x", at_0(1.0))
    bounded = [Site(ops["basic::clip"], operand) for operand in ("x", "min", "max")]
    made["clip, all to the bounds"] = partial(rewritten, bounded, to_the_bounds)
    for name in ("max", "min"):
        made[f"{name}, the first of equals"] = partial(op_with, f"basic::{name}.x", first_of_equals)
    return made


CONTROLS: dict[str, Callable[[], Any]] = {
    **{f"{place}, differently": partial(op_with, place, formula) for place, formula in DIFFERENTLY.items()},
    **conventions(),
}
"""The functions that make the controls."""
