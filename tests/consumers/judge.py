"""Calls of other libraries, judged: are the gradients through them right?

    SCIPY_ARRAY_API=1 python -m tests.consumers.judge scipy [PATTERN]

A list (`scipy.txt`) holds one call a line; what it names of `inputs.py` is what is differentiated. The oracle is
`scipy.differentiate` on the same call with NumPy's arrays, along one direction, of a weighted sum of all results.
SciPy reads the variable when it is imported, so each judgement needs a process of its own.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

import mutorch_core as mt
import mutorch_ops_basic as differentiable
from mutorch_core.errors import OperandError
from tests.consumers.inputs import CONSTANTS, INPUTS, namespace

__all__ = ["Verdict", "calls", "judge"]

REFUSED = re.compile("would cut the graph|would lose its gradient")
TOLERANCE = 1e-6
DEPTH = 3


class Verdict(NamedTuple):
    """`right`, `constant` (the gradient is 0, and said to be), `refused`, `failed`, `wrong`; and why."""

    kind: str
    reason: str = ""


def calls(name: str) -> Iterator[tuple[str, str]]:
    """The calls of a list, each with the heading that it stands under."""
    heading = ""
    for line in (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            heading = line.removeprefix("# ")
        elif line:
            yield heading, line


def named(call: str) -> list[str]:
    """The inputs of a call."""
    names = {node.id for node in ast.walk(ast.parse(call)) if isinstance(node, ast.Name)}
    return [name for name in INPUTS if name in names]


def evaluated(call: str, xp: ModuleType, values: Mapping[str, Any]) -> list[Any]:
    """All floating numbers and arrays in what a call returns."""
    names = {**namespace(), **CONSTANTS, **values, "xp": xp, "array": xp.asarray}
    return list(leaves(eval(call, names), DEPTH))


def leaves(result: Any, depth: int) -> Iterator[Any]:
    """Floating numbers and arrays in a result: in its sequences, its mappings and its attributes."""
    if hasattr(result, "as_matrix"):
        result = result.as_matrix()
    if isinstance(result, (mt.Var, np.ndarray, np.generic, float, complex)):
        if np.dtype(getattr(result, "dtype", type(result))).kind in "fc":
            yield result
    elif depth:
        parts = result.values() if isinstance(result, Mapping) else result if isinstance(result, (list, tuple)) else ()
        for part in parts or (vars(result).values() if hasattr(result, "__dict__") else ()):
            yield from leaves(part, depth - 1)


def weights(place: int, value: Any) -> Any:
    """The cotangent of one result, 0 where that is infinite or NaN."""
    draw = np.random.default_rng(place)
    real, imaginary = (np.where(np.isfinite(value), draw.uniform(0.5, 1.5, np.shape(value)), 0) for _ in range(2))
    return real - 1j * imaginary if np.iscomplexobj(value) else real


def total(results: list[Any]) -> float:
    """The weighted sum of all results: a rule is a transpose, so complex ones count with ℜ(w z)."""
    kept = [np.where(np.isfinite(value), value, 0) for value in results]
    return float(sum(np.sum(weights(i, value) * kept[i]).real for i, value in enumerate(results)))


def direction(name: str) -> Any:
    """Where an input is moved."""
    value = INPUTS[name]
    return np.random.default_rng(len(name)).uniform(-0.5, 0.5, value.shape).astype(value.dtype)


def measured(call: str) -> tuple[float, float]:
    """The derivative that `scipy.differentiate` finds, and its estimate of the error."""
    from scipy.differentiate import derivative

    names = named(call)

    def along(step: float) -> float:
        try:
            return total(evaluated(call, np, {name: INPUTS[name] + step * direction(name) for name in names}))
        except Exception as error:
            error.add_note(f"on NumPy's arrays: {call}")
            raise

    found = derivative(np.vectorize(along, otypes=[float]), 0.0, initial_step=1e-2, tolerances={"rtol": 1e-10})
    return float(found.df), float(found.error)


def judge(call: str) -> Verdict:
    """Whether the gradient through a call is right."""
    names = named(call)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected, error = measured(call)
        variables = {name: mt.Var(INPUTS[name].copy()) for name in names}
        try:
            results = evaluated(call, differentiable, variables)
        except OperandError as refusal:
            return Verdict("refused" if REFUSED.search(str(refusal)) else "failed", str(refusal).splitlines()[0])
        except Exception as failure:
            return Verdict("failed", f"{type(failure).__name__}: {str(failure).splitlines()[0]}")
        for place, result in enumerate(results):
            if isinstance(result, mt.Var) and result.node is not None:
                result.backprop(weights(place, result.value).astype(result.dtype))
    found = float(sum(np.sum(variables[name].grad * direction(name)).real for name in names))
    if abs(found - expected) <= TOLERANCE * max(1, abs(expected)) + 10 * error:
        return Verdict("right" if found else "constant")
    raw = " of a result that is not tracked" if not all(isinstance(each, mt.Var) for each in results) else ""
    return Verdict("wrong", f"{found:.6g}{raw}, where it is {expected:.6g}")


def main(name: str, pattern: str = "") -> None:
    """Print the verdicts on a list's calls as JSON."""
    chosen = [call for _, call in calls(name) if re.search(pattern, call)]
    print(json.dumps({call: judge(call) for call in chosen}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
