"""Faults in the computed values: everywhere, in a region of the operand, in precision, in complex numbers."""

from __future__ import annotations

from math import prod
from typing import Any

from tests.core.gradcheck.corpus.sites import Fault, Moment, Site

__all__ = ["FAULTS", "elementwise", "looks_at", "pair"]

ELEMENTWISE = {"activations", "arithmetic", "exponentials", "gaussian", "rounding", "selection", "trigonometry"}
COMPLEX = {"arithmetic", "cumulative", "exponentials", "indexing", "joining", "products", "shapes", "trigonometry"}
REAL = {"basic::abs", "basic::sign", "basic::logaddexp", "basic::atan2", "basic::hypot"}


def elementwise(site: Site) -> bool:
    """Return whether each entry of the result depends on one entry of the operand."""
    return site.family in ELEMENTWISE and "axis" not in site.named


def pair(site: Site) -> bool:
    """Return whether the op has one other operand, and the rule uses one of the two."""
    return len(site.others) == 1 and bool({site.operand, *site.others} & looks_at(site))


def looks_at(site: Site) -> set[str]:
    """Return the differentiable operands whose values the rule names."""
    return {site.operand, *site.others} & (site.named - site.rule.metas)


def takes_complex(site: Site) -> bool:
    """Return whether the op is meant for complex numbers, and its cotangent is complex."""
    return site.family in COMPLEX and site.op.name not in REAL


def times(m: Moment, condition: Any, factor: float) -> Any:
    """Scale the right cotangent by a factor under a condition."""
    return m.xp.where(condition, factor * m.right(), m.right())


def beyond(m: Moment, bound: float) -> Any:
    """Return a mask of the operand's entries whose real part exceeds a bound."""
    return m.xp.real(m.x) > bound


# ----------------------------------------------------------------------------------------------------- everywhere


def operands_swapped(m: Moment) -> Any:
    (other,) = m.site.others
    return m.right(**{m.site.operand: m.given[other], other: m.x})


def that_of_the_other(m: Moment) -> Any:
    (other,) = m.site.others
    return m.right_of(other)


def alike(site: Site) -> bool:
    return pair(site) and elementwise(site) and len(site.rule.operands) == 1


EVERYWHERE = (
    Fault("sign", lambda m: -m.right(), diagnosis="sign"),
    Fault("factor 2", lambda m: 2 * m.right(), diagnosis="factor 2"),
    Fault("factor 1 + 1e-4", lambda m: (1 + 1e-4) * m.right(), diagnosis="factor 1.0001"),
    Fault("factor 1 + 1e-8", lambda m: (1 + 1e-8) * m.right()),
    Fault("zero", lambda m: 0 * m.right(), diagnosis="zero"),
    Fault("operands swapped", operands_swapped, pair),
    Fault("the other's cotangent", that_of_the_other, pair),
    Fault("each other's cotangents", that_of_the_other, alike, families=3, throughout=True, diagnosis="each other's"),
    Fault(
        "the result for the operand",
        lambda m: m.right(**{m.site.operand: m.given["out"]}),
        lambda site: elementwise(site) and site.operand in site.named,
    ),
    Fault(
        "the operand for the result",
        lambda m: m.right(out=m.x),
        lambda site: elementwise(site) and "out" in site.named,
        families=4,
    ),
)


# ------------------------------------------------------------------------------------------------------ in a region


def off_near_0(m: Moment) -> Any:
    near = ~beyond(m, 1 / 8) & beyond(m, -1 / 8)
    return m.right() + m.xp.where(near, 1e-6 * m.g, 0 * m.g)


def one_entry(m: Moment) -> Any:
    size = prod(m.shape)
    return times(m, m.xp.reshape(m.xp.arange(size) == 137, m.shape), 1.5) if size >= 200 else m.right()


def overflowing(m: Moment) -> Any:
    power = m.xp.exp(m.x)
    return m.right() * (power / power)


IN_A_REGION = (
    Fault("off by 1e-6 near 0", off_near_0, elementwise),
    Fault("wrong for x < 0", lambda m: times(m, m.xp.real(m.x) < 0, 1.5), diagnosis="negative"),
    Fault("zero for x < 0", lambda m: times(m, m.xp.real(m.x) < 0, 0.0), diagnosis="negative|zero"),
    Fault("wrong for x > 0", lambda m: times(m, beyond(m, 0), -1.0), diagnosis="positive"),
    Fault("wrong beyond 3", lambda m: times(m, beyond(m, 3), 1.5)),
    Fault("wrong beyond 30", lambda m: times(m, beyond(m, 30), 1.5)),
    Fault("overflow to nan", overflowing, elementwise),
    Fault("0/0 at 0", lambda m: m.right() * (m.x / m.x)),
    Fault("an epsilon in the denominator", lambda m: m.right() * (m.x * m.x / (m.x * m.x + 1e-8))),
    Fault("one entry of 400", one_entry),
)


# ------------------------------------------------------------------------------------- in precision, complex numbers


def conjugated_values(m: Moment) -> Any:
    values = {name: m.given[name] for name in looks_at(m.site)}
    return m.right(**{name: m.xp.conj(value) for name, value in values.items() if value is not None})


def conjugable(site: Site) -> bool:
    return takes_complex(site) and bool(looks_at(site))


IN_PRECISION = (
    Fault("computed in float32", lambda m: m.right() if m.complex else m.xp.astype(m.right(), m.xp.float32)),
    Fault("cast to integers", lambda m: m.right() if m.complex else m.xp.astype(m.right(), m.xp.int64)),
    Fault("conj missing", lambda m: m.xp.conj(m.right()), takes_complex, diagnosis="conjugate"),
    Fault("conj added", conjugated_values, conjugable, families=4, diagnosis="conjugate"),
    Fault("imaginary part dropped", lambda m: m.xp.real(m.right()), takes_complex),
)

FAULTS = EVERYWHERE + IN_A_REGION + IN_PRECISION
