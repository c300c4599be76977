"""How each library differentiates a plain function: all that the contestants of a small workload differ in.

The function is written once, with operators and methods that every library has. Each adapter returns a `Run`:
new leaves, forward, backward, and the gradients of all arguments.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from tests.benchmarks.comparison import Contestant, Run

Function = Callable[..., Any]
RECURSION_LIMIT = 100_000


def with_mutorch(function: Function, values: Sequence[Any]) -> Run:
    """Leaves are `Var`s of the values as they are: Python floats stay Python floats."""
    import mutorch_core as mt

    def run() -> list[Any]:
        leaves = [mt.Var(value) for value in values]
        function(*leaves).backprop()
        return [leaf.grad for leaf in leaves]

    return run


def with_torch(function: Function, values: Sequence[Any]) -> Run:
    """Leaves are float64 tensors, 0-d for numbers."""
    import torch

    def run() -> list[Any]:
        leaves = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in values]
        function(*leaves).backward()
        return [leaf.grad for leaf in leaves]

    return run


def with_micrograd(function: Function, values: Sequence[Any]) -> Run:
    """Leaves are `Value`s; its recursive sort needs a deeper stack."""
    from micrograd.engine import Value

    def run() -> list[Any]:
        sys.setrecursionlimit(max(RECURSION_LIMIT, sys.getrecursionlimit()))
        leaves = [Value(value) for value in values]
        function(*leaves).backward()
        return [leaf.grad for leaf in leaves]

    return run


def with_autograd(function: Function, values: Sequence[Any]) -> Run:
    """The gradient function of all arguments, made once."""
    import autograd

    gradient = autograd.grad(function, argnum=tuple(range(len(values))))
    return partial(gradient, *values)


def with_mygrad(function: Function, values: Sequence[Any]) -> Run:
    """Leaves are tensors."""
    import mygrad

    def run() -> list[Any]:
        leaves = [mygrad.tensor(value) for value in values]
        function(*leaves).backward()
        return [leaf.grad for leaf in leaves]

    return run


ADAPTERS: Mapping[str, tuple[Callable[[Function, Sequence[Any]], Run], str]] = {
    "mutorch": (with_mutorch, "mutorch_core"),
    "torch": (with_torch, "torch"),
    "micrograd": (with_micrograd, "micrograd"),
    "autograd": (with_autograd, "autograd"),
    "mygrad": (with_mygrad, "mygrad"),
}


def contestants(function: Function, values: Sequence[Any], *libraries: str) -> dict[str, Contestant]:
    """The function on each of these libraries."""
    return {
        library: Contestant(partial(ADAPTERS[library][0], function, values), needs=ADAPTERS[library][1])
        for library in libraries
    }
