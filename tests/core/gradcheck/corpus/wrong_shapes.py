"""Faults that are visible only for some shapes, axes or ties."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, nan, prod
from typing import Any

from mutorch_core.domain import At, Tie
from tests.core.gradcheck.corpus.sites import Fault, Moment, Site
from tests.core.gradcheck.corpus.wrong_values import elementwise, looks_at

__all__ = ["FAULTS"]


def where_shape(test: Callable[[tuple[int, ...]], bool]) -> Callable[[Moment], Any]:
    """Scale the cotangent by 1.5 for operands of some shapes."""
    return lambda m: 1.5 * m.right() if test(m.shape) else m.right()


# ---------------------------------------------------------------------------------------------------------- shapes


def broadcasts(site: Site) -> bool:
    """Return whether the operand is broadcast against others, and the engine sums its cotangent."""
    affine = site.op.short_name in ("linear", "layer_norm") and site.operand != "x"
    return len(site.op.operands) > 1 and (elementwise(site) or affine)


def mean_of_copies(m: Moment) -> Any:
    """Divide the cotangent by the number of uses of each entry of the operand."""
    c, own = m.right(), prod(m.shape)
    return c * own / prod(tuple(c.shape)) if own else c


def sum_along_the_other_axis(m: Moment) -> Any:
    c = m.right()
    square = c.ndim > 1 and c.shape[-1] == c.shape[-2]
    return m.xp.matrix_transpose(c) if square and m.shape != tuple(c.shape) else c


def twice_in_0d(m: Moment) -> Any:
    return m.xp.stack([m.right(), m.right()]) if m.shape == () else m.right()


def squeezed(m: Moment) -> Any:
    c = m.right()
    return m.xp.reshape(c, tuple(side for side in c.shape if side != 1))


def first_of_a_batch(m: Moment) -> Any:
    if len(m.shape) < 3:
        return m.right()
    first = m.xp.arange(m.shape[0]) == 0
    return m.xp.where(m.xp.reshape(first, (-1, *(1,) * (len(m.shape) - 1))), m.right(), 0)


def transposed(m: Moment) -> Any:
    c = m.right()
    square = len(m.shape) == 2 and tuple(c.shape) == m.shape[::-1]
    return m.xp.matrix_transpose(c) if square else c


def right_for_symmetric(m: Moment) -> Any:
    changes: dict[str, Any] = {}
    for name in looks_at(m.site):
        value = m.given[name]
        if value is not None and value.ndim >= 2 and value.shape[-1] == value.shape[-2]:
            changes[name] = m.xp.matrix_transpose(value)
    return m.right(**changes)


def neighbour(m: Moment) -> Any:
    items = m.given[m.site.operand]
    other = (m.item + 1) % len(items)
    return m.right_of_item(other) if items[other].shape == m.shape else m.right()


OF_SHAPES = (
    Fault(
        "mean instead of sum over broadcast axes",
        mean_of_copies,
        broadcasts,
        families=4,
        diagnosis="sum|broadcast|factor",
    ),
    Fault("sum along the other axis of a square", sum_along_the_other_axis, broadcasts, families=4, diagnosis="axis"),
    Fault("wrong in 0-d", twice_in_0d),
    Fault("sides of 1 squeezed away", squeezed),
    Fault("wrong where a side is 1", where_shape(lambda shape: 1 in shape)),
    Fault("wrong for a vector", where_shape(lambda shape: len(shape) == 1)),
    Fault("wrong for a batch", where_shape(lambda shape: len(shape) > 2), diagnosis="batch"),
    Fault("the first of a batch alone", first_of_a_batch, diagnosis="batch"),
    Fault("raises for empty arrays", lambda m: m.right() + 0 * m.xp.max(m.xp.real(m.x))),
    Fault("transposed", transposed, diagnosis="transpos"),
    Fault("right for symmetric matrices alone", right_for_symmetric, lambda site: bool(looks_at(site))),
    Fault("the neighbour's cotangent", neighbour, lambda site: site.op.short_name in ("concat", "stack"), families=1),
)


# ------------------------------------------------------------------------------------------------- axes, parameters


def along(m: Moment, other: Callable[[int, int], int]) -> Any:
    """Apply the rule along another axis of the same length, so that nothing raises."""
    axis, ndim = m.given["axis"], len(m.shape)
    if not isinstance(axis, int) or not -ndim <= axis < ndim:
        return m.right()
    taken = other(axis, ndim)
    return m.right(axis=taken) if m.shape[taken] == m.shape[axis] else m.right()


def has_axis(site: Site) -> bool:
    return "axis" in site.named


def optional(site: Site) -> bool:
    """Return whether the parameter has a default, so that ignoring it need not raise."""
    return site.default is not site.op.signature.empty and site.parameter not in ("axis", "axes", "keepdims")


OF_PARAMETERS = (
    Fault(
        "another axis of a square",
        lambda m: along(m, lambda axis, ndim: (axis + 1) % ndim),
        has_axis,
        diagnosis="axis|transpos",
    ),
    Fault(
        "-1 taken for 0",
        lambda m: along(m, lambda axis, ndim: -1 - axis if axis < 0 else axis),
        has_axis,
    ),
    Fault(
        "keepdims forgotten",
        lambda m: m.right(keepdims=True),
        lambda site: "keepdims" in site.named,
        families=1,
    ),
    Fault(
        "a parameter ignored",
        lambda m: m.right(**{m.site.parameter: m.site.default}),
        optional,
        families=4,
        per_parameter=True,
        diagnosis="{parameter}.*ignored|forgotten factor, {parameter}",
    ),
    Fault(
        "a factor forgotten",
        lambda m: m.right() / m.given[m.site.parameter],
        lambda site: type(site.default) is float and site.default == 1,
        families=1,
        per_parameter=True,
        diagnosis="forgotten factor, {parameter}",
    ),
)


# ----------------------------------------------------------------------------------------------------- kinks, ties


def tied(m: Moment) -> Any:
    """Return a mask of entries that equal one of another operand, or another one of the same operand."""
    xp = m.xp
    for kink in ties(m.site):
        others = [m.given[name] for name in kink.operands if name != m.site.operand]
        if not others:
            flat = xp.reshape(m.x, (-1,))
            return xp.reshape(xp.count_nonzero(flat[:, None] == flat[None, :], axis=1) > 1, m.shape)
        if others[0] is not None:
            return m.x == others[0]
    return xp.zeros(m.shape, dtype=xp.bool)


def ties(site: Site) -> list[Tie]:
    """Return the declared ties of the operand."""
    return [kink for kink in site.op.kinks if isinstance(kink, Tie) and site.operand in kink.operands]


def conventions(site: Site) -> list[At]:
    """Return the operand's kinks with a declared cotangent."""
    kinks = [kink for kink in site.op.kinks if isinstance(kink, At) and kink.operand == site.operand]
    return [kink for kink in kinks if kink.cotangent is not None]


def at_kinks(factor: float) -> Callable[[Moment], Any]:
    """Scale the cotangent by another factor than the declared one at a kink."""

    def corrupt(m: Moment) -> Any:
        c = m.right()
        for kink in conventions(m.site):
            c = m.xp.where(m.x == kink.value, factor * m.g, c)
        return c

    return corrupt


def finite(site: Site) -> bool:
    """Return whether the op declares a finite cotangent at a kink, and not a pole."""
    return any(isfinite(kink.cotangent or 0.0) for kink in conventions(site))


def has_tie(site: Site) -> bool:
    return bool(ties(site))


def has_convention(site: Site) -> bool:
    return bool(conventions(site))


AT_KINKS = (
    Fault("twice at a tie", lambda m: m.xp.where(tied(m), 2 * m.right(), m.right()), has_tie, families=3),
    Fault("nothing at a tie", lambda m: m.xp.where(tied(m), 0, m.right()), has_tie, families=2),
    Fault("three times at the kink", at_kinks(3.0), finite, families=4),
    Fault("not as declared at the kink", at_kinks(0.5), has_convention),
    Fault("nan at the kink", at_kinks(nan), has_convention),
)

FAULTS = OF_SHAPES + OF_PARAMETERS + AT_KINKS
