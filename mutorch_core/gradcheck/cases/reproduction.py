"""Counterexamples as Python: a few lines that run without the checker."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from mutorch_core.arrays.namespaces import LIBRARIES
from mutorch_core.gradcheck.cases.case import Case
from mutorch_core.gradcheck.selection.foreign_ops import import_text
from mutorch_core.gradcheck.value_types import is_array, is_dtype, is_floating, is_scalar, is_several

__all__ = ["as_python"]


def as_python(case: Case, backend: str | None = None) -> list[str]:
    """Return lines that print the cotangents of a case, on NumPy or on another array library."""
    named: dict[str, str] = {}
    operands = {name: operand_expression(name, value, case, named) for name, value in case.operands.items()}
    others = {name: literal(value) for name, value in case.parameters.items()}
    args, kwargs = argument_texts(case, operands | others)
    text = import_text(case.op)
    op_expression = f"mt.ops[{case.op.name!r}]" if text is None else f"import_op({text!r})"
    call = f"{op_expression}({', '.join([*args, *kwargs])})"
    cotangents: Any = case.cotangents
    if len(cotangents) != 1:
        call, g = f"tuple({call})", literal(cotangents)
    else:
        g = literal(cotangents[0])
    names = ", ".join(named)
    lines = [
        "import numpy as np, mutorch_core as mt"
        + ("" if text is None else "; from mutorch_core.gradcheck.selection import import_op"),
        "; ".join([*(f"{name} = {text}" for name, text in named.items()), f"g = {g}"]),
        f"print(mt.vjp(lambda {names}: {call}, {names})[1](g))",
    ]
    return lines if backend is None else on_library(lines, backend.partition(":")[0])


def on_library(lines: list[str], library: str) -> list[str]:
    """Return the same lines for another library's arrays. The result is printed via NumPy, since it may be lazy."""
    imports, values, result = (line.replace("np.array(", "array(").replace("np.zeros(", "zeros(") for line in lines)
    return [
        f"{imports}, {LIBRARIES.get(library, library)} as library",
        *(["import jax; jax.config.update('jax_enable_x64', True)"] if library == "jax" else []),
        "array = lambda entries, dtype: library.asarray(np.array(entries, dtype=dtype))",
        "zeros = lambda shape, dtype: library.asarray(np.zeros(shape, dtype=dtype))",
        values,
        f"{result.replace('print(', 'print(*map(np.asarray, ')})",
    ]


def argument_texts(case: Case, texts: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return the positional and keyword arguments of a call as text, in the op's order."""
    args: list[str] = []
    kwargs: list[str] = []
    parameters = case.op.signature.parameters
    has_variadic = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters.values())
    for name, parameter in parameters.items():
        by_position = parameter.kind is parameter.POSITIONAL_ONLY or (
            has_variadic and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        )
        if parameter.kind is parameter.VAR_POSITIONAL:
            args.append(f"*{texts.get(name, '()')}")
        elif name in texts and by_position:
            args.append(texts[name])
        elif name in texts:
            kwargs.append(f"{name}={texts[name]}")
        elif by_position:
            args.append(literal(parameter.default))
    return args, kwargs


def operand_expression(name: str, value: Any, case: Case, named: dict[str, str]) -> str:
    """Return the expression of an operand. Variables for differentiated arrays are added to `named`."""
    operand = next(operand for operand in case.op.operands if operand.name == name)
    if not operand.differentiable or value is None:
        return literal(value)
    if operand.kind == "single":
        return bind_variable(name, value, named)
    return f"({''.join(bind_variable(f'{name}_{i}', item, named) + ', ' for i, item in enumerate(value))})"


def bind_variable(name: str, value: Any, named: dict[str, str]) -> str:
    """Return a variable's name for a value that carries a gradient, else the value as an expression."""
    if not is_floating(value):
        return literal(value)
    named[name] = literal(value)
    return name


def literal(value: Any) -> str:
    """Return a value as a Python expression in which NumPy is `np`."""
    if is_scalar(value):
        return literal(np.asarray(value))
    if is_array(value):
        if value.size == 0:
            return f"np.zeros({value.shape}, dtype={value.dtype.name!r})"
        entries = repr(value.tolist()).replace("inf", "np.inf").replace("nan", "np.nan")
        return f"np.array({entries}, dtype={value.dtype.name!r})"
    if is_dtype(value):
        return f"np.{np.dtype(value).name}"
    if is_several(value):
        texts = [literal(item) for item in value]
        return f"({''.join(text + ', ' for text in texts)})" if isinstance(value, tuple) else f"[{', '.join(texts)}]"
    return f"float('{value}')" if isinstance(value, float) and not isfinite(value) else repr(value)
