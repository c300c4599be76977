"""Helpers for tests of ops on a device that is not their library's default: cases, results and devices."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import attrs
import numpy as np

import mutorch_core as mt
from mutorch_core.gradcheck.cases.case import fields_of
from mutorch_core.gradcheck.checking.check_op import quiet
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import REGIMES, Profile
from mutorch_core.gradcheck.under_test.backends import Backend
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest
from mutorch_core.gradcheck.under_test.other_library import LibraryCase

__all__ = ["CREATED", "OPS", "created", "devices_of", "stages", "subjects_of", "with_numbers"]

FEW = Profile("few", dict.fromkeys(REGIMES, 1), shrink_seconds=0.0)
DRAWN_REGIMES = ("smooth", "broadcast", "parameters", "complex")
OPS = sorted(mt.ops)


@cache
def subjects_of(name: str) -> list[OpUnderTest]:
    """Return some cases of an op."""
    pool = CasePool(mt.ops[name], FEW)
    with quiet():
        return [subject for regime in DRAWN_REGIMES for subject in pool.regime(regime)[:1]]


def stages(subject: OpUnderTest, backend: Backend) -> Iterator[tuple[str, Any]]:
    """Yield the results, cotangents and second-order cotangents of a case on a backend, each with its name."""
    with quiet():
        for stage in LibraryCase(subject, backend).results():
            yield from ((stage.name, value) for value in stage.values)


def devices_of(values: Any) -> set[str]:
    """Return the devices of the arrays among some values."""
    return {str(value.device) for value in values if hasattr(value, "device")}


def with_numbers(name: str, make: Callable[[Any], Any]) -> Iterator[Callable[[], list[Any]]]:
    """Yield calls of an op with one array and numbers for its other operands; each returns results and cotangent."""
    op = mt.ops[name]
    if len(op.operands) < 2 or any(operand.kind != "single" for operand in op.operands):
        return
    able = [operand for operand in op.operands if operand.name != "key"]  # a key may be on any device
    for lone, dtype in itertools.product(able, ("float64", "int64")):
        number = np.dtype(dtype).type(1).item()
        array = make(np.ones((2, 2), dtype))
        operands = {operand.name: array if operand is lone else number for operand in op.operands}
        yield lambda operands=operands, lone=lone.name: results_and_cotangent(op, operands, lone)


def results_and_cotangent(op: Any, operands: dict[str, Any], lone: str) -> list[Any]:
    """Return an op's results, and the cotangent of one operand if it and a result are floating."""
    positional = [p.name for p in op.signature.parameters.values() if p.kind is p.POSITIONAL_ONLY]

    def called(array: Any) -> tuple[Any, ...]:
        values = operands | {lone: array}
        return fields_of(op(*[values.pop(name) for name in positional if name in values], **values))

    results = called(operands[lone])
    floating = [index for index, result in enumerate(results) if "float" in str(getattr(result, "dtype", ""))]
    if not floating or "float" not in str(operands[lone].dtype):
        return list(results)
    value, pullback = mt.vjp(lambda array: called(array)[floating[0]], operands[lone])
    return [*results, *pullback(value)]


CREATED: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("arange", "empty", "eye", "identity", "ones", "tri", "tril_indices", "triu_indices"), (3,)),
    **dict.fromkeys(("zeros", "bartlett", "blackman", "fft.fftfreq", "fft.rfftfreq", "hamming", "hanning"), (4,)),
    "asarray": ([[1.0, 2.0]],), "full": ((2,), 2.0), "indices": ((2, 3),), "kaiser": (4, 2.0),
    "linspace": (0, 1, 5), "logspace": (0, 1, 5),
}  # fmt: skip
"""Functions that create arrays, with arguments."""


def created(space: Any, name: str, device: Any) -> list[Any]:
    """Return the arrays that a creation function of a namespace makes on a device."""
    for part in name.split("."):
        space = getattr(space, part)
    return [each.value for each in fields_of(space(*CREATED[name], device=device))]


def backend_on(library: str, device: Any) -> Backend:
    """Return a library's backend on one of its devices."""
    from mutorch_core.arrays.namespaces import library_namespace

    return Backend(f"{library}:{device}", library_namespace(library), device)


@attrs.frozen
class SimulatedDevice:
    """A second device of a library that needs no hardware: `there`, beside the default device `here`."""

    library: str
    here: Backend
    there: Backend
    valueless: tuple[str, ...] = ()
    """Texts of the library's errors for operations that read values, if the simulated device holds none."""
