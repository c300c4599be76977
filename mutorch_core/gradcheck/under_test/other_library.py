"""A case on another array library, and the results that are compared with NumPy's."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import attrs
import numpy as np

import mutorch_core as mt
from mutorch_core.gradcheck.cases import Case, fields_of
from mutorch_core.gradcheck.under_test.backends import Backend, map_arrays
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest, pull_back

__all__ = ["ComparedResult", "LibraryCase"]


@attrs.frozen
class ComparedResult:
    """A named result of a case: one or more arrays."""

    name: str
    values: tuple[Any, ...]


class LibraryCase:
    """A case on a backend."""

    def __init__(self, subject: OpUnderTest, backend: Backend) -> None:
        self.subject = subject
        self.backend = backend
        self.arrays = [backend.array(array) for array in subject.arrays]
        self.cotangents = [backend.array(g) for g in subject.cotangents]
        self.weights = [backend.array(np.ones_like(array)) for array in subject.arrays]
        parameters = {name: backend.parameter(value) for name, value in subject.case.parameters.items()}
        operands = {name: map_arrays(value, backend.array) for name, value in subject.case.operands.items()}
        self.case: Case = attrs.evolve(subject.case, operands=operands, parameters=parameters)

    def fields(self, *arrays: Any) -> tuple[Any, ...]:
        """Return all outputs for arrays in the slots."""
        return fields_of(self.case.call(self.subject.with_arrays(self.case.operands, arrays)))

    def forward(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the floating outputs."""
        fields = self.fields(*arrays)
        return tuple(fields[i] for i in self.subject.floating)

    def pull_back(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the cotangents as a function of the arrays and of the results' cotangents."""
        return pull_back(self.forward, len(self.arrays), arrays)

    def results(self) -> Iterator[ComparedResult]:
        """Yield all results that are compared, in order."""
        yield ComparedResult("result", self.fields(*self.arrays))
        if not self.subject.differentiable:
            return
        inputs = (*self.arrays, *self.cotangents)
        yield ComparedResult("cotangent", self.pull_back(*inputs))
        recorded, pullback = mt.vjp(self.pull_back, *inputs)
        yield ComparedResult("recorded cotangent", tuple(recorded))
        yield ComparedResult("second-order cotangent", tuple(pullback(tuple(self.weights))))

    def notes(self, computed: int) -> Iterator[str]:
        """Yield notes for users of this library on a case that agrees with NumPy."""
        if computed:
            yield "are computed at once, not when they are asked for"
        if self.backend.library == "jax":
            try:
                self.trace()
            except Exception as error:  # jax.jit would raise the same, of any type
                yield f"can't be traced by jax.jit: {type(error).__name__}"

    def trace(self) -> None:
        """Trace all results with JAX, every array abstract. Raises JAX's exception."""
        jax: Any = import_module("jax")
        held: list[Any] = []
        for value in self.subject.case.operands.values():
            map_arrays(value, lambda array: held.append(self.backend.array(array)))

        def everything(held: list[Any], arrays: list[Any], cotangents: list[Any]) -> list[tuple[Any, ...]]:
            tracers = iter(held)
            traced_case = LibraryCase(self.subject, self.backend)
            operands = {name: map_arrays(v, lambda _: next(tracers)) for name, v in self.subject.case.operands.items()}
            traced_case.case = attrs.evolve(traced_case.case, operands=operands)
            traced_case.arrays, traced_case.cotangents = arrays, cotangents
            return [stage.values for stage in traced_case.results()]

        jax.make_jaxpr(everything)(held, self.arrays, self.cotangents)
