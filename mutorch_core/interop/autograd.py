"""`to_autograd`: an op as a primitive of HIPS autograd, whose derivatives are the op's rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from mutorch_core.arrays.namespaces import SEQUENCES, is_number
from mutorch_core.declaration.op import Op
from mutorch_core.interop.derivative_orders import DerivativeOrder, RecordedCall
from mutorch_core.interop.op_calls import Call, Framework, caller, repack_like

__all__ = ["to_autograd"]

extend: Any = import_module("autograd.extend")
getval: Any = import_module("autograd.tracer").getval

ARRAYS: Any = (np.ndarray, np.generic)


def is_array(value: Any) -> bool:
    """Return whether a value is a NumPy array or scalar, or an array or number that autograd traces."""
    if isinstance(value, extend.Box):
        return not isinstance(getval(value), (tuple, list))
    return isinstance(value, ARRAYS)


def is_floating(value: Any) -> bool:
    """Return whether an array can carry a gradient."""
    return np.asarray(getval(value)).dtype.kind in "fc"


def sequence(value: Any) -> Any:
    """Return a sequence that autograd traces as a list of traced values, and any other sequence as it is."""
    return [value[index] for index in range(len(value))] if isinstance(value, extend.Box) else value


AUTOGRAD = Framework(is_array, is_floating, sequence)


def to_autograd(op: Op[Any, Any]) -> Callable[..., Any]:
    """Return a function of NumPy arrays with the op's signature, which autograd can differentiate to any order."""

    def apply(call: Call) -> Any:
        if not any(isinstance(array, extend.Box) for array in call.arrays):
            return call(*call.arrays)
        result = differentiable(DerivativeOrder(call, call.active, len(call.arrays)))(*call.arrays)
        like = getval(result)
        return (
            repack_like(like, [result[index] for index in range(len(like))]) if isinstance(like, SEQUENCES) else result
        )

    return caller(op, AUTOGRAD, apply)


def differentiable(order: DerivativeOrder) -> Callable[..., Any]:
    """Return a function of autograd's that computes an order. Its derivative computes the next order.

    Several outputs are returned as a plain tuple, since autograd traces no other sequence of results.
    """
    latest: list[RecordedCall] = []

    def value(*arrays: Any) -> Any:
        result, recorded = order.record([array if is_number(array) else np.asarray(array) for array in arrays])
        latest[:] = [recorded]
        return tuple(map(np.asarray, result)) if isinstance(result, SEQUENCES) else np.asarray(result)

    def maker(argnums: Sequence[int], result: Any, arrays: Any, _: Any) -> Callable[[Any], tuple[Any, ...]]:
        several = isinstance(getval(result), tuple)
        outputs = getval(result) if several else (result,)
        reached = tuple(index for index, output in enumerate(outputs) if is_floating(output))
        (recorded,) = latest

        def pullback(g: Any) -> tuple[Any, ...]:
            gs = [g[index] for index in range(len(outputs))] if several else [g]
            if any(isinstance(value, extend.Box) for value in (*arrays, *gs)):
                cotangents = differentiable(order.derivative(reached))(*arrays, *[gs[index] for index in reached])
            else:
                cotangents = recorded.pull_back(
                    [np.asarray(c) if index in reached else None for index, c in enumerate(gs)]
                )
            by_index = {index: cotangents[edge] for edge, index in enumerate(order.active)}
            return tuple(cotangent_or_zero(by_index.get(index), arrays[index]) for index in argnums)

        return pullback

    primitive = extend.primitive(value)
    extend.defvjp_argnums(primitive, maker)
    return primitive


def cotangent_or_zero(cotangent: Any, array: Any) -> Any:
    """Return a cotangent, or zeros in the form of its array if none arrived."""
    return np.zeros_like(getval(array)) if cotangent is None else cotangent
