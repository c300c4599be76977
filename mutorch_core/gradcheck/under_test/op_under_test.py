"""An op at one case: its differentiable arrays, its forward and its rule, as functions of real vectors.

A complex array counts as two real ones, side by side. Rules are transposes with respect to ⟨a, b⟩ = Re Σ ab, which
conjugates nothing, so a cotangent is packed with a negated imaginary part (`dual`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from traceback import walk_tb
from typing import Any

import attrs
import numpy as np

import mutorch_core as mt
from mutorch_core.gradcheck.cases import Case, fields_of
from mutorch_core.gradcheck.failures import RuleRaises
from mutorch_core.gradcheck.numerics import first_steps
from mutorch_core.gradcheck.value_types import is_floating

__all__ = ["OpUnderTest", "Slot", "differentiating", "pack", "pull_back", "unpack"]

Vector = Any
Array = Any


@attrs.frozen
class Slot:
    """A position in a call for an array with a gradient: an operand, or an item of a sequence."""

    operand: str
    index: int | None = None

    def __str__(self) -> str:
        return self.operand if self.index is None else f"{self.operand}[{self.index}]"


def pack(arrays: Sequence[Array], dual: bool = False) -> Vector:
    """Return arrays as one real vector; cotangents (`dual`) with negated imaginary parts."""
    parts: list[Any] = []
    for array in arrays:
        flat: Any = np.asarray(array).ravel()
        if flat.dtype.kind == "c":
            parts += [flat.real, -flat.imag if dual else flat.imag]
        else:
            parts.append(flat)
    return np.concatenate(parts, dtype=np.float64) if parts else np.zeros(0)


def unpack(vector: Vector, like: Sequence[Array], dual: bool = False) -> list[Array]:
    """Return a packed vector as arrays of the shapes and dtypes of `like`."""
    arrays: list[Any] = []
    at = 0
    for array in map(np.asarray, like):
        values = vector[at : at + array.size]
        at += array.size
        if array.dtype.kind == "c":
            imaginary = vector[at : at + array.size]
            at += array.size
            values = values + (-1j if dual else 1j) * imaginary
        arrays.append(values.astype(array.dtype, copy=False).reshape(array.shape))
    return arrays


class OpUnderTest:
    """An op at one case. Results are cached, since several properties use the same case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.op = case.op
        self.slots: list[Slot] = []
        self.arrays: list[Array] = []
        for operand in case.op.operands:
            value = case.operands.get(operand.name)
            items = [(None, value)] if operand.kind == "single" else list(enumerate(value or ()))
            for index, item in items:
                if operand.differentiable and item is not None and is_floating(item):
                    self.slots.append(Slot(operand.name, index))
                    self.arrays.append(np.asarray(item))
        self.returned = case.call(case.operands)
        self.fields = fields_of(self.returned)
        self.floating = [i for i, field in enumerate(self.fields) if is_floating(field)]
        self.values = [np.asarray(self.fields[i]) for i in self.floating]
        self.cotangents = [case.cotangents[i] for i in self.floating]

    @property
    def differentiable(self) -> bool:
        """True if a gradient can flow from an output to an operand."""
        return bool(self.slots and self.floating)

    @property
    def finite(self) -> bool:
        """True if all outputs are finite."""
        return all(bool(np.isfinite(value).all()) for value in self.values)

    @cached_property
    def terms(self) -> float:
        """A bound on the terms of a cotangent: the incoming cotangents, alone or times a result.

        If terms cancel, rounding errors are small relative to the terms, but not relative to their sum.
        """
        results = np.abs(pack(self.values))
        largest = results[np.isfinite(results)].max(initial=0.0)
        return float(np.abs(pack(self.cotangents)).sum() * (1 + largest))

    # ---------------------------------------------------------------------------------------------- the forward

    def operands(self, arrays: Sequence[Any]) -> dict[str, Any]:
        """Return the case's operands with other arrays, raw or `Var`s, in their slots."""
        return self.with_arrays(self.case.operands, arrays)

    def with_arrays(self, original: Mapping[str, Any], arrays: Sequence[Any]) -> dict[str, Any]:
        """Return operands with other arrays in the case's slots."""
        operands = dict(original)
        for slot, array in zip(self.slots, arrays, strict=True):
            if slot.index is None:
                operands[slot.operand] = array
            else:
                items = list(operands[slot.operand])
                items[slot.index] = array
                operands[slot.operand] = tuple(items)
        return operands

    def forward(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the floating outputs for other arrays in the slots."""
        fields = fields_of(self.case.call(self.operands(arrays)))
        return tuple(fields[i] for i in self.floating)

    def packed_forward(self, vector: Vector) -> Vector:
        """Return the packed outputs for a packed vector of arrays."""
        return pack(self.forward(*unpack(vector, self.arrays)))

    @cached_property
    def point(self) -> Vector:
        """The arrays as one vector."""
        return pack(self.arrays)

    @cached_property
    def steps(self) -> Vector:
        """The first step of each entry of the point."""
        return pack(first_steps(self.op, self.case.operands, [slot.operand for slot in self.slots], self.arrays))

    # ------------------------------------------------------------------------------------------------- the rule

    def pull_back(self, function: Callable[..., Any], arrays: Sequence[Array], cotangents: Any) -> list[Any]:
        """Pull cotangents back through a function of arrays, and return one per array. Raises RuleRaises."""
        with differentiating(self.case):
            _, pullback = mt.vjp(function, *arrays)
            return list(pullback(cotangents))

    @cached_property
    def traced(self) -> tuple[Any, Callable[[Any], Sequence[Any]]]:
        """The engine's result at the case's point, and its pullback. Raises RuleRaises."""
        with differentiating(self.case):
            return mt.vjp(self.forward, *self.arrays)

    def rule(self, cotangents: Sequence[Array]) -> list[Any]:
        """Return the cotangents of all slots. Raises RuleRaises."""
        _, pullback = self.traced
        with differentiating(self.case):
            return list(pullback(tuple(cotangents)))

    @cached_property
    def result(self) -> list[Any]:
        """The cotangents of all slots for the case's cotangents."""
        return self.rule(self.cotangents)


def pull_back(function: Callable[..., Any], count: int, inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Return a function's cotangents. Its arrays are the first `count` inputs, its results' cotangents the others."""
    _, pullback = mt.vjp(function, *inputs[:count])
    return tuple(pullback(tuple(inputs[count:])))


@contextmanager
def differentiating(case: Case) -> Generator[None]:
    """Run the body, which differentiates a case. Raises RuleRaises for an exception in it."""
    try:
        yield
    except Exception as error:
        raise rule_failure(error, case) from error


def rule_failure(error: Exception, case: Case) -> RuleRaises:
    """Return the failure for an exception during differentiation."""
    text = str(error).strip().splitlines()
    return RuleRaises(
        f"differentiating it raises {type(error).__name__}",
        ("it says", text[0] if text else "nothing"),
        operand=operand_at_fault(error, case.op),
        case=case,
    )


def operand_at_fault(error: BaseException, op: Any) -> str | None:
    """Return the operand whose rule raised an exception, or None."""
    codes = {frame.f_code for frame, _ in walk_tb(error.__traceback__)}
    rules = ((name, getattr(rule.function, "__code__", None)) for name, rule in op.rules.items())
    return next((name for name, code in rules if code in codes), None)
