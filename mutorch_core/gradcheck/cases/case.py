"""A case: an op's operands, parameters and cotangents. A counterexample consists of nothing else.

x=float64[2]:[0,1];beta=2.0;g=float64[2]:[1,0]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from inspect import Parameter
from typing import Any

import attrs
import numpy as np

from mutorch_core.gradcheck.cases.case_text import read_values, write_values
from mutorch_core.gradcheck.failures import CaseError
from mutorch_core.gradcheck.value_types import is_array, is_floating, is_several

__all__ = ["Case", "cotangents_for", "fields_of", "read_case"]


@attrs.frozen(eq=False)
class Case:
    """One call of an op, together with cotangents for its outputs.

    `operands` maps names to arrays, to None for an absent optional operand, to a tuple of arrays for a sequence; a
    nondifferentiable operand may be anything. `parameters` holds the parameters that were passed. `cotangents` has one
    entry per public output, None if the output is not floating. `choices` are the random choices that led to the case.
    """

    op: Any
    operands: Mapping[str, Any]
    parameters: Mapping[str, Any]
    cotangents: tuple[Any, ...]
    choices: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The case in the notation of `--case`."""
        g = self.cotangents[0] if len(self.cotangents) == 1 else self.cotangents
        return write_values({**self.operands, **self.parameters, "g": g})

    @property
    def dedup_key(self) -> tuple[Any, ...]:
        """A hashable key that is equal for equal cases. It uses bytes, since the text of a large case is slow."""
        return tuple(map(hashable, (*self.operands.values(), *self.parameters.values(), self.cotangents)))

    def copied(self, writeable: bool = True) -> Case:
        """Return the same case with copies of its arrays."""

        def copy(value: Any) -> Any:
            if is_array(value):
                duplicate = value.copy(order="K")
                duplicate.flags.writeable = writeable
                return duplicate
            return type(value)(map(copy, value)) if is_several(value) else value

        operands = {name: copy(value) for name, value in self.operands.items()}
        return attrs.evolve(self, operands=operands, cotangents=tuple(map(copy, self.cotangents)))

    def call(self, operands: Mapping[str, Any]) -> Any:
        """Call the op with other operands and this case's parameters."""
        args, kwargs = self.arguments(operands)
        return self.op(*args, **kwargs)

    def arguments(self, operands: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments of a call: positional where the signature allows, else by keyword."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        values = {**self.parameters, **operands}
        for name, kind, default in signature_of(self.op):
            if kind is Parameter.VAR_POSITIONAL:
                args.extend(values.get(name, ()))
            elif kind is not Parameter.KEYWORD_ONLY:
                args.append(values.get(name, default))
            elif name in values:
                kwargs[name] = values[name]
        return args, kwargs


@lru_cache(maxsize=64)
def signature_of(op: Any) -> list[tuple[str, Any, Any]]:
    """Return name, kind and default of each parameter of an op's signature, cached for speed."""
    return [(name, parameter.kind, parameter.default) for name, parameter in op.signature.parameters.items()]


def fields_of(result: Any) -> tuple[Any, ...]:
    """Return an op's outputs as a tuple: the fields of a named tuple, the items of a list, or the single result."""
    return tuple(result) if is_several(result) else (result,)


def hashable(value: Any) -> Any:
    """Return a hashable form of an operand or a parameter."""
    if is_array(value):
        return value.dtype.str, value.shape, value.tobytes()
    return tuple(map(hashable, value)) if is_several(value) else repr(value)


def cotangents_for(fields: tuple[Any, ...], entries: Iterator[float]) -> tuple[Any, ...]:
    """Return one cotangent per floating output, filled from `entries`; None for the other outputs."""
    cotangents: list[Any] = []
    for field in map(np.asarray, fields):
        if field.dtype.kind not in "fc":
            cotangents.append(None)
            continue
        values = np.array([next(entries) for _ in range(field.size)], dtype=np.float64).reshape(field.shape)
        if field.dtype.kind == "c":
            values = values + 1j * np.array([next(entries) for _ in range(field.size)]).reshape(field.shape)
        cotangents.append(values.astype(field.dtype))
    return tuple(cotangents)


def read_case(op: Any, text: str) -> Case:
    """Parse the text of a case. Raises CaseError if it can't be read or does not fit the op."""
    values = read_values(text)
    cotangent_value = values.pop("g", None)
    operands = {operand.name: values.pop(operand.name) for operand in op.operands if operand.name in values}
    parameters = {p.name: values.pop(p.name) for p in op.parameters if p.name in values}
    known = [*(operand.name for operand in op.operands), *(p.name for p in op.parameters), "g"]
    if values:
        raise CaseError(f"--case: {op.name} has no {next(iter(values))!r}; it has {', '.join(known)}")
    needed = [operand.name for operand in op.operands if not operand.optional and operand.kind != "variadic"]
    missing = [name for name in needed if name not in operands]
    missing += [p.name for p in op.parameters if p.default is Parameter.empty and p.name not in parameters]
    if missing:
        raise CaseError(f"--case: {op.name} needs {', '.join(missing)} too")
    case = Case(op, operands, parameters, ())
    try:
        fields = fields_of(case.call(operands))
    except Exception as error:
        raise CaseError(f"--case: {op.name} refuses these operands: {error}") from error
    if cotangent_value is None:
        return attrs.evolve(case, cotangents=cotangents_for(fields, iter(lambda: 1.0, None)))
    cotangents: Any = cotangent_value if len(fields) > 1 else (cotangent_value,)
    shapes = [np.shape(field) if is_floating(field) else None for field in fields]
    if not is_several(cotangents) or [None if g is None else np.shape(g) for g in cotangents] != shapes:
        raise CaseError(f"--case: g must be cotangents of the outputs, of shapes {shapes}")
    return attrs.evolve(case, cotangents=tuple(None if g is None else np.asarray(g) for g in cotangents))
