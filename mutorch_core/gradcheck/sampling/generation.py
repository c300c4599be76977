"""Generation of random cases: operands, parameters and cotangents for a regime.

A draw that the forward refuses lies outside of its domain. It is repeated with values closer to 1 each time, so that an
op with neither domain nor sampler is checked on the values that it accepts.
"""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from mutorch_core.declaration.signatures import source_location
from mutorch_core.domain import At, Domain, Interval
from mutorch_core.gradcheck.cases import Case, cotangents_for, fields_of
from mutorch_core.gradcheck.failures import SamplerRaises
from mutorch_core.gradcheck.numerics import inside
from mutorch_core.gradcheck.sampling.lattice import EXTREMES, WIDE, edge_points, lattice
from mutorch_core.gradcheck.sampling.parameters import draw_parameters
from mutorch_core.gradcheck.sampling.plugin_hooks import samplers_of
from mutorch_core.gradcheck.sampling.randomness import Chooser, Draw, HypothesisChooser
from mutorch_core.gradcheck.sampling.strategies import Declined, Sampling, Strategies
from mutorch_core.gradcheck.value_types import is_array, is_several

__all__ = ["Refusal", "cases", "draw_case", "regimes_of"]

FALLBACK_INTERVALS = (None, Interval(0, 4), Interval(-1, 1), Interval(1, 5))
"""The intervals, by attempt, for operands without a declared domain; chosen for logarithms, arcsine, acosh."""

CONSTANT_KINDS = ("integer", "float", "boolean")
"""The dtypes of operands without gradient. Attempts go through them; masks begin with booleans."""

EXTENDED = {"wide": WIDE, "extremes": EXTREMES}
"""The points of regimes that extend beyond the lattice."""


@attrs.frozen
class Refusal:
    """A draw that the forward did not accept, with the reason."""

    reason: str


def regimes_of(op: Any) -> frozenset[str]:
    """Return the regimes that apply to an op: `parameters` if it has any, `complex` if no kink excludes it.

    A kink inside the domain means that the op compares its operand with a value, and complex numbers have no order.
    """
    regimes = {"smooth", "ones", "scalar", "empty", "large", "ties", "edges", "extremes", "wide"}
    if op.parameters:
        regimes.add("parameters")
    if len(op.operands) > 1 or any(operand.kind != "single" for operand in op.operands):
        regimes.add("broadcast")
    if all(
        isinstance(kink, At) and not inside(np.asarray(kink.value), op.domain.get(kink.operand)) for kink in op.kinks
    ):
        regimes.add("complex")
    return frozenset(regimes)


@st.composite
def cases(draw: Draw, op: Any, regime: str) -> Case | Refusal:
    """Return a Hypothesis strategy for the cases and refusals of an op in a regime."""
    return draw_case(HypothesisChooser(draw), op, regime)


def draw_case(chooser: Chooser, op: Any, regime: str) -> Case | Refusal:
    """Draw a case of an op in a regime, or return the reason for which the last attempt was refused."""
    kinks = tuple(dict.fromkeys(kink.value for kink in op.kinks if isinstance(kink, At)))
    reason = "no draw was tried"
    for attempt in range(len(FALLBACK_INTERVALS)):
        sampling = Sampling(chooser, regime, kinks)
        try:
            return complete_case(sampling, draw_attempt(sampling, op, attempt), attempt)
        except Declined as declined:
            reason = str(declined)
    return Refusal(reason)


def draw_attempt(sampling: Sampling, op: Any, attempt: int) -> Case:
    """Draw operands and parameters, from the declaration or with a sampler. Later attempts prefer a sampler."""
    samplers = samplers_of(op)
    if samplers:
        choice = sampling.below(1 + len(samplers)) if attempt < 1 else 1 + sampling.below(len(samplers))
        if choice:
            return draw_with_sampler(sampling, op, samplers[choice - 1])
    return draw_from_declaration(sampling, op, attempt)


def complete_case(sampling: Sampling, case: Case, attempt: int) -> Case:
    """Return a case with cotangents. Raises Declined if the forward refuses it or returns no finite number.

    Non-finite results are accepted at edges, and in the last attempt of `extremes`, where overflow is expected.
    """
    try:
        fields = fields_of(case.call(case.operands))
    except Exception as error:
        raise Declined(f"{type(error).__name__}: {error}") from error
    values = [np.asarray(field) for field in fields]
    lenient = sampling.regime == "edges" or (sampling.regime == "extremes" and attempt == len(FALLBACK_INTERVALS) - 1)
    if not lenient and not all(np.isfinite(value).all() for value in values if value.dtype.kind in "fc"):
        raise Declined("the result is not finite")
    cotangents = cotangents_for(fields, sampling.cotangent_entries())
    return attrs.evolve(case, cotangents=cotangents, choices=tuple(sampling.chooser.choices))


# ----------------------------------------------------------------------------------------------------- samplers


def draw_with_sampler(sampling: Sampling, op: Any, sampler: Any) -> Case:
    """Draw a case with a sampler, which requests `draw`, `strategies` and `Sample` by argument name."""

    def sample(*operands: Any, **others: Any) -> Case:
        arguments = op.signature.bind(*operands, **others).arguments
        names = {operand.name for operand in op.operands}
        return Case(
            op,
            {name: as_operand(value) for name, value in arguments.items() if name in names},
            {name: value for name, value in arguments.items() if name not in names},
            (),
        )

    available = {"draw": sampling.chooser.draw, "strategies": Strategies(sampling), "Sample": sample}
    try:
        drawn_sample = sampler(**{name: available[name] for name in inspect.signature(sampler).parameters})
    except (Declined, HypothesisException):
        raise
    except Exception as error:
        raise SamplerRaises(
            f"{source_location(sampler)}: a sampler of {op.name} raises {type(error).__name__}: {error}"
        ) from error
    if not isinstance(drawn_sample, Case):
        raise SamplerRaises(
            f"{source_location(sampler)}: a sampler of {op.name} returns a {type(drawn_sample).__name__}, not a Sample"
        )
    return drawn_sample


def as_operand(value: Any) -> Any:
    """Return an operand as a case stores it: sequences of arrays as tuples."""
    return tuple(value) if is_several(value) and all(map(is_array, value)) else value


# ------------------------------------------------------------------------------------------------- declarations


def draw_from_declaration(sampling: Sampling, op: Any, attempt: int) -> Case:
    """Draw operands of broadcasting shapes inside the declared domain, and parameters by annotation."""
    operands = present_operands(sampling, op)
    counts = {operand.name: 1 if operand.kind == "single" else 1 + sampling.below(3) for operand in operands}
    shapes = iter(sampling.shapes(sum(counts.values())))
    used: list[tuple[int, ...]] = []
    values: dict[str, Any] = {operand.name: None for operand in op.operands if operand.optional or operand in operands}
    for operand in operands:
        operand_shapes = [next(shapes) for _ in range(counts[operand.name])]
        used += operand_shapes
        arrays = tuple(draw_operand(sampling, op, operand, shape, attempt) for shape in operand_shapes)
        values[operand.name] = arrays[0] if operand.kind == "single" else arrays
    parameters = draw_parameters(sampling, op, used)
    if parameters is None:
        raise Declined("a required parameter can only be given by a sampler")
    if sampling.regime == "parameters" and not parameters:
        raise Declined("no parameter is off its default")
    return Case(op, values, parameters, ())


def present_operands(sampling: Sampling, op: Any) -> list[Any]:
    """Return the operands of a call, with each optional one in half of the draws."""
    return [operand for operand in op.operands if not operand.optional or sampling.chance(2)]


def draw_operand(sampling: Sampling, op: Any, operand: Any, shape: tuple[int, ...], attempt: int) -> Any:
    """Draw one array for an operand."""
    if not operand.differentiable:
        return draw_constant(sampling, op, operand, shape, attempt)
    points = points_of(op, operand.name, attempt)
    if sampling.regime in EXTENDED:
        points = extended_points(op.domain.get(operand.name), sampling.regime, attempt > 0) or points
    if not points:
        raise Declined("the domain holds no point that could be drawn")
    return sampling.array(shape, points, lattice(None) if sampling.regime == "complex" else None)


def points_of(op: Any, operand: str, attempt: int) -> tuple[float, ...]:
    """Return the lattice of an operand: off its kinks, and in later attempts a smaller interval."""
    domain = op.domain.get(operand)
    avoid = tuple(kink.value for kink in op.kinks if isinstance(kink, At) and kink.operand == operand)
    return lattice(domain, avoid, None if domain is not None else FALLBACK_INTERVALS[attempt])


@lru_cache(maxsize=256)
def extended_points(domain: Domain | None, regime: str, positive: bool) -> tuple[float, ...]:
    """Return the points beyond the lattice inside a domain or near its ends; in later attempts positive ones."""
    points = np.array((*edge_points(domain), *EXTENDED[regime]) if regime == "extremes" else EXTENDED[regime])
    return tuple(points[inside(points, domain) & ((points > 0) if positive else True)].tolist())


def draw_constant(sampling: Sampling, op: Any, operand: Any, shape: tuple[int, ...], attempt: int) -> Any:
    """Draw an array of booleans, integers or floats for an operand without gradient."""
    first = 2 if operand.name in ("condition", "mask") else sampling.below(2)
    kind = CONSTANT_KINDS[(first + attempt) % len(CONSTANT_KINDS)]
    if kind == "float":
        return sampling.array(shape, points_of(op, operand.name, attempt))
    domain = op.domain.get(operand.name)
    values = [value for value in ((0, 1) if kind == "boolean" else (0, 1, 2, -1)) if inside(np.asarray(value), domain)]
    if not values:
        raise Declined("no integer lies in the domain")
    size = int(np.prod(shape, dtype=int))
    return np.array(sampling.numbers(size, values), dtype=bool if kind == "boolean" else np.int64).reshape(shape)
