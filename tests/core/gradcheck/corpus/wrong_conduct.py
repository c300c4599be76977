"""Faults in a rule's behaviour: nonlinearity, impurity, dependence on memory or on the mask, wrong second order."""

from __future__ import annotations

from typing import Any

import numpy as np

import mutorch_core as mt
from tests.core.gradcheck.corpus.sites import Fault, Moment, Site
from tests.core.gradcheck.corpus.wrong_values import looks_at

__all__ = ["FAULTS"]


def looks(site: Site) -> bool:
    """Return whether the rule uses the values of an operand."""
    return bool(looks_at(site))


def several_outputs(site: Site) -> bool:
    return len(site.op.declaration.fields) > 1


NOT_LINEAR = (
    Fault("g²", lambda m: m.right(g=m.each_g(lambda g: g * g))),
    Fault("|g|", lambda m: m.right(g=m.each_g(abs))),
    Fault("clipped g", lambda m: m.right(g=m.each_g(lambda g: m.xp.clip(m.xp.real(g), -100, 100)))),
    Fault("small g dropped", lambda m: m.right(g=m.each_g(lambda g: m.xp.where(abs(g) < 1e-3, 0, g)))),
    Fault("0/0 for g = 0", lambda m: m.right(g=m.each_g(lambda g: g * g / g))),
    Fault("affine in g", lambda m: m.right() + 1e-3),
)


# ---------------------------------------------------------------------------------------------------------- purity


def writeable(array: Any) -> bool:
    return type(array) is np.ndarray and array.flags.writeable


def changes_g(m: Moment) -> Any:
    c = 1 * m.right()
    for g in m.g if isinstance(m.g, tuple) else (m.g,):
        if writeable(g):
            g *= 2
    return c


def changes(value: str) -> Any:
    def corrupt(m: Moment) -> Any:
        c = 1 * m.right()
        array = m.x if value == "operand" else m.given["out"]
        if writeable(array):
            array += 1
        return c

    return corrupt


def one_buffer(m: Moment) -> Any:
    c = m.right()
    if not m.raw or not isinstance(c, np.ndarray):
        return c
    buffer = m.memory.setdefault((c.shape, c.dtype), np.empty_like(c))
    buffer[...] = c
    return buffer


def chance(m: Moment) -> Any:
    generator = m.memory.setdefault("generator", np.random.default_rng(0))
    return m.right() * (1 + 1e-9 * generator.uniform())


def stale_cache(m: Moment) -> Any:
    if not m.raw:
        return m.right()
    seen = {
        name: m.memory.setdefault((name, value.shape, value.dtype), value)
        for name in looks_at(m.site)
        if isinstance(value := m.given[name], (np.ndarray, np.generic))
    }
    return m.right(**seen)


NOT_PURE = (
    Fault("changes g", changes_g, certain=True),
    Fault("changes an operand", changes("operand"), certain=True),
    Fault("changes the result", changes("out"), lambda site: not several_outputs(site), certain=True),
    Fault("one buffer for all", one_buffer, certain=True),
    Fault("left to chance by 1e-9", chance, certain=True),
    Fault("a stale cache", stale_cache, looks, certain=True),
)


# ------------------------------------------------------------------------------------------- memory, masks, repeats


def in_memory_order(array: Any) -> Any:
    return array.ravel(order="K").reshape(array.shape) if isinstance(array, np.ndarray) else array


def refuse_strides(g: Any) -> Any:
    if isinstance(g, np.ndarray) and not g.flags.c_contiguous:
        raise ValueError("g is not contiguous")
    return g


def nothing_to_twins(m: Moment) -> Any:
    twin = any(m.given[name] is m.x for name in m.site.others)
    return 0 * m.right() if m.raw and twin else m.right()


def wrong_slot(m: Moment) -> Any:
    alone = not any(getattr(m.given["needs"], name) for name in m.site.others)
    other = m.site.others[0]
    return m.right_of(other) if alone and m.given[other] is not None else m.right()


def two_rules(site: Site) -> bool:
    """Return whether several operands have a rule each."""
    return bool(site.others) and all(len(rule.operands) == 1 for rule in site.op.rules.values())


OF_COMPANY = (
    Fault("depends on the memory order of g", lambda m: m.right(g=m.each_g(in_memory_order))),
    Fault(
        "depends on the memory order of an operand",
        lambda m: m.right(**{name: in_memory_order(m.given[name]) for name in looks_at(m.site)}),
        looks,
    ),
    Fault("refuses strides", lambda m: m.right(g=m.each_g(refuse_strides))),
    Fault("nothing to an array that came twice", nothing_to_twins, lambda site: bool(site.others)),
    Fault("the wrong slot where others need none", wrong_slot, two_rules, asks=("needs",)),
)


# ---------------------------------------------------------------------------------------------------- second order


def detached(m: Moment) -> Any:
    return m.right(**{name: mt.stop_gradient(m.given[name]) for name in looks_at(m.site)})


def bent(m: Moment) -> Any:
    twist = m.x - mt.stop_gradient(m.x)
    return m.right() * (1 + twist)


def first_output_alone(m: Moment) -> Any:
    first, *others = m.g
    return m.right(g=type(m.g)(first, *(None if g is None else 0 * g for g in others)))


def all_expected(m: Moment) -> Any:
    return m.right(reached=type(m.given["reached"])(*(True for _ in m.g)))


IN_SECOND_ORDER = (
    Fault("operands detached", detached, looks, diagnosis="detached|second order"),
    Fault(
        "result detached",
        lambda m: m.right(out=mt.stop_gradient(m.given["out"])),
        lambda site: "out" in site.named,
        families=4,
        diagnosis="detached|second order",
    ),
    Fault("g detached", lambda m: m.right(g=m.each_g(mt.stop_gradient)), diagnosis="detached|second order"),
    Fault("all detached", lambda m: mt.stop_gradient(m.right()), diagnosis="detached|second order"),
    Fault("right in value, wrong in slope", bent),
    Fault("the first output's cotangent alone", first_output_alone, several_outputs, families=1),
    Fault("an absent cotangent not expected", all_expected, several_outputs, families=1, asks=("reached",)),
)

FAULTS = NOT_LINEAR + NOT_PURE + OF_COMPANY + IN_SECOND_ORDER
