"""Candidates for static parameters, from annotations, names and defaults, and from the operands' shapes."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from inspect import Parameter
from itertools import permutations
from typing import Any, Literal

import numpy as np

from mutorch_core.declaration.signatures import annotation_of
from mutorch_core.gradcheck.sampling.strategies import Sampling

__all__ = ["draw_parameters", "undrawable_parameter"]

AXES = frozenset({"axis", "dim", "axes", "dims"})

Shape = tuple[int, ...]


def draw_parameters(sampling: Sampling, op: Any, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    """Draw values for an op's parameters, without those left at their default. None if a required one has none.

    In the regime `parameters` most are drawn; elsewhere most are left at their default.
    """
    values: dict[str, Any] = {}
    shape = max(shapes, key=len, default=())
    varied = sampling.regime == "parameters"
    certain = sampling.below(len(op.parameters)) if varied and op.parameters else -1
    for index, parameter in enumerate(op.parameters):
        required = parameter.default is Parameter.empty
        if not required and index != certain and not sampling.chance(2 if varied else 4):
            continue
        options = list(candidates(op, parameter, shape))
        if options:
            values[parameter.name] = sampling.pick(options)
        elif required:
            return None
    return values


def undrawable_parameter(op: Any) -> str | None:
    """Return the name of a required parameter without candidates, or None."""
    for parameter in op.parameters:
        if parameter.default is Parameter.empty and not list(candidates(op, parameter, (2, 2))):
            return parameter.name
    return None


def candidates(op: Any, parameter: Parameter, shape: Shape) -> Iterator[Any]:
    """Yield values other than the default, the simplest first."""
    annotation = annotation_of(parameter, op.function)
    for value in candidates_by_name(parameter, annotation, shape):
        default = parameter.default
        if not (type(value) is type(default) and value == default):
            yield value


def candidates_by_name(parameter: Parameter, annotation: Any, shape: Shape) -> Iterator[Any]:
    """Yield candidates for a name that every op uses alike, else for an annotation."""
    if parameter.name in AXES:
        yield from axes(union_members(annotation), len(shape))
    elif parameter.name == "shape":
        size = int(np.prod(shape, dtype=int))
        yield from dict.fromkeys(
            [(size,), shape[::-1], (-1,), shape, (2, *shape), (*shape, 1), shape[1:], (1,) * len(shape)]
        )
    elif parameter.name == "dtype" and parameter.default is Parameter.empty:
        yield from (np.float64, np.complex128)
    else:
        unannotated = annotation is Parameter.empty and parameter.default is not Parameter.empty
        for kind in union_members(type(parameter.default) if unannotated else annotation):
            yield from candidates_by_type(kind)


def union_members(annotation: Any) -> list[Any]:
    """Return the alternatives of a union."""
    union = typing.get_origin(annotation) in (types.UnionType, typing.Union)
    return list(typing.get_args(annotation)) if union else [annotation]


def candidates_by_type(kind: Any) -> Iterator[Any]:
    """Yield candidates of a type; none for types that do not restrict their values, such as str."""
    if typing.get_origin(kind) is Literal:
        yield from typing.get_args(kind)
    elif kind is bool:
        yield from (True, False)
    elif kind is int:
        yield from (1, 2, 0, 3, -1)
    elif kind is float:
        yield from (2.0, 0.5, 1.0, 1.5, 3.0, 0.25)
    elif kind in (None, type(None)):
        yield None


def axes(kinds: Sequence[Any], ndim: int) -> Iterator[Any]:
    """Yield axes of an array: single ones, tuples of them, and None, as far as the annotation allows."""
    if int in kinds:
        yield from (axis for i in range(ndim) for axis in (i, i - ndim))
    if type(None) in kinds:
        yield None
    if any(typing.get_origin(kind) in (tuple, Sequence) or kind is tuple for kind in kinds):
        if int in kinds:
            yield ()
        for length in range(1, ndim + 1):
            yield from permutations(range(ndim), length)
        if ndim > 1:
            yield (-1, 0)
